/** From raw files to one merged trace, for TLC and for `decree trace merge`. */
import { marginMs } from '../../src/core/index.js';
import { isMark, membersOfDigest } from '../../src/trace/digest.js';
import { schemaHash } from '../../src/trace/format.js';
import { MergeError, type EventRef, type Failure } from './failure.js';
import { insertForget } from './forget.js';
import { demandOnce } from './once.js';
import { causalOrder } from './order.js';
import { readScenario, type Scenario } from './scenario.js';
import { Encoder, type CrashStep, type ReplicaStep, type Step } from './steps.js';

export const MERGED_VERSION = 2;

/** The first line of a merged file. */
export interface MergedHeader {
  readonly kind: 'merged';
  readonly version: number;
  readonly schema: string;
  readonly cell: string;
  readonly members: readonly string[];
  /** The members that govern the first alpha slots. */
  readonly birth: readonly string[];
  /** The values of the trace that are configurations, and their members (spec: Membership). */
  readonly configurations: readonly Configuration[];
  /** The values of the trace that are marks (spec: Epochs). */
  readonly marks: readonly string[];
  readonly alpha: number;
  /** The master lease, and how much less than it its holder counts: even. */
  readonly leaseMs: number;
  readonly marginMs: number;
  /** Steps that follow, inserted Crash and Forget steps included. */
  readonly steps: number;
  /** Logged events among them. */
  readonly events: number;
  /** Slots that some leader chose. */
  readonly chosen: number;
  readonly files: readonly string[];
}

export type Configuration = readonly [value: string, members: readonly string[]];

export interface Merged {
  readonly header: MergedHeader;
  readonly steps: readonly Step[];
  /** What a reader should know, such as a torn line that was cut off. */
  readonly notes: readonly string[];
}

export type MergeResult = { readonly merged: Merged } | { readonly failure: Failure };

/** Merges one scenario folder, or the given files as one scenario. */
export function merge(paths: readonly string[]): MergeResult {
  try {
    return { merged: mergeOrThrow(paths) };
  } catch (error) {
    if (error instanceof MergeError) return { failure: error.failure };
    throw error;
  }
}

function mergeOrThrow(paths: readonly string[]): Merged {
  const scenario = readScenario(paths);
  const encoder = new Encoder(scenario);
  const ordered = causalOrder(scenario);
  demandOnce(ordered);
  const counted: (ReplicaStep | CrashStep)[] = [];
  for (const one of ordered) counted.push(...encoder.encode(one));
  const steps = insertForget(counted);
  const { configurations, marks } = valuesOf(scenario);
  const header: MergedHeader = {
    kind: 'merged',
    version: MERGED_VERSION,
    schema: schemaHash(),
    cell: scenario.cell,
    members: scenario.members,
    birth: scenario.birth,
    ...{ configurations, marks },
    alpha: scenario.alpha,
    leaseMs: scenario.leaseMs,
    marginMs: marginMs(scenario),
    steps: steps.length,
    events: ordered.length,
    chosen: counted.filter(({ action }) => action === 'Choose').length,
    files: encoder.files,
  };
  return { header, steps, notes: scenario.notes } satisfies Merged;
}

/** Of all values that any event names, those that are more than a name to the trace spec. */
function valuesOf({ starts }: Scenario): Pick<MergedHeader, 'configurations' | 'marks'> {
  const found = new Map<string, readonly string[]>();
  const marks = new Set<string>();
  const see = (value: string | undefined): void => {
    if (value === undefined) return;
    const members = membersOfDigest(value);
    if (members !== null) found.set(value, members);
    if (isMark(value)) marks.add(value);
  };
  for (const { events } of [...starts.values()].flat())
    for (const { event } of events) {
      see(event.value);
      for (const [, value] of event.post.known ?? []) see(value);
      for (const [, , value] of [...(event.post.accepted ?? []), ...(event.said?.accepted ?? [])]) see(value);
    }
  return { configurations: [...found], marks: [...marks] };
}

/** The lines of a merged file. */
export function mergedLines(merged: Merged): readonly string[] {
  return [merged.header, ...merged.steps].map((line) => JSON.stringify(line));
}

/** Where a step of a merged trace was logged; undefined for a Forget. */
export function eventOfStep(header: MergedHeader, step: Step): EventRef | undefined {
  if (!('r' in step)) return undefined;
  const file = header.files[step.file] ?? '?';
  const { action, r: replica, line } = step;
  const [start, seq] = 'seq' in step ? [step.start, step.seq] : step.recovered;
  return { file, line, replica, action, start, seq };
}
