/** `decree cell`: a cell of several processes on this machine. */
import { Option, type Command } from 'commander';
import { jsonFile, whole } from '../options.js';
import { LocalCell, type CellAddress, type CellSetup } from '../../runtime/cell.js';
import { processOptions } from '../../runtime/options.js';
import { TRACE_MODES } from '../../runtime/trace-target.js';
import type { Register } from '../register.js';

interface UpOptions extends Omit<CellSetup, 'directory' | 'patienceMs' | 'onEnd'> {
  readonly dir: string;
  readonly detach?: boolean;
}

interface ReplicaOptions {
  readonly dir: string;
  readonly replica: string;
}

export const cell: Register = (program) => {
  const group = program.command('cell').description('a cell of several processes on this machine');
  const inDirectory = (name: string, description: string): Command =>
    group.command(name).description(description).requiredOption('--dir <directory>', "the cell's directory");
  inDirectory('up', 'make a cell if there is none, and start its replicas')
    .option('--replicas <n>', 'replicas of a new cell (default: 5)', whole(1, 9))
    .option('--cell <name>', 'the name of a new cell')
    .option('--alpha <slots>', 'slots open at once, of a new cell', whole(1, 10_000))
    .option('--base-port <port>', 'the first of the ports (default: free ones)', whole(1024, 65_000))
    .option('--options <file>', 'options of each process, a JSON object')
    .addOption(new Option('--trace <mode>', 'record events (default: file)').choices(TRACE_MODES))
    .option('--detach', 'return when the cell is up; decree cell down ends it')
    .action((options: UpOptions) => up(options));
  inDirectory('down', 'stop the replicas that cell up started').action(async ({ dir }: { dir: string }) => {
    await LocalCell.attach(dir).down();
    process.stdout.write(`the cell in ${dir} is down\n`);
  });
  inDirectory('kill', 'SIGKILL one replica')
    .requiredOption('--replica <name>', 'which one')
    .action(async ({ dir, replica }: ReplicaOptions) => {
      await LocalCell.attach(dir).kill(replica);
      process.stdout.write(`killed ${replica}\n`);
    });
  inDirectory('start', 'start one replica that is down')
    .requiredOption('--replica <name>', 'which one')
    .action(async ({ dir, replica }: ReplicaOptions) => {
      await LocalCell.attach(dir).start(replica);
      process.stdout.write(`started ${replica}\n`);
    });
};

async function up(options: UpOptions): Promise<void> {
  if (options.options !== undefined) processOptions(jsonFile('--options', options.options), options.options);
  const { dir: directory, detach: _, ...rest } = options;
  const setup: CellSetup = {
    directory,
    ...rest,
    onEnd: (replica, code) => process.stderr.write(`${replica} ended by itself (code ${code ?? 'none'})\n`),
  };
  const signal = listenForSignals();
  try {
    const running = await LocalCell.up(setup);
    process.stdout.write(table(running.addresses()));
    if (options.detach === true && !signal.came()) {
      process.stdout.write(`end it with: decree cell down --dir ${directory}\n`);
      return;
    }
    process.stdout.write('Ctrl-C ends the cell\n');
    await signal.coming;
    await running.down();
    process.stdout.write('the cell is down\n');
  } finally {
    signal.stop();
  }
}

function table(addresses: readonly CellAddress[]): string {
  const text = ({ host, port }: { host: string; port: number }): string => `${host}:${port}`;
  const rows = [
    ['replica', 'member', 'clients', 'peers', 'pid'],
    ...addresses.map((a) => [a.replica, a.member, text(a.client), text(a.peer), String(a.pid ?? '-')]),
  ];
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row
      .map((field, i) => field.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const endpoints = addresses.map(({ client }) => text(client)).join(',');
  return `${lines.join('\n')}\n\nETCDCTL_API=3 etcdctl --endpoints=${endpoints} put greeting hello\n`;
}

interface Signal {
  /** Resolves at SIGINT or SIGTERM; a second one ends this process, and cell down ends the rest. */
  readonly coming: Promise<void>;
  came(): boolean;
  stop(): void;
}

/** From before the start of the first replica: a signal that comes while they start must not leave any. */
function listenForSignals(): Signal {
  let came = false;
  let resolve = (): void => undefined;
  const coming = new Promise<void>((resolved) => {
    resolve = resolved;
  });
  const alive = setInterval(() => undefined, 60_000);
  const stop = (): void => {
    clearInterval(alive);
    process.removeListener('SIGINT', take);
    process.removeListener('SIGTERM', take);
  };
  const take = (): void => {
    came = true;
    stop();
    resolve();
  };
  process.on('SIGINT', take);
  process.on('SIGTERM', take);
  return { coming, came: () => came, stop };
}
