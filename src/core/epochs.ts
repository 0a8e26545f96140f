/**
 * Which mastership a value belongs to (spec/Epochs.tla: Execute). The epoch is the count of the marks that
 * were executed; commands of another epoch are refused where they would be executed, the one place where the
 * order of the log is known, and a refusal changes nothing.
 */
import type { Faults } from './faults.js';
import type { Ballot, Value } from './types.js';

/** What comes of the value of a slot. */
export interface Executed {
  /** The epoch after it. */
  readonly epoch: number;
  /** It is executed as a no-op. */
  readonly refused: boolean;
}

/** What the values executed so far say. */
export interface Reign {
  readonly epoch: number;
  /** The ballot that the last mark names. */
  readonly marked: Ballot | null;
}

/** Executes one more value (spec: Execute). */
export function execute(before: Reign, value: Value, faults: Faults): Reign & Pick<Executed, 'refused'> {
  const { epoch, marked } = before;
  if (value.kind === 'mark') return { epoch: epoch + 1, marked: value.ballot, refused: false };
  const checked = value.kind === 'batch' && !faults.epochUnchecked && !checkedAtPropose(faults);
  return { epoch, marked, refused: checked && value.epoch !== epoch };
}

/** Planted (epochCheckedAtPropose). */
export const checkedAtPropose = (faults: Faults): boolean => faults.epochCheckedAtPropose;
