/** A smaller run in place of a failing seed: its folder is kept in that of the seed. */
import { join } from 'node:path';
import { planOfSettings } from '../../sim/swarm/choice.js';
import { shrunkLines } from '../../sim/swarm/format.js';
import { shrink, type Shrunk } from '../../sim/swarm/shrink.js';
import { SHRUNK, writeFolder, type SeedResult } from './folder.js';
import { runOne, type SeedOptions } from './seed.js';

/** Shrinks a failing seed whose folder is `directory`, or tells why not. Gives what is to be said of it. */
export function keepShrunk(
  options: SeedOptions,
  result: SeedResult,
  runs: number,
  directory: string,
): readonly string[] {
  const why = whyNot(result);
  return why === null ? shrinkSeed(options, result, runs, directory) : [notShrunk(why)];
}

/** Why a failing seed cannot be shrunk; null if it can. Only what the run itself finds can be looked for. */
export function whyNot({ report, failure }: SeedResult): string | null {
  if (failure === null) return 'it does not fail';
  if (report === null) return 'the run broke off';
  const { finding } = report;
  if (finding?.failure === failure.failure && finding.what === failure.what) return null;
  switch (failure.failure) {
    case 'conformance':
      return 'TLC found it after the run';
    case 'floor':
      return 'too little happened, and in a smaller run less';
    default:
      return 'the run is not the same each time';
  }
}

function notShrunk(why: string): string {
  return `  shrunk: no, ${why}`;
}

/**
 * Shrinks a failing seed, by so many runs at most, and writes the folder of the smaller run into `directory`,
 * where that of the seed is. Gives what is to be said of it.
 */
function shrinkSeed(
  options: SeedOptions,
  { seed, settings, skip, report }: SeedResult,
  runs: number,
  directory: string,
): readonly string[] {
  if (report === null) throw new Error(`the run of seed ${seed} broke off`);
  const { planted = {}, run } = options;
  const setup = { seed, settings, planted, skip: new Set(skip) };
  const small = shrink(setup, report, { runs, ...(run !== undefined && { run }) });
  if (small.reduced.length === 0)
    return [notShrunk(`nothing smaller fails in the same way (runs tried: ${small.runs})`)];
  const traced = runOne(setupOf(options, small), seed, true);
  const { again } = traced;
  if (traced.report === null || traced.report.finding?.failure !== report.finding?.failure)
    return [notShrunk(`the smaller run does not fail with traces: ${again}`)];
  const kept = join(directory, SHRUNK);
  writeFolder(kept, { ...traced, shrunk: { reduced: small.reduced, runs: small.runs } });
  return shrunkLines(report, traced.report, small.runs, again, kept);
}

/** The options under which the smaller run is an ordinary seed that is run again. */
function setupOf(options: SeedOptions, { setup, report }: Shrunk): SeedOptions {
  // The run may now end before strikes that were left out.
  const skip = [...setup.skip].filter((number) => number < report.strikes.length).sort((a, b) => a - b);
  const plan = { ...options.plan, ...planOfSettings(setup.settings, setup.seed) };
  return { ...options, plan, skip: new Set(skip) };
}
