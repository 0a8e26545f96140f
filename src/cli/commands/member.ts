/** `decree member`: who votes and who listens. */
import type { Command } from 'commander';
import type { Member } from '../../api/proto/messages.js';
import type { Client } from '../../client/index.js';
import { DecreeError } from '../../errors.js';
import { LocalCell } from '../../runtime/cell.js';
import { CHANGE_TIMEOUTS, join, joinLocally } from '../../verify/join.js';
import { valueOf, withClient, withEndpoints, type EndpointOptions } from '../endpoints.js';
import { address, type Address } from '../options.js';
import type { Register } from '../register.js';

interface JoinOptions extends EndpointOptions {
  readonly newDir?: string;
  readonly peerListen?: Address;
  readonly clientListen?: Address;
  readonly learner?: boolean;
  readonly as?: string;
}

export const member: Register = (program) => {
  const group = program.command('member').description('who votes and who listens: the configuration');
  withEndpoints(group.command('list').description('members and learners'))
    .option('--json', 'print one JSON array')
    .action(list);
  withPlace(
    group.command('add <replica>').description('a new member; of a cell of this machine it is started too'),
  )
    .option('--learner', 'it only listens until decree member promote')
    .action((replica: string, options: JoinOptions) => add(replica, null, options));
  withPlace(
    group
      .command('replace <replica>')
      .description('a new member in the place of one whose machine or disk is gone, in one change'),
  )
    .option('--as <name>', 'the name of the new one (default: that of the old)')
    .action(async (replica: string, options: JoinOptions) => {
      const { id } = await withClient(options, (client) => find(client, replica));
      await add(options.as ?? replica, id, options);
    });
  withEndpoints(
    group.command('remove <replica>').description('it votes no more; its machine may go then'),
  ).action(async (replica: string, options: EndpointOptions) => {
    await withClient(options, async (client) => {
      const { id } = await find(client, replica);
      valueOf(await client.removeMember(id), client);
    });
    process.stdout.write(`removed ${replica}\n`);
  });
  withEndpoints(
    group.command('promote <replica>').description('makes a learner that caught up a member'),
  ).action(async (replica: string, options: EndpointOptions) => {
    await withClient(options, async (client) => {
      const { id } = await find(client, replica);
      valueOf(await client.promoteMember(id), client);
    });
    process.stdout.write(`promoted ${replica}\n`);
  });
  withEndpoints(
    group.command('lead <replica>').description('the leader hands the mastership over to this member'),
  ).action(async (replica: string, options: EndpointOptions) => {
    await withClient(options, async (client) => {
      const { id } = await find(client, replica);
      valueOf(await client.moveLeader(id), client);
    });
    process.stdout.write(`${replica} leads\n`);
  });
};

function withPlace(command: Command): Command {
  return withEndpoints(command)
    .option('--new-dir <directory>', 'the directory to make for it, on another machine than those of --dir')
    .option('--peer-listen <host:port>', 'with --new-dir: where other replicas will reach it', address)
    .option('--client-listen <host:port>', 'with --new-dir: where clients will reach it', address);
}

async function add(replica: string, replaces: bigint | null, options: JoinOptions): Promise<void> {
  const { newDir: directory, peerListen: peer, clientListen, dir } = options;
  const wish = { replica, learner: options.learner === true, replaces };
  if (directory === undefined) {
    if (dir === undefined)
      throw new DecreeError(
        'usage',
        'give --new-dir, --peer-listen and --client-listen, or the --dir of a cell',
      );
    const cell = LocalCell.attach(dir);
    const made = await patiently(options, (client) => joinLocally(cell, client, wish));
    process.stdout.write(`${made.member} ${wish.learner ? 'listens' : 'is a member'}\n`);
    return;
  }
  if (peer === undefined || clientListen === undefined)
    throw new DecreeError('usage', '--new-dir needs --peer-listen and --client-listen');
  const joining = { ...wish, directory, peer, client: clientListen };
  const made = await patiently(options, (client) => join(client, joining));
  const text = ({ host, port }: Address): string => `${host}:${port}`;
  process.stdout.write(
    `made ${directory} for ${made.member}, which listens once it runs` +
      `${wish.learner ? '' : ', and votes once it has caught up'}:\n` +
      `decree serve --dir ${directory} --peer-listen ${text(peer)} --client-listen ${text(clientListen)}\n`,
  );
}

function patiently<T>(options: EndpointOptions, run: (client: Client) => Promise<T>): Promise<T> {
  return withClient(options, run, CHANGE_TIMEOUTS);
}

/** By its name, its member id or the number that etcdctl shows. */
async function find(client: Client, wanted: string): Promise<Member> {
  const { members } = valueOf(await client.members(), client);
  const found = members.find(({ name, id, decreeMember }) =>
    [name, decreeMember, id.toString(16)].includes(wanted),
  );
  if (found !== undefined) return found;
  const names = members.map(({ name }) => name).join(', ');
  throw new DecreeError('usage', `there is no member ${wanted}; there are ${names}`);
}

async function list(options: EndpointOptions & { readonly json?: boolean }): Promise<void> {
  const { members } = await withClient(options, async (client) => valueOf(await client.members(), client));
  const rows = members.map(({ id, name, decreeMember, isLearner, peerUrls, clientUrls }) => ({
    ...{ name, member: decreeMember, id: id.toString(16), role: isLearner ? 'learner' : 'member' },
    ...{ peers: peerUrls[0] ?? null, clients: clientUrls[0] ?? null },
  }));
  if (options.json === true) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  else
    for (const row of rows)
      process.stdout.write(
        `${[row.name, row.member, row.id, row.role, row.peers, row.clients].join('  ')}\n`,
      );
}
