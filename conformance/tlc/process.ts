/** One run of Java: its lines as they come, and its end. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Tlc } from './find.js';

/** What was started and has not ended, so that a killed check leaves no JVM behind. */
const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

export interface JavaRun {
  readonly tlc: Tlc;
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

/** Rejects where Java cannot be started. */
export function runJava(
  { tlc, dir, timeoutMs }: JavaRun,
  args: readonly string[],
  take: (line: string) => void,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(tlc.java, args, { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    createInterface({ input: child.stdout }).on('line', take);
    createInterface({ input: child.stderr }).on('line', take);
    let timedOut = false;
    const stop = (): void => {
      timedOut = true;
      child.kill('SIGKILL');
    };
    const limit = timeoutMs === undefined ? undefined : setTimeout(stop, timeoutMs);
    const done = (): void => {
      running.delete(child);
      clearTimeout(limit);
    };
    child.once('error', (error) => {
      done();
      reject(error);
    });
    child.once('close', (exit) => {
      done();
      resolve({ exit, timedOut });
    });
  });
}
