/** The results of a batch as a file, and how those of shards become one. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { firstProblem } from '../../trace/format.js';
import { FAILURES } from '../checks/finding.js';
import { add, NOTHING, type Totals } from './batch.js';
import { isKnob, limitsOf, seedAt, shardSize, type Plan } from './choice.js';

export const RESULTS_VERSION = 1;

const Natural = t.refinement(t.number, (n) => Number.isSafeInteger(n) && n >= 0, 'Natural');
const Counts = t.readonly(t.record(t.string, t.number));
const Overrides = t.refinement(t.record(t.string, t.number), inLimits, 'values of knobs');
const ShardCodec = t.refinement(
  t.type({ index: Natural, of: Natural }),
  ({ index, of }) => index >= 1 && index <= of,
  'shard',
);

const PlanCodec = t.type({
  start: Natural,
  seeds: t.union([Natural, t.null]),
  shard: ShardCodec,
  faults: t.keyof({ drawn: null, default: null, none: null }),
  set: Overrides,
  validate: Natural,
});

const FailureCodec = t.type({
  seed: Natural,
  failure: t.keyof(FAILURES),
  atMs: t.union([t.number, t.null]),
  what: t.string,
  spec: t.union([t.string, t.null]),
});

const TotalsCodec = t.type({
  seeds: Natural,
  simulatedMs: t.number,
  counts: Counts,
  expected: Counts,
  clients: t.type({
    ...{ asked: Natural, answered: Natural, refused: Natural },
    ...{ unknown: Natural, retried: Natural, doubled: Natural },
  }),
  due: t.number,
  met: t.number,
  slots: Natural,
  validated: t.type({
    ...{ accepted: Natural, rejected: Natural, undecided: Natural, notRun: Natural, events: Natural },
  }),
  failures: t.readonlyArray(FailureCodec),
});

const ResultsCodec = t.type({
  version: t.literal(RESULTS_VERSION),
  /** Which code ran: results of different code do not add up. */
  code: t.string,
  plan: PlanCodec,
  /** Why no further seed was run; null while the batch runs, or where it was killed. */
  ended: t.union([t.literal('all seeds'), t.literal('time is over'), t.null]),
  /** Seconds of wall time, of all runs that made these results. */
  seconds: t.number,
  /** Of the seeds of the shard the first `totals.seeds` ran. */
  totals: TotalsCodec,
});

export interface Results {
  readonly version: typeof RESULTS_VERSION;
  readonly code: string;
  readonly plan: Plan;
  readonly ended: 'all seeds' | 'time is over' | null;
  readonly seconds: number;
  readonly totals: Totals;
}

/** Left: one sentence on what is not as it must be. */
export function decodeResults(value: unknown): E.Either<string, Results> {
  const decoded = ResultsCodec.decode(value);
  if (E.isLeft(decoded)) return E.left(firstProblem(decoded.left));
  const { plan, totals } = decoded.right;
  if (totals.seeds > shardSize(plan)) return E.left(`${totals.seeds} seeds ran, more than the shard has`);
  return E.right(decoded.right);
}

/** Whether results under one plan can go on under the other: the same seeds in the same order. */
export function samePlan(one: Plan, other: Plan): boolean {
  const key = (plan: Plan): string => JSON.stringify([groupOf(plan), plan.shard.index]);
  return key(one) === key(other);
}

/** What shards of one batch have in common. */
function groupOf({ start, shard, faults, set, validate }: Plan): string {
  return JSON.stringify([start, shard.of, faults, Object.entries(set).sort(), validate]);
}

export interface Merged {
  readonly totals: Totals;
  readonly seconds: number;
  /** What keeps the files from being whole batches; empty is good. */
  readonly faults: readonly string[];
}

/** Adds up results, each with the name of its file. */
export function mergeResults(files: readonly (readonly [string, Results])[]): Merged {
  const totals = files.reduce((sum, [, results]) => add(sum, results.totals), NOTHING);
  const seconds = files.reduce((sum, [, results]) => sum + results.seconds, 0);
  const faults = [...differentCode(files), ...unended(files), ...missingShards(files), ...overlaps(files)];
  return { totals, seconds, faults };
}

function differentCode(files: readonly (readonly [string, Results])[]): readonly string[] {
  const [first, ...others] = files;
  const other = others.find(([, { code }]) => code !== first?.[1].code);
  return other === undefined ? [] : [`${first?.[0]} and ${other[0]} are results of different code`];
}

function unended(files: readonly (readonly [string, Results])[]): readonly string[] {
  return files
    .filter(([, { ended }]) => ended === null)
    .map(([name, { totals, plan }]) => {
      const size = plan.seeds === null ? '' : ` of ${shardSize(plan)}`;
      return `${name} was not ended: it has ${totals.seeds}${size} seeds; go on with --resume`;
    });
}

/** Seeds of a batch are only all there if all of its shards are. */
function missingShards(files: readonly (readonly [string, Results])[]): readonly string[] {
  const groups = new Map<string, { readonly plan: Plan; readonly shards: Set<number> }>();
  for (const [, { plan }] of files) {
    const key = JSON.stringify([groupOf(plan), plan.seeds]);
    const group = groups.get(key) ?? { plan, shards: new Set() };
    groups.set(key, group);
    group.shards.add(plan.shard.index);
  }
  return [...groups.values()].flatMap(({ plan, shards }) => {
    const all = Array.from({ length: plan.shard.of }, (_, i) => i + 1);
    const missing = all.filter((index) => !shards.has(index)).map((index) => `${index}/${plan.shard.of}`);
    if (missing.length === 0) return [];
    return [`of the seeds from ${plan.start} on these shards are missing: ${missing.join(', ')}`];
  });
}

/** A seed that counts twice under the same settings proves nothing the second time. */
function overlaps(files: readonly (readonly [string, Results])[]): readonly string[] {
  const seen = new Map<string, Map<number, string>>();
  const found: string[] = [];
  for (const [name, { plan, totals }] of files) {
    const settings = JSON.stringify([plan.faults, Object.entries(plan.set).sort()]);
    const seeds = seen.get(settings) ?? new Map<number, string>();
    seen.set(settings, seeds);
    const twice = new Map<string, number[]>();
    for (let n = 0; n < totals.seeds; n++) {
      const seed = seedAt(plan, n);
      const before = seeds.get(seed);
      if (before === undefined) seeds.set(seed, name);
      else twice.set(before, [...(twice.get(before) ?? []), seed]);
    }
    for (const [before, which] of twice)
      found.push(`${before} and ${name} share ${which.length} seeds, as seed ${which[0]}`);
  }
  return found;
}

function inLimits(set: Readonly<Record<string, number>>): boolean {
  return Object.entries(set).every(([name, value]) => {
    if (!isKnob(name)) return false;
    const [least, most] = limitsOf(name);
    return Number.isInteger(value) && value >= least && value <= most;
  });
}
