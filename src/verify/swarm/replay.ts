/** `decree simulate --replay SEED`: one seed again, all that is known of it, its traces, and TLC on them. */
import { DecreeError, type ExitName } from '../../errors.js';
import { failureLines, reportLines, settingsLines } from '../../sim/swarm/format.js';
import { demandFree, type SeedResult } from './folder.js';
import { judge, runOne, type SeedOptions } from './seed.js';
import { keepShrunk } from './shrink-seed.js';

export interface ReplayOptions extends SeedOptions {
  readonly seed: number;
  /** Where its folder goes; null: nowhere. */
  readonly out: string | null;
  /** So many runs may be spent to shrink it, if it fails and its folder is kept; 0: it is not shrunk. */
  readonly shrink: number;
}

export async function replaySeed(options: ReplayOptions): Promise<ExitName> {
  const { seed, out, plan, print, warn } = options;
  if (out !== null) demandFree('--out', out);
  const asked = plan.validate > 0;
  const traced = runOne(options, seed, true);
  demandStrikes(traced);
  const lines = traced.report === null ? settingsLines(traced.settings) : reportLines(traced.report);
  lines.forEach(print);
  const tlc = asked ? options.tlc : { missing: 'not asked for: --validate 0' };
  const { result, validated } = await judge({ ...options, tlc }, traced, out);
  const { failure, again } = result;
  if (validated.accepted > 0) print(`traces: TLC took all ${validated.events} events`);
  if (validated.undecided > 0) warn('traces: TLC gave no verdict');
  if (asked && 'missing' in tlc) warn(`NOT RUN: the traces are not replayed. ${tlc.missing}`);
  if (out !== null) print(`kept: ${out}; decree validate ${out}`);
  if (failure !== null) {
    failureLines(failure, again, null).forEach(print);
    if (options.shrink > 0 && out !== null) keepShrunk(options, result, options.shrink, out).forEach(print);
    return failure.failure;
  }
  if (asked && validated.notRun > 0) return 'notRun';
  return validated.undecided > 0 ? 'undecided' : 'ok';
}

/** Throws DecreeError where a strike is to be left out that the run does not have: that is another run. */
function demandStrikes({ seed, skip, report }: SeedResult): void {
  const number = report === null ? 0 : report.strikes.length;
  const alien = report === null ? undefined : skip.find((each) => each >= number);
  if (alien === undefined) return;
  const has = number === 0 ? 'has none' : `has those from 0 to ${number - 1}`;
  throw new DecreeError('usage', `--skip: there is no strike ${alien}, for this run of seed ${seed} ${has}`);
}
