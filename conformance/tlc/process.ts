/** Processes of Java: their lines as they come, and their end. */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Tlc } from './find.js';

/** What was started and has not ended, so that a killed check leaves no JVM behind. */
const running = new Set<ChildProcess>();
const killAll = (): void => running.forEach((child) => child.kill('SIGKILL'));
process.once('exit', killAll);

/** A signal that would end this process at once ends what it started first. */
function interrupted(signal: NodeJS.Signals): void {
  killAll();
  // Others that listen decide for themselves how to end.
  if (process.listenerCount(signal) === 1) process.exit(signal === 'SIGINT' ? 130 : 143);
}

function track(child: ChildProcess): void {
  if (running.size === 0) for (const signal of SIGNALS) process.on(signal, interrupted);
  running.add(child);
}

function untrack(child: ChildProcess): void {
  running.delete(child);
  if (running.size === 0) for (const signal of SIGNALS) process.off(signal, interrupted);
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface JavaRun {
  readonly tlc: Pick<Tlc, 'java'>;
  /** The working directory. */
  readonly dir: string;
  /** Milliseconds after which it is killed; default: none. */
  readonly timeoutMs?: number;
}

export interface Ended {
  /** null where a signal ended it. */
  readonly exit: number | null;
  /** options.timeoutMs ran out. */
  readonly timedOut: boolean;
}

/** Starts Java, whose lines go to `take`; `ended` is its exit code, and rejects if there is no Java. */
export function startJava(
  { tlc, dir }: Omit<JavaRun, 'timeoutMs'>,
  args: readonly string[],
  take: (line: string) => void,
  stdin: 'ignore' | 'pipe' = 'ignore',
): { child: ChildProcess; ended: Promise<number | null> } {
  const stdio: StdioOptions = [stdin, 'pipe', 'pipe'];
  const child = spawn(tlc.java, args, { cwd: dir, stdio });
  track(child);
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface({ input: stream }).on('line', take);
  }
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', (error) => {
      untrack(child);
      reject(error);
    });
    child.once('close', (exit) => {
      untrack(child);
      resolve(exit);
    });
  });
  return { child, ended };
}

/** One run of Java. Rejects where Java cannot be started. */
export async function runJava(
  options: JavaRun,
  args: readonly string[],
  take: (line: string) => void,
): Promise<Ended> {
  const { child, ended } = startJava(options, args, take);
  let timedOut = false;
  const stop = (): void => {
    timedOut = true;
    child.kill('SIGKILL');
  };
  const limit = options.timeoutMs === undefined ? undefined : setTimeout(stop, options.timeoutMs);
  try {
    return { exit: await ended, timedOut };
  } finally {
    clearTimeout(limit);
  }
}
