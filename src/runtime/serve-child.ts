/** Starting `decree serve` as a process of its own, and ending it. */
import { spawn } from 'node:child_process';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { DecreeError, EXIT, type ExitName } from '../errors.js';
import { packageRoot } from '../root.js';
import * as codecs from './codecs.js';
import { readIfThere } from './files.js';
import { holderOf, isAlive } from './lock.js';
import type { Address } from './tcp/outgoing.js';
import type { TraceMode } from './trace-target.js';

export interface ChildSetup {
  readonly replica: string;
  readonly directory: string;
  readonly peer: Address;
  readonly client: Address;
  /** All replicas of the cell. */
  readonly others: readonly { readonly replica: string; readonly peer: Address; readonly client: Address }[];
  readonly trace: TraceMode;
  readonly traceDirectory: string;
  readonly options: string | null;
  readonly log: string;
  readonly readyFile: string;
  /** How long it may take until it serves, in milliseconds. */
  readonly patienceMs: number;
}

export interface Child {
  readonly pid: number;
  /** Resolves to the exit code, null after a signal. */
  readonly exited: Promise<number | null>;
  /** Resolves to the trace file when the replica serves; rejects with its own complaint when it does not. */
  readonly ready: Promise<string | null>;
}

const readyLine = t.type({
  ready: t.literal(true),
  pid: codecs.positive,
  trace: t.union([t.string, t.null]),
});

/** The process outlives its parent: `cell down` ends it. */
export function spawnServe(setup: ChildSetup): Child {
  const main = join(packageRoot(), 'dist', 'src', 'cli', 'main.js');
  if (!fs.existsSync(main)) throw new DecreeError('usage', `${main} is missing: run npm run build`);
  fs.rmSync(setup.readyFile, { force: true });
  const said = fs.existsSync(setup.log) ? fs.statSync(setup.log).size : 0;
  const out = fs.openSync(setup.log, 'a');
  const child = spawn(process.execPath, [main, ...serveArguments(setup)], {
    detached: true,
    stdio: ['ignore', out, out],
  });
  fs.closeSync(out);
  let code: number | null | undefined;
  const exited = new Promise<number | null>((resolve) => {
    child.on('exit', (status) => {
      code = status;
      resolve(status);
    });
    child.on('error', () => resolve(null));
  });
  child.unref();
  const { pid } = child;
  if (pid === undefined)
    throw new DecreeError('internal', `no process could be started for ${setup.replica}`);
  const ready = waitReady(setup, () => code, said);
  return { pid, exited, ready };
}

function serveArguments(setup: ChildSetup): string[] {
  const { replica, directory, peer, client, others, trace, traceDirectory, options, readyFile } = setup;
  const text = ({ host, port }: Address): string => `${host}:${port}`;
  return [
    'serve',
    ...['--dir', directory],
    ...['--peer-listen', text(peer), '--client-listen', text(client)],
    ...others.flatMap((other) =>
      other.replica === replica
        ? []
        : [
            ...['--peer', `${other.replica}=${text(other.peer)}`],
            ...['--peer-client', `${other.replica}=${text(other.client)}`],
          ],
    ),
    ...['--trace', trace, '--trace-dir', traceDirectory],
    ...(options === null ? [] : ['--options', options]),
    ...['--ready-file', readyFile],
  ];
}

async function waitReady(
  setup: ChildSetup,
  exitCode: () => number | null | undefined,
  said: number,
): Promise<string | null> {
  const deadline = performance.now() + setup.patienceMs;
  while (performance.now() < deadline) {
    const found = readIfThere(setup.readyFile);
    if (found !== null) {
      const decoded = readyLine.decode(JSON.parse(found.toString('utf8')));
      if (E.isRight(decoded)) return decoded.right.trace;
    }
    const code = exitCode();
    if (code !== undefined) throw endedEarly(setup, code, said);
    await pause(20);
  }
  throw new DecreeError(
    'failed',
    `${setup.replica} does not serve after ${setup.patienceMs} ms: see ${setup.log}`,
  );
}

/** The complaint that the process printed, with its own exit code. */
function endedEarly({ replica, log }: ChildSetup, code: number | null, said: number): DecreeError {
  const text = (readIfThere(log) ?? Buffer.alloc(0)).subarray(said).toString('utf8');
  const line = text.split('\n').find((each) => each.startsWith('decree: '));
  const named = (Object.entries(EXIT) as [ExitName, number][]).find(([, number]) => number === code);
  const why = line?.slice('decree: '.length) ?? `it ended with code ${code}; see ${log}`;
  return new DecreeError(named === undefined || named[1] === 0 ? 'failed' : named[0], `${replica}: ${why}`);
}

/** Whether the process serves that directory: its lock names it. */
export function serves(pid: number, directory: string): boolean {
  return holderOf(directory) === pid;
}

/**
 * Sends a signal to the process that serves the directory and waits for its end; false if it is not that
 * one.
 */
export async function endServe(
  pid: number,
  directory: string,
  signal: NodeJS.Signals,
  patienceMs: number,
): Promise<boolean> {
  if (!serves(pid, directory)) return false;
  process.kill(pid, signal);
  const deadline = performance.now() + patienceMs;
  while (isAlive(pid)) {
    if (performance.now() > deadline) {
      throw new DecreeError(
        'failed',
        `process ${pid} of ${directory} did not end ${patienceMs} ms after ${signal}`,
      );
    }
    await pause(10);
  }
  return true;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
