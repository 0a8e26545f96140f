/** Runs TLC once, with a metadir of its own, and says how it ended. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, relative, resolve } from 'node:path';
import type { Tlc } from './find.js';
import type { ManyChecks } from './many.js';
import { parseCounts, parseTrace, parseViolated, verdictOf, type TlcVerdict } from './output.js';
import { runJava } from './process.js';

export interface RunOptions {
  readonly tlc: Pick<Tlc, 'java' | 'jar'>;
  /** The folder of the module; TLC runs there, so file names in a spec are relative to it. */
  readonly dir: string;
  /** Module name or file, without or with `.tla`. */
  readonly module: string;
  /** Configuration file, relative to `dir` or absolute; default `MODULE.cfg`. */
  readonly cfg?: string;
  /** More folders in which modules are found, after `dir`. */
  readonly libraryDirs?: readonly string[];
  /** Class path entries before the jar, e.g. compiled operator overrides. */
  readonly classpath?: readonly string[];
  /** Default 1: counts are exact only then. */
  readonly workers?: number;
  /** Default off, as a model that bounds its ballots ends; a trace needs it on. */
  readonly checkDeadlock?: boolean;
  /** Java heap, e.g. `3g` (the default). */
  readonly heap?: string;
  /** More JVM flags, before the class, e.g. `-Dtrace.file=...`. */
  readonly jvm?: readonly string[];
  /** More TLC flags, before the module, e.g. `['-coverage', '1']`. */
  readonly extra?: readonly string[];
  /** Milliseconds after which the JVM is ended (verdict `crash`); default none. */
  readonly timeoutMs?: number;
  /** JVMs that are used again, for a short run without class path or JVM flags of its own. */
  readonly many?: ManyChecks;
}

export interface TlcResult extends Record<'generated' | 'distinct' | 'depth', number> {
  readonly verdict: TlcVerdict;
  /** Exit code of the JVM; null if a signal or the time limit ended it. */
  readonly exit: number | null;
  /** options.timeoutMs ran out. */
  readonly timedOut: boolean;
  /** Name of the violated invariant or property. */
  readonly violated?: string;
  /** The counterexample as TLC printed it; empty if there is none. */
  readonly trace: string;
  readonly seconds: number;
  /** All that TLC printed. */
  readonly output: string;
}

/** Runs TLC. Rejects only if Java itself cannot be started. */
export async function runTlc(options: RunOptions): Promise<TlcResult> {
  const scratch = mkdtempSync(join(tmpdir(), 'decree-tlc-'));
  const started = performance.now();
  try {
    const lines: string[] = [];
    const take = (line: string): unknown => lines.push(line);
    const { exit, timedOut } = await (options.many === undefined
      ? runJava(options, tlcArguments(options, scratch), take)
      : options.many.run(checkArguments(absolute(options), scratch), take, options.timeoutMs));
    const output = lines.join('\n');
    const violated = parseViolated(output);
    return {
      verdict: verdictOf(exit),
      exit,
      timedOut,
      ...parseCounts(output),
      ...(violated === undefined ? {} : { violated }),
      trace: parseTrace(output),
      seconds: (performance.now() - started) / 1000,
      output,
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * A JVM that is used again has a working directory of its own: the name of the module is absolute, and TLC
 * finds the configuration relative to it.
 */
function absolute(options: RunOptions): RunOptions {
  const dir = realpathSync(options.dir);
  const cfg =
    options.cfg === undefined ? {} : { cfg: relative(dir, realpathSync(resolve(dir, options.cfg))) };
  return { ...options, ...cfg, module: resolve(dir, options.module) };
}

/**
 * The JVM's arguments. `scratch` is a folder for this run alone: TLC unpacks its standard modules into Java's
 * temporary folder at each start, so two that start at once in one folder read each other's torn files.
 */
export function tlcArguments(options: RunOptions, scratch: string): string[] {
  const library = options.libraryDirs ?? [];
  return [
    '-XX:+UseParallelGC',
    `-Xmx${options.heap ?? '3g'}`,
    // Replaying a long run of slots nests deeply; how deep a stack holds depends on what is compiled by then.
    '-Xss16m',
    `-Djava.io.tmpdir=${scratch}`,
    ...(library.length === 0 ? [] : [`-DTLA-Library=${library.join(delimiter)}`]),
    ...(options.jvm ?? []),
    '-cp',
    [...(options.classpath ?? []), options.tlc.jar].join(delimiter),
    'tlc2.TLC',
    ...checkArguments(options, scratch),
  ];
}

/** The arguments of TLC itself. */
function checkArguments(options: RunOptions, scratch: string): string[] {
  return [
    '-workers',
    String(options.workers ?? 1),
    ...(options.checkDeadlock === true ? [] : ['-deadlock']),
    '-metadir',
    join(scratch, 'states'),
    ...(options.cfg === undefined ? [] : ['-config', options.cfg]),
    ...(options.extra ?? []),
    options.module.endsWith('.tla') ? options.module : `${options.module}.tla`,
  ];
}
