/**
 * Each batch is executed in one slot. The spec lets a value be chosen in several and leaves it to those above
 * the log that nothing is done twice; but a batch names its requests, each of which is put into one batch
 * once, so that a batch in two slots is requests that are executed twice.
 */
import { epochOfDigest } from '../../src/trace/digest.js';
import { rejected } from './failure.js';
import { refOf, type OrderedEvent } from './order.js';

/** Throws MergeError (invariant) at the first event that executes a batch in a second slot. */
export function demandOnce(ordered: readonly OrderedEvent[]): void {
  const slots = new Map<string, number>();
  for (const one of ordered) {
    const { action, slot = 0, value = '', refused = false } = one.event;
    // Marks may be: each of a ballot begins another mastership.
    if (action !== 'Apply' || refused || epochOfDigest(value) === null) continue;
    const first = slots.get(value);
    if (first === undefined) slots.set(value, slot);
    else if (first !== slot) {
      const twice = `slot ${slot} executes the batch that slot ${first} executed: each of its requests twice`;
      throw rejected('invariant', refOf(one), twice);
    }
  }
}
