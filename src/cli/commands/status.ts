/** `decree status`: what each replica says of itself. */
import type { StatusResponse } from '../../api/proto/messages.js';
import type { Client, Outcome } from '../../client/index.js';
import { withClient, withEndpoints, type EndpointOptions } from '../endpoints.js';
import type { Register } from '../register.js';

interface StatusOptions extends EndpointOptions {
  readonly json?: boolean;
}

interface Row {
  readonly endpoint: string;
  readonly member: string | null;
  readonly role: 'leader' | 'follower' | null;
  /** Of the highest ballot that the replica knows of. */
  readonly round: number | null;
  readonly known: number | null;
  readonly applied: number | null;
  readonly revision: number | null;
  readonly bytes: number | null;
  readonly error: string | null;
}

export const status: Register = (program, setExit) => {
  withEndpoints(program.command('status').description('what each replica says of itself'))
    .option('--json', 'print one JSON array')
    .action(async (options: StatusOptions) => {
      const rows = await withClient(options, ask);
      process.stdout.write(options.json === true ? `${JSON.stringify(rows, null, 2)}\n` : table(rows));
      if (rows.some((row) => row.member === null)) setExit('failed');
    });
};

async function ask(client: Client): Promise<Row[]> {
  const members = await client.members();
  const names = new Map(
    members.kind === 'ok' ? members.value.members.map((member) => [member.id, member.name]) : [],
  );
  return Promise.all(
    client.endpoints.map(async (endpoint) => row(endpoint, await client.status(endpoint), names)),
  );
}

function row(endpoint: string, outcome: Outcome<StatusResponse>, names: ReadonlyMap<bigint, string>): Row {
  const none = { round: null, known: null, applied: null, revision: null, bytes: null };
  if (outcome.kind !== 'ok') {
    return { endpoint, member: null, role: null, ...none, error: outcome.error.message };
  }
  const { header, leader, raftTerm, raftIndex, raftAppliedIndex, dbSize, errors } = outcome.value;
  const id = header?.memberId ?? 0n;
  return {
    endpoint,
    member: names.get(id) ?? id.toString(16),
    role: leader === id ? 'leader' : 'follower',
    round: Number(raftTerm),
    known: Number(raftIndex),
    applied: Number(raftAppliedIndex),
    revision: Number(header?.revision ?? 0n),
    bytes: Number(dbSize),
    error: errors.length === 0 ? null : errors.join('; '),
  };
}

const COLUMNS = [
  'endpoint',
  'member',
  'role',
  'round',
  'known',
  'applied',
  'revision',
  'bytes',
  'error',
] as const;

function table(rows: readonly Row[]): string {
  const cells = [[...COLUMNS], ...rows.map((one) => COLUMNS.map((column) => String(one[column] ?? '-')))];
  const widths = COLUMNS.map((_, i) => Math.max(...cells.map((line) => line[i]?.length ?? 0)));
  const text = cells.map((line) =>
    line
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${text.join('\n')}\n`;
}
