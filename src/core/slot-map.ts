/**
 * Ordered maps from slots. A clone shares all nodes with its source, so an update copies one path of the
 * tree.
 */
import { EmptyBTree } from 'sorted-btree';
import type { Slot, SlotMap } from './types.js';

export function emptySlots<V>(): SlotMap<V> {
  return EmptyBTree.clone() as SlotMap<V>;
}

export function withSlot<V>(map: SlotMap<V>, slot: Slot, value: V): SlotMap<V> {
  const next = map.clone();
  next.set(slot, value);
  return next;
}

/** With values in the slots first, first + 1, ... */
export function withSlots<V>(map: SlotMap<V>, first: Slot, values: readonly V[]): SlotMap<V> {
  const next = map.clone();
  values.forEach((value, i) => next.set(first + i, value));
  return next;
}

/** Without the slots up to and including last. */
export function withoutUpTo<V>(map: SlotMap<V>, last: Slot): SlotMap<V> {
  const lowest = map.minKey();
  if (lowest === undefined || lowest > last) return map;
  const next = map.clone();
  next.deleteRange(lowest, last, true);
  return next;
}

/** Without the slots from first on. */
export function withoutFrom<V>(map: SlotMap<V>, first: Slot): SlotMap<V> {
  const next = map.clone();
  next.deleteRange(first, Number.POSITIVE_INFINITY, true);
  return next;
}

/** What is held in slots >= first, in order. */
export function fromSlot<V>(map: SlotMap<V>, first: Slot): readonly (readonly [Slot, V])[] {
  return map.getRange(first, Number.POSITIVE_INFINITY);
}
