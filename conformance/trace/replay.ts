/**
 * Runs TLC over one merged trace and reads how far it came. TLC's exit code decides, the depth is the
 * witness.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/root.js';
import type { Tlc } from '../tlc/find.js';
import { parseCounts, parseErrors, verdictOf, type TlcVerdict } from '../tlc/output.js';
import { runJava } from '../tlc/process.js';
import { tlcArguments, type RunOptions } from '../tlc/run.js';
import { DATA_MODULE_STEPS, writeDataModule } from './data-module.js';
import { javaClasses, type ClassOptions } from '../tlc/java-classes.js';

export interface ReplayOptions extends ClassOptions {
  readonly tlc: Tlc;
  /** Milliseconds after which TLC is ended; default: none. */
  readonly timeoutMs?: number;
  readonly heap?: string;
  /** The folder of PaxosReplica.tla; default: spec/. Tests replay against a broken one. */
  readonly spec?: string;
}

/** What the spec allows and what was logged, where they differ. As TLC prints them. */
export interface Difference {
  readonly what: string;
  readonly allowed: string;
  readonly logged: string;
}

export interface Replay {
  readonly verdict: TlcVerdict | 'not replayed';
  readonly distinct: number;
  readonly depth: number;
  /** One worker, breadth first: with others the counts say nothing. */
  readonly modeAsExpected: boolean;
  readonly differs?: Difference;
  /**
   * In an explaining run: the messages that the step names, and the votes that its replica holds in its
   * slot.
   */
  readonly messages?: string;
  readonly held?: string;
  /** What TLC complained of, if the verdict is none of ok and deadlock. */
  readonly complaint: string;
  readonly seconds: number;
}

/** Lines up to which a trace is short. */
const SHORT = 5_000;

/** Replays merged lines (header first). */
export async function replay(lines: readonly string[], options: ReplayOptions): Promise<Replay> {
  const work = mkdtempSync(join(tmpdir(), 'decree-trace-'));
  try {
    const conformance = join(packageRoot(), 'conformance');
    const classes = javaClasses(options.tlc, 'overrides', options);
    const common = { tlc: options.tlc, module: 'TracePaxosReplica', checkDeadlock: true, workers: 1 };
    const run = {
      ...common,
      // A short trace ends before the second compiler pays: half the time.
      jvm: lines.length <= SHORT ? ['-XX:TieredStopAtLevel=1'] : [],
      heap: options.heap ?? '2g',
      ...(options.timeoutMs !== undefined && { timeoutMs: options.timeoutMs }),
      libraryDirs: [options.spec ?? join(packageRoot(), 'spec')],
    };
    if (classes !== null) {
      const file = join(work, 'merged.ndjson');
      writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
      const jvm = [...run.jvm, `-Ddecree.trace=${file}`];
      return await runReplay({ ...run, dir: conformance, classpath: [classes], jvm }, work);
    }
    if (lines.length > DATA_MODULE_STEPS + 1) return tooLong(lines.length - 1);
    const folder = join(work, 'module');
    writeDataModule(folder, conformance, lines);
    return await runReplay({ ...run, dir: folder }, work);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function tooLong(steps: number): Replay {
  const complaint =
    `${steps} steps, but without javac at most ${DATA_MODULE_STEPS} can be replayed: ` +
    'install a JDK, not only a Java runtime';
  return { verdict: 'not replayed', distinct: 0, depth: 0, modeAsExpected: false, complaint, seconds: 0 };
}

/**
 * The counterexample that TLC prints for a rejected trace grows with the trace and says nothing more than the
 * depth, so it is read past and not kept.
 */
async function runReplay(options: RunOptions, scratch: string): Promise<Replay> {
  const started = performance.now();
  const kept: string[] = [];
  let inTrace = false;
  const { exit, timedOut } = await runJava(options, tlcArguments(options, scratch), (line) => {
    if (line.startsWith('Error: The behavior up to this point is')) inTrace = true;
    else if (/^[\d,]+ states generated/.test(line)) inTrace = false;
    if (!inTrace) kept.push(line);
  });
  const read = readReplay(exit, kept.join('\n'), (performance.now() - started) / 1000);
  return timedOut ? { ...read, complaint: `the time limit of ${options.timeoutMs} ms ran out` } : read;
}

/** Exported for tests: from TLC's exit code and what it printed. */
export function readReplay(exit: number | null, output: string, seconds: number): Replay {
  const verdict = verdictOf(exit);
  const differs = /^"differs;(.*?);(.*);(.*?)"$/m.exec(output);
  const [, what, allowed, logged] = differs ?? [];
  return {
    verdict,
    ...parseCounts(output),
    modeAsExpected: /^Running breadth-first search .* with 1 worker on /m.test(output),
    ...(what !== undefined &&
      allowed !== undefined &&
      logged !== undefined && { differs: { what, allowed: plain(allowed), logged: plain(logged) } }),
    ...printed(output, 'messages'),
    ...printed(output, 'held'),
    complaint: verdict === 'ok' || verdict === 'deadlock' ? '' : parseErrors(output),
    seconds,
  };
}

function printed(output: string, name: 'messages' | 'held'): { messages?: string; held?: string } {
  const text = new RegExp(`^"${name};(.*)"$`, 'm').exec(output)?.[1];
  return text === undefined ? {} : { [name]: plain(text) };
}

const plain = (text: string): string => text.replaceAll('\\"', '"');
