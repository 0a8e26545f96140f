/**
 * Many short runs of TLC in a few JVMs (conformance/java/many/ManyChecks.java): the start of a JVM and its
 * cold parser are most of what a run of a second costs. A run is what it would be in a JVM of its own.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DecreeError } from '../../src/errors.js';
import { javaClasses, type ClassOptions } from './java-classes.js';
import { startJava, type Ended } from './process.js';
import type { Tlc } from './find.js';

/** What ManyChecks prints after a run, before its exit code. */
const MARK = 'many-checks: ended ';
/** A JVM is given up after so many runs, with what they have left behind in it. */
const MOST_RUNS = 40;

/** JVMs that are used again. `end` must be called, or they outlive their use. */
export interface ManyChecks {
  /** Runs TLC with these arguments; file names must be absolute. A run that takes too long ends its JVM. */
  run(args: readonly string[], take: (line: string) => void, timeoutMs?: number): Promise<Ended>;
  end(): Promise<void>;
}

/** undefined where there is no javac and nothing compiled before: then each run needs a JVM of its own. */
export function startMany(tlc: Tlc, options: ClassOptions = {}): ManyChecks | undefined {
  const classes = classesOf(tlc, options);
  if (classes === null) return undefined;
  const idle: Host[] = [];
  const all = new Set<Host>();
  return {
    async run(args, take, timeoutMs) {
      const host = idle.pop() ?? new Host(tlc, classes);
      all.add(host);
      const ended = await host.run(args, take, timeoutMs);
      if (host.usable()) idle.push(host);
      else {
        all.delete(host);
        await host.end();
      }
      return ended;
    },
    async end() {
      await Promise.all([...all].map((host) => host.end()));
    },
  };
}

function classesOf(tlc: Tlc, options: ClassOptions): string | null {
  try {
    return javaClasses(tlc, 'many', options);
  } catch (error) {
    // No cache can be written: slower, but no reason to fail.
    if (error instanceof DecreeError && error.exit === 'usage') return null;
    throw error;
  }
}

class Host {
  private readonly scratch = mkdtempSync(join(tmpdir(), 'decree-many-'));
  private readonly child: ChildProcess;
  private readonly ended: Promise<number | null>;
  private runs = 0;
  private alive = true;
  private take: (line: string) => void = () => undefined;
  private done: (exit: number) => void = () => undefined;

  constructor(tlc: Tlc, classes: string) {
    const { child, ended } = startJava(
      { tlc, dir: this.scratch },
      jvmArguments(tlc.jar, classes, this.scratch),
      (line) => this.line(line),
      'pipe',
    );
    this.child = child;
    this.ended = ended.finally(() => {
      this.alive = false;
    });
    // A host that ends while nobody waits is noticed by the run that finds it ended.
    this.ended.catch(() => undefined);
    child.stdin?.on('error', () => undefined);
  }

  async run(args: readonly string[], take: (line: string) => void, timeoutMs?: number): Promise<Ended> {
    this.runs += 1;
    this.take = take;
    const exit = new Promise<number>((resolve) => {
      this.done = resolve;
    });
    let timedOut = false;
    const stop = (): void => {
      timedOut = true;
      this.child.kill('SIGKILL');
    };
    const limit = timeoutMs === undefined ? undefined : setTimeout(stop, timeoutMs);
    this.child.stdin?.write(`${args.join('\t')}\n`);
    try {
      return { exit: await Promise.race([exit, this.ended]), timedOut };
    } finally {
      clearTimeout(limit);
    }
  }

  usable(): boolean {
    return this.alive && this.runs < MOST_RUNS;
  }

  async end(): Promise<void> {
    this.child.stdin?.end();
    try {
      await this.ended;
    } finally {
      rmSync(this.scratch, { recursive: true, force: true });
    }
  }

  private line(line: string): void {
    if (line.startsWith(MARK)) this.done(Number(line.slice(MARK.length)));
    else this.take(line);
  }
}

function jvmArguments(jar: string, classes: string, scratch: string): string[] {
  return [
    '-XX:+UseSerialGC',
    '-Xmx1g',
    '-Xss16m',
    // The second compiler does not pay in a second; nor do checks of classes whose jar is pinned by hash.
    '-XX:TieredStopAtLevel=1',
    '-XX:+IgnoreUnrecognizedVMOptions',
    '-XX:+UnlockDiagnosticVMOptions',
    '-XX:-BytecodeVerificationRemote',
    `-Djava.io.tmpdir=${scratch}`,
    '-cp',
    classes,
    'ManyChecks',
    jar,
  ];
}
