/**
 * One model in many processes: TLC's server keeps the states, its workers compute them, on this machine and
 * on others that join. TLC names no violated invariant here, ends with 0 all the same, and knows no TLCGet.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { DecreeError } from '../../src/errors.js';
import type { Tlc } from './find.js';
import { javaClasses, type ClassOptions } from './java-classes.js';
import { parseCounts, parseTrace } from './output.js';
import { startJava } from './process.js';

/** The port on which TLC's workers look for the server, unless they are told another. */
export const TLC_PORT = 10_997;
const LOCAL = '127.0.0.1';
/** How long a server may live on without workers of ours, and workers without their server. */
const GRACE_MS = 20_000;

export interface DistributedOptions {
  readonly tlc: Tlc;
  /** The folder of the module and its configuration, both named without a path. */
  readonly dir: string;
  readonly module: string;
  readonly cfg: string;
  /** Worker processes on this machine, with one thread each. */
  readonly workers: number;
  /** The address of this machine for workers of others; default: none may join, and a free port is taken. */
  readonly listen?: string;
  /** Called when workers may join. */
  readonly onServing?: (place: Place) => void;
  readonly classes?: ClassOptions;
}

/** Where the server is. */
export interface Place {
  readonly address: string;
  readonly port: number;
  readonly jar: string;
}

export interface DistributedResult {
  readonly verdict: 'ok' | 'violated' | 'error';
  readonly distinct: number;
  readonly generated: number;
  /** The counterexample; empty if there is none. */
  readonly trace: string;
  readonly seconds: number;
  readonly output: string;
}

/** The command that lets another machine take part, to be given there. */
export function workerCommand({ address, port, jar }: Place, own: string): string[] {
  return [...rmi(own, port), '-cp', jar, 'tlc2.tool.distributed.TLCWorker', address];
}

export async function runDistributed(options: DistributedOptions): Promise<DistributedResult> {
  const { tlc, dir, workers } = options;
  const classes = javaClasses(tlc, 'many', options.classes);
  if (classes === null) {
    throw new DecreeError('notRun', 'not run: --distributed needs javac; install a JDK, 11 or later');
  }
  const address = options.listen ?? LOCAL;
  const port = options.listen === undefined ? await freePort() : TLC_PORT;
  const scratch = mkdtempSync(join(tmpdir(), 'decree-distributed-'));
  const started = performance.now();
  const lines: string[] = [];
  const helpers: Helper[] = [];
  const bound = (name: string, main: string, args: readonly string[]): string[] => {
    const temporary = join(scratch, name);
    mkdirSync(temporary);
    const path = [classes, tlc.jar].join(delimiter);
    return [...rmi(address, port), `-Djava.io.tmpdir=${temporary}`, '-cp', path, 'Bound', main, ...args];
  };
  try {
    const metadir = join(scratch, 'states');
    const args = ['-deadlock', '-metadir', metadir, '-config', options.cfg, `${options.module}.tla`];
    const server = startJava({ tlc, dir }, bound('server', SERVER, args), (line) => {
      lines.push(line);
      if (!line.startsWith('TLC server at ')) return;
      options.onServing?.({ address, port, jar: tlc.jar });
      for (let i = 1; i <= workers; i += 1) {
        const worker = bound(`worker-${i}`, WORKER, [address]);
        helpers.push(startJava({ tlc, dir: scratch }, worker, () => undefined));
      }
      // A server whose workers are gone would wait for others for ever.
      const gone = Promise.allSettled(helpers.map(({ ended }) => ended));
      if (options.listen === undefined) void gone.then(() => killLater(server.child));
    });
    const exit = await server.ended;
    for (const { child } of helpers) killLater(child);
    await Promise.allSettled(helpers.map(({ ended }) => ended));
    return { ...readDistributed(exit, lines.join('\n')), seconds: (performance.now() - started) / 1000 };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const SERVER = 'tlc2.tool.distributed.TLCServer';
const WORKER = 'tlc2.tool.distributed.TLCWorker';

type Helper = ReturnType<typeof startJava>;

/** What the server printed: only a text of success with the exit code of success is one. */
export function readDistributed(exit: number | null, output: string): Omit<DistributedResult, 'seconds'> {
  const { distinct, generated } = parseCounts(output);
  const completed = /^Model checking completed\. No error has been found\.$/m.test(output);
  const behaviour = /^Error: (?:The behavior up to this point is:|Invariant \S+ is violated)/m.test(output);
  const verdict = behaviour ? 'violated' : completed && exit === 0 ? 'ok' : 'error';
  return { verdict, distinct, generated, trace: parseTrace(output), output };
}

function rmi(address: string, port: number): string[] {
  return [
    '-XX:+UseParallelGC',
    '-Xss16m',
    `-Djava.rmi.server.hostname=${address}`,
    `-Dtlc2.tool.distributed.TLCServer.port=${port}`,
    '-Dtlc2.tool.distributed.TLCWorker.threadCount=1',
  ];
}

/** Ends a process that has not ended by itself in time. */
function killLater(child: ChildProcess): void {
  const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  timer.unref();
  child.once('close', () => clearTimeout(timer));
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, LOCAL, () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
