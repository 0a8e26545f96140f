/** What a batch of seeds came to: numbers that add up, so that batches of shards do, and the failures. */
import type { FailureClass } from '../checks/finding.js';
import type { ClientCounts } from './clients.js';
import { expectedCounts, requestsAnswered, requestsDue, seedFloor } from './floors.js';
import type { SeedReport } from './run.js';

export interface Failure {
  readonly seed: number;
  readonly failure: FailureClass;
  /** Milliseconds of simulated time; null where the run broke off. */
  readonly atMs: number | null;
  readonly what: string;
  /** What TLC says of the seed's traces; null if it was not asked. */
  readonly spec: string | null;
}

/** What TLC said of the seeds that it replayed. */
export interface Validated {
  readonly accepted: number;
  readonly rejected: number;
  readonly undecided: number;
  readonly notRun: number;
  readonly events: number;
}

export interface Totals {
  readonly seeds: number;
  readonly simulatedMs: number;
  /** How often each thing happened, and was to be expected, by name; see floors.ts. */
  readonly counts: Readonly<Record<string, number>>;
  readonly expected: Readonly<Record<string, number>>;
  readonly clients: Readonly<ClientCounts>;
  readonly due: number;
  readonly met: number;
  readonly slots: number;
  readonly validated: Validated;
  /** By seed. */
  readonly failures: readonly Failure[];
}

export const NOTHING: Totals = {
  ...{ seeds: 0, simulatedMs: 0, counts: {}, expected: {}, due: 0, met: 0, slots: 0, failures: [] },
  clients: { asked: 0, answered: 0, refused: 0, unknown: 0, retried: 0, doubled: 0 },
  validated: { accepted: 0, rejected: 0, undecided: 0, notRun: 0, events: 0 },
};

/** What one seed adds: without its failure, for there may be one that the report does not know of. */
export function totalsOf(report: SeedReport): Totals {
  const { clients, simulatedMs, slots, ballotsThatLed, reproposals } = report;
  const due = requestsDue(report);
  const counts = {
    ...report.counts,
    'requests put again': clients.retried,
    'requests put twice': clients.doubled,
    'leader changes': Math.max(0, ballotsThatLed - 1),
    're-proposals': reproposals,
  };
  const measured = { due, met: Math.min(due, requestsAnswered(report)), expected: expectedCounts(report) };
  return { ...NOTHING, ...measured, seeds: 1, simulatedMs, counts, clients, slots };
}

/** What is wrong with a seed by its report: its finding, else that too little happened. */
export function failureOf(report: SeedReport): Omit<Failure, 'spec'> | null {
  const { seed, finding, simulatedMs } = report;
  if (finding !== null) return { seed, ...finding };
  const missing = seedFloor(report);
  return missing === null ? null : { seed, failure: 'floor', atMs: simulatedMs, what: missing };
}

export function add(a: Totals, b: Totals): Totals {
  return {
    seeds: a.seeds + b.seeds,
    simulatedMs: a.simulatedMs + b.simulatedMs,
    counts: addAll(a.counts, b.counts),
    expected: addAll(a.expected, b.expected),
    clients: addAll(a.clients, b.clients),
    due: a.due + b.due,
    met: a.met + b.met,
    slots: a.slots + b.slots,
    validated: addAll(a.validated, b.validated),
    failures: [...a.failures, ...b.failures].sort((one, other) => one.seed - other.seed),
  };
}

function addAll<T extends Readonly<Record<string, number>> | ClientCounts | Validated>(a: T, b: T): T {
  const sum = new Map<string, number>(Object.entries(a));
  for (const [name, n] of Object.entries(b) as [string, number][]) sum.set(name, (sum.get(name) ?? 0) + n);
  return Object.fromEntries(sum) as T;
}

/** The first failing seed decides. */
export function firstClass({ failures }: Totals): FailureClass | null {
  return failures[0]?.failure ?? null;
}
