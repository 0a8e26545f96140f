/** Plays a schedule with real cores, and compares them with the spec after each step. */
import type { Faults } from '../../src/core/index.js';
import type { Violation } from '../../src/core/scan.js';
import { CoreCell } from './cell.js';
import { INITIAL, type Schedule, type ScheduleStep, type SpecReplica } from './codec.js';

/** Where the code parts from the schedule. */
export interface Deviation {
  /** From 1. */
  readonly step: number;
  readonly action: ScheduleStep['action'];
  readonly r: string;
  /** Why the code did not use the input, if it says so. */
  readonly refused: string | undefined;
  /** The variables that differ: `r1 prefix: spec 1, code 0`; messages: `left: spec only [...]`. */
  readonly differences: readonly string[];
}

export interface Played {
  /** The first deviation; null where the code followed to the end. */
  readonly deviation: Deviation | null;
  /** Steps behind the deviation whose input the code refused, or that could not be made. */
  readonly refused: number;
  /** What CellScan found after any step, each once, in the order in which it was found. */
  readonly violations: readonly Violation[];
  /** What it found after the last step. */
  readonly atEnd: readonly Violation[];
}

/**
 * Gives the code every input of the schedule. Up to the first deviation its state is compared with the spec's
 * after each step; behind it the inputs go on as far as they can be made, and the invariants are still
 * watched.
 */
export function play(schedule: Schedule, faults: Partial<Faults> = {}): Played {
  const cell = new CoreCell(schedule, faults);
  const spec = new SpecCell(schedule.replicas);
  const violations = new Map<string, Violation>();
  let deviation: Deviation | null = null;
  let refusals = 0;
  schedule.steps.forEach((one, i) => {
    const refused = cell.take(one);
    if (deviation !== null && refused !== undefined) refusals += 1;
    spec.take(one);
    const differences = deviation === null ? spec.differences(cell) : [];
    if (differences.length > 0)
      deviation = { step: i + 1, action: one.action, r: one.r, refused, differences };
    for (const violation of cell.violations()) violations.set(violation.what, violation);
  });
  return { deviation, refused: refusals, violations: [...violations.values()], atEnd: cell.violations() };
}

/** What the spec says, step by step. */
class SpecCell {
  readonly #replicas: Map<string, SpecReplica>;
  readonly #sent = new Set<string>();

  constructor(replicas: readonly string[]) {
    this.#replicas = new Map(replicas.map((r) => [r, INITIAL]));
  }

  take({ r, post, left }: ScheduleStep): void {
    this.#replicas.set(r, { ...(this.#replicas.get(r) ?? INITIAL), ...post });
    for (const message of left) this.#sent.add(JSON.stringify(message));
  }

  differences(cell: CoreCell): string[] {
    const found: string[] = [];
    const code = cell.replicas();
    for (const [r, spec] of this.#replicas) {
      for (const name of Object.keys(spec) as (keyof SpecReplica)[]) {
        const [expected, actual] = [JSON.stringify(spec[name]), JSON.stringify(code.get(r)?.[name])];
        if (expected !== actual) found.push(`${r} ${name}: spec ${expected}, code ${actual}`);
      }
    }
    const sent = cell.sent();
    for (const key of this.#sent) if (!sent.has(key)) found.push(`left: spec only ${key}`);
    for (const key of sent.keys()) if (!this.#sent.has(key)) found.push(`left: code only ${key}`);
    return found;
  }
}
