/** A place in the log: of two commands, the one at the lower place is executed first. */

export interface Place {
  readonly slot: number;
  /** In the batch that the slot holds, from 0. */
  readonly index: number;
}

/** Negative, zero or positive as a is below, at or above b. */
export function comparePlaces(a: Place, b: Place): number {
  return a.slot - b.slot || a.index - b.index;
}

/** As `12.0`: slot 12, its first command. */
export function formatPlace({ slot, index }: Place): string {
  return `${slot}.${index}`;
}

/** Reads what formatPlace wrote; null for anything else. */
export function parsePlace(text: string): Place | null {
  const [, slot, index] = /^(0|[1-9]\d{0,14})\.(0|[1-9]\d{0,8})$/.exec(text) ?? [];
  if (slot === undefined || index === undefined) return null;
  return { slot: Number(slot), index: Number(index) };
}
