/** One seed run by the batch or by --replay: what it came to, and what TLC says of its traces. */
import type { TlcLookup } from '../../../conformance/tlc/find.js';
import { validateTrace } from '../../../conformance/trace/validate.js';
import { describe as describeVerdict } from '../../../conformance/trace/verdict.js';
import type { Faults } from '../../core/index.js';
import { failureOf, NOTHING, type Failure, type Validated } from '../../sim/swarm/batch.js';
import { settingsFor, type Plan } from '../../sim/swarm/choice.js';
import { replayCommand } from '../../sim/swarm/format.js';
import { runSeed, type SeedReport, type SeedSetup } from '../../sim/swarm/run.js';
import { withFolder, writeFolder, type SeedResult } from './folder.js';

export interface SeedOptions {
  readonly plan: Plan;
  readonly tlc: TlcLookup;
  /** How this program was called. */
  readonly program: string;
  readonly verbose: boolean;
  /** Planted mistakes; only tests have any. */
  readonly planted?: Partial<Faults>;
  /** Numbers of strikes that are left out; only a seed that is run again has any. */
  readonly skip?: ReadonlySet<number>;
  /** runSeed; tests put a doctored one. */
  readonly run?: (setup: SeedSetup) => SeedReport;
  /** A line for people. */
  readonly print: (line: string) => void;
  /** A line that must not be missed. */
  readonly warn: (line: string) => void;
}

/** Runs a seed. A run that breaks off is a failure like others: the fault of the simulator or of the code. */
export function runOne(options: SeedOptions, seed: number, traced: boolean): SeedResult {
  const { plan, program, planted = {}, skip = new Set(), run = runSeed, verbose, warn } = options;
  const settings = settingsFor(plan, seed);
  const again = replayCommand(program, plan, seed, skip);
  const result = { seed, settings, skip: [...skip], again };
  try {
    const report = run({ seed, settings, planted, traced, skip });
    const wrong = failureOf(report);
    const failure = wrong === null ? null : { ...wrong, spec: null };
    return { ...result, report, failure };
  } catch (error) {
    if (verbose && error instanceof Error && error.stack !== undefined) warn(error.stack);
    const what = `the run broke off: ${error instanceof Error ? error.message : String(error)}`;
    const failure: Failure = { seed, failure: 'stop', atMs: null, what, spec: null };
    return { ...result, report: null, failure };
  }
}

/** Whether two runs of a seed are one: everything but the traces. */
export function sameRun(one: SeedResult, other: SeedResult): boolean {
  const text = ({ report, failure }: SeedResult): string =>
    JSON.stringify([{ ...report, folder: undefined }, failure]);
  return text(one) === text(other);
}

export interface Judged {
  /** With what TLC says, and with the failure that it found. */
  readonly result: SeedResult;
  readonly validated: Validated;
}

/** Has TLC replay a seed that was run with traces, from `directory`, where it is kept, or from nowhere. */
export async function judge(
  { tlc }: SeedOptions,
  result: SeedResult,
  directory: string | null,
): Promise<Judged> {
  const { report, failure, seed } = result;
  if (report === null) {
    if (directory !== null) writeFolder(directory, result);
    return { result, validated: NOTHING.validated };
  }
  const validate = (folder: string): ReturnType<typeof validateTrace> =>
    validateTrace({ name: `seed ${seed}`, files: [folder] }, { tlc });
  if (directory !== null) writeFolder(directory, result);
  const one = await (directory === null ? withFolder(result, validate) : validate(directory));
  const spec = describeVerdict(one).slice(`seed ${seed}: `.length);
  // An invalid trace of the simulator is a fault of the recording, or of the merge.
  const bad = one.verdict === 'rejected' || one.verdict === 'invalid';
  const rejection: Failure = {
    ...{ seed, failure: 'conformance', atMs: report.simulatedMs, what: spec, spec: null },
  };
  const judged = { ...result, failure: failure === null ? (bad ? rejection : null) : { ...failure, spec } };
  if (directory !== null) writeFolder(directory, judged);
  return {
    result: judged,
    validated: {
      accepted: one.verdict === 'accepted' ? 1 : 0,
      rejected: bad ? 1 : 0,
      undecided: one.verdict === 'undecided' ? 1 : 0,
      notRun: one.verdict === 'not run' ? 1 : 0,
      events: one.verdict === 'accepted' ? one.events : 0,
    },
  };
}
