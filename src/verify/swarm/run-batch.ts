/** Runs a batch of seeds: one after another, and beside them TLC on the traces of a sample. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { DecreeError, type ExitName } from '../../errors.js';
import { add, firstClass, NOTHING, totalsOf, type Failure, type Totals } from '../../sim/swarm/batch.js';
import type { FailureClass } from '../../sim/checks/finding.js';
import { isSampled, SEED_LIMIT, seedAt, shardSize } from '../../sim/swarm/choice.js';
import {
  failedLines,
  failureLines,
  floorLines,
  progressLine,
  seedLine,
  totalsTable,
} from '../../sim/swarm/format.js';
import { mergeResults, RESULTS_VERSION, type Results } from '../../sim/swarm/results.js';
import { alienFile, writeFolder, type SeedResult } from './folder.js';
import { codeDigest, earlierResults, readResults, writeResults } from './results-file.js';
import { judge, runOne, sameRun, type SeedOptions } from './seed.js';
import { keepShrunk, whyNot } from './shrink-seed.js';

export interface BatchOptions extends SeedOptions {
  /** Minutes of wall time after which no seed begins; null: no limit. */
  readonly minutes: number | null;
  /** Where the folders of failing seeds go, each in one named after its seed. */
  readonly out: string;
  /** So many runs may be spent to shrink the first failing seed of each class; 0: none is shrunk. */
  readonly shrink: number;
  /** The file of results; null: none. */
  readonly results: string | null;
  /** An earlier file of results, whose seeds are left out, if it is there. It is written on. */
  readonly resume: string | null;
}

/** Seconds between two lines of progress, and between two writings of the results. */
const PROGRESS_S = 15;
/** The folders of so many failing seeds are kept. */
const KEPT = 50;

export async function runBatch(options: BatchOptions): Promise<ExitName> {
  const batch = new Batch(options);
  await batch.run();
  return batch.report();
}

class Batch {
  private totals: Totals = NOTHING;
  private readonly code = codeDigest();
  private readonly size: number;
  private readonly began = performance.now();
  private readonly path: string | null;
  /** Wall time of earlier runs of these results. */
  private secondsBefore = 0;
  private ended: Results['ended'] = null;
  private judging: Promise<void> = Promise.resolve();
  private kept = 0;
  private warned = false;
  /** Classes of which a failing seed was shrunk. */
  private readonly shrunk = new Set<FailureClass>();

  constructor(private readonly options: BatchOptions) {
    const { plan, results, resume } = options;
    this.size = shardSize(plan);
    this.path = results ?? resume;
    const { index, of } = plan.shard;
    if (this.size === 0) {
      throw new DecreeError(
        'usage',
        `--shard ${index}/${of} of ${plan.seeds} seeds has none: use fewer shards`,
      );
    }
    const last = seedAt(plan, Number.isFinite(this.size) ? this.size - 1 : 0);
    if (last >= SEED_LIMIT) throw new DecreeError('usage', `seed ${last}: seeds are below ${SEED_LIMIT}`);
    if (results !== null && results !== resume && existsSync(results)) {
      throw new DecreeError('usage', `--results ${results} is there already: --resume it, or remove it`);
    }
    const earlier = resume === null ? null : earlierResults(resume, plan, this.code);
    if (earlier !== null) {
      this.totals = earlier.totals;
      this.secondsBefore = earlier.seconds;
      options.print(`${earlier.totals.seeds} seeds are left out: ${resume} has them`);
    }
  }

  async run(): Promise<void> {
    const { plan, minutes, print } = this.options;
    let said = performance.now();
    const before = this.totals.seeds;
    for (let n = before; n < this.size; n++) {
      if (minutes !== null && this.seconds >= 60 * minutes) {
        this.ended = 'time is over';
        break;
      }
      const seed = seedAt(plan, n);
      if (seed >= SEED_LIMIT) break;
      await this.runSeed(seed);
      // TLC, beside the seeds, is listened to between them.
      await turn();
      if (performance.now() - said > PROGRESS_S * 1_000) {
        await this.judging;
        print(progressLine(this.totals, this.size, this.seconds));
        this.save();
        said = performance.now();
      }
    }
    await this.judging;
    this.ended ??= 'all seeds';
    this.save();
  }

  report(): ExitName {
    const { totals, options } = this;
    for (const line of totalsTable(totals, this.seconds + this.secondsBefore)) options.print(line);
    if (this.ended === 'time is over' && Number.isFinite(this.size))
      options.print(`the time was over after ${totals.seeds} of ${this.size} seeds`);
    for (const line of failedLines(totals, options.program, options.plan)) options.print(line);
    return verdictOf(totals, options.print);
  }

  private get seconds(): number {
    return (performance.now() - this.began) / 1_000;
  }

  private async runSeed(seed: number): Promise<void> {
    const { options } = this;
    const result = runOne(options, seed, false);
    const { report, failure } = result;
    if (options.verbose && report !== null) options.print(seedLine(report));
    this.totals = add(this.totals, report === null ? { ...NOTHING, seeds: 1 } : totalsOf(report));
    if (failure === null && !isSampled(options.plan, seed)) return;
    await this.judging;
    this.judging = this.look(result);
    // Whoever waits for it next is told of its error.
    this.judging.catch(() => undefined);
  }

  /** Runs a seed again with traces, which changes nothing, and has TLC replay them. */
  private async look(result: SeedResult): Promise<void> {
    const { options } = this;
    const { seed } = result;
    const asked = options.plan.validate > 0;
    if (asked && 'missing' in options.tlc) this.warnOnce(options.tlc.missing);
    const traced = runOne(options, seed, true);
    const other = sameRun(result, traced) ? null : differs(result);
    const early = result.failure ?? other;
    const directory = this.directoryOf(early, seed);
    const lookup = asked ? options.tlc : { missing: 'not asked for: --validate 0' };
    const judged = await judge(
      { ...options, tlc: lookup },
      { ...traced, failure: other ?? traced.failure },
      directory,
    );
    const { failure, again } = judged.result;
    const validated = asked ? judged.validated : NOTHING.validated;
    this.totals = add(this.totals, { ...NOTHING, validated, failures: failure === null ? [] : [failure] });
    if (failure === null) return;
    // That TLC alone found it is known only now.
    const folder = early === null ? this.directoryOf(failure, seed) : directory;
    if (early === null && folder !== null) writeFolder(folder, judged.result);
    for (const line of failureLines(failure, again, folder)) options.print(line);
    if (options.shrink === 0 || folder === null || this.shrunk.has(failure.failure)) return;
    if (whyNot(judged.result) === null) this.shrunk.add(failure.failure);
    keepShrunk(options, judged.result, options.shrink, folder).forEach(options.print);
  }

  /** Where a failing seed's folder goes; null where it is not kept. That must not end a long batch. */
  private directoryOf(failure: Failure | null, seed: number): string | null {
    if (failure === null) return null;
    // The first of a class is kept whatever was before it, for it is shrunk.
    if (this.kept >= KEPT && (this.options.shrink === 0 || this.shrunk.has(failure.failure))) return null;
    const directory = join(this.options.out, String(seed));
    const alien = alienFile(directory);
    if (alien !== null) {
      this.options.warn(`--out: ${directory} holds ${alien}, so the folder of seed ${seed} is not kept`);
      return null;
    }
    this.kept += 1;
    return directory;
  }

  private warnOnce(missing: string): void {
    if (!this.warned) this.options.warn(`NOT RUN: no trace of a seed is replayed. ${missing}`);
    this.warned = true;
  }

  private save(): void {
    if (this.path === null) return;
    const { totals, code, ended, options } = this;
    const seconds = this.seconds + this.secondsBefore;
    writeResults(this.path, { version: RESULTS_VERSION, code, plan: options.plan, ended, seconds, totals });
  }
}

function differs({ seed, failure }: SeedResult): Failure {
  const what = 'the run with traces is another than the one without: something is not deterministic';
  const bare = failure === null ? '' : `\nwithout traces: ${failure.failure}: ${failure.what}`;
  return { seed, failure: 'stop', atMs: null, what: `${what}${bare}`, spec: null };
}

/** Prints the floors that are not reached. The first failing seed decides, then the floors. */
function verdictOf(totals: Totals, print: (line: string) => void): ExitName {
  const missing = floorLines(totals);
  missing.forEach(print);
  const first = firstClass(totals);
  if (first !== null) return first;
  if (missing.length > 0) return 'floor';
  if (totals.validated.notRun > 0) return 'notRun';
  return totals.validated.undecided > 0 ? 'undecided' : 'ok';
}

/** `decree simulate merge`: the results of shards as one. */
export function mergeFiles(
  paths: readonly string[],
  program: string,
  print: (line: string) => void,
): ExitName {
  const files = paths.map((path) => [path, readResults(path)] as const);
  const { totals, seconds, faults } = mergeResults(files);
  for (const line of totalsTable(totals, seconds)) print(line);
  for (const [path, { plan, ended, totals: own }] of files) {
    if (ended === 'time is over' && plan.seeds !== null)
      print(`${path}: the time was over after ${own.seeds} of ${shardSize(plan)} seeds`);
    for (const line of failedLines(own, program, plan)) print(line);
  }
  for (const fault of faults) print(`FAILED merge: ${fault}`);
  const verdict = verdictOf(totals, print);
  return faults.length > 0 && firstClass(totals) === null ? 'invalidInput' : verdict;
}
