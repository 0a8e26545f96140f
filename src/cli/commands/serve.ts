/** `decree serve`: runs one replica until it is told to stop. */
import { Option, type Command } from 'commander';
import { join } from 'node:path';
import { pino } from 'pino';
import { EXIT, type DecreeError } from '../../errors.js';
import { replaceFile } from '../../runtime/files.js';
import { processOptions } from '../../runtime/options.js';
import { startReplica, type RunningReplica } from '../../runtime/replica-process.js';
import { TRACE_MODES, type TraceMode } from '../../runtime/trace-target.js';
import { address, jsonFile, namedAddress, type Address } from '../options.js';
import type { Register } from '../register.js';

interface Options {
  readonly dir: string;
  readonly peerListen: Address;
  readonly clientListen: Address;
  readonly peer: Map<string, Address>;
  readonly peerClient: Map<string, Address>;
  readonly options?: string;
  readonly trace: TraceMode;
  readonly traceDir?: string;
  readonly logFile?: string;
  readonly logLevel?: string;
  readonly readyFile?: string;
}

export const serve: Register = (program) => {
  const command: Command = program
    .command('serve')
    .description('run one replica until SIGTERM or SIGINT')
    .requiredOption('--dir <directory>', 'the directory that decree init made')
    .addOption(listen('--peer-listen <host:port>', 'where other replicas reach this one', 2380))
    .addOption(listen('--client-listen <host:port>', 'where clients reach this one', 2379))
    .addOption(named('--peer <name=host:port>', 'where another replica listens; repeat it'))
    .addOption(named('--peer-client <name=host:port>', 'its client port, told to clients'))
    .option('--options <file>', 'options of the process, a JSON object')
    .addOption(new Option('--trace <mode>', 'record events').choices(TRACE_MODES).default('file'))
    .option('--trace-dir <directory>', 'where trace files go (default: trace in the directory)')
    .option('--log-file <file>', 'append the log there instead of stderr')
    .option('--log-level <level>', 'trace, debug, info, warn, error, fatal or silent')
    .option('--ready-file <file>', 'write the ready line there instead of stdout');
  command.action((options: Options) => run(options));
};

/** An address of this machine, unless told otherwise. */
function listen(flags: string, what: string, port: number): Option {
  const option = new Option(flags, what).argParser(address);
  return option.default({ host: '127.0.0.1', port }, `127.0.0.1:${port}`);
}

function named(flags: string, what: string): Option {
  return new Option(flags, what).argParser(namedAddress).default(new Map(), 'none');
}

async function run(options: Options): Promise<void> {
  const given = options.options === undefined ? {} : jsonFile('--options', options.options);
  const read = processOptions(given, options.options ?? 'options');
  const level = options.logLevel ?? read.logLevel;
  if (options.logLevel !== undefined) processOptions({ logLevel: level }, '--log-level');
  const log = pino({ level, base: null }, pino.destination({ dest: options.logFile ?? 2, sync: true }));
  process.on('uncaughtException', (error) => endAtOnce(error));
  let fail: (error: DecreeError) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => {
    fail = (error) => {
      log.error({ why: error.message }, 'the replica ended by itself');
      reject(error);
    };
  });
  const running = await Promise.race([
    failed,
    startReplica({
      directory: options.dir,
      peerListen: options.peerListen,
      clientListen: options.clientListen,
      peers: options.peer,
      clients: options.peerClient,
      trace: options.trace,
      traceDirectory: options.traceDir ?? join(options.dir, 'trace'),
      options: read,
      log,
      onFatal: (error) => fail(error),
    }),
  ]);
  try {
    await Promise.race([failed, toldOrStopped(running, options.readyFile)]);
  } finally {
    // Whatever still holds the event loop must not keep a process that has ended.
    setTimeout(() => process.exit(), 3_000).unref();
  }
}

/** A mistake in the program: the state in memory is not to be trusted, what is on disk is. */
function endAtOnce(error: Error): never {
  process.stderr.write(`decree: internal error, please report it: ${error.stack ?? error.message}\n`);
  process.exit(EXIT.internal);
}

function tellReady({ ready }: RunningReplica, file: string | undefined): void {
  const line = `${JSON.stringify(ready)}\n`;
  if (file === undefined) process.stdout.write(line);
  else replaceFile(file, line);
}

/** Says that it is ready and waits for a signal. Where it cannot say so, nobody knows of it: it stops. */
async function toldOrStopped(running: RunningReplica, readyFile: string | undefined): Promise<void> {
  try {
    tellReady(running, readyFile);
  } catch (error) {
    await running.stop();
    throw error;
  }
  await told(running);
}

/** Resolves when the replica has stopped because it was told to. A second signal ends the process at once. */
function told(running: RunningReplica): Promise<void> {
  process.on('SIGUSR2', () => running.dumpTrace());
  return new Promise((resolve, reject) => {
    let stopping = false;
    const stop = (): void => {
      if (stopping) process.exit(1);
      stopping = true;
      running.stop().then(resolve, reject);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  });
}
