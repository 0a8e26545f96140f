/**
 * What the state enables without outside input. A step never chains two actions: the driver asks and
 * steps again.
 */
import { mayAnnounce, mayChoose, mayLead, mayRepropose, nextSlot } from './guards.js';
import { nextToApply } from './learner.js';
import type { State } from './state.js';
import type { Internal } from './step-types.js';

/** The next internal action in a fixed order, or null. */
export function nextInternal(state: State): Internal | null {
  if (mayLead(state)) return { name: 'BecomeLeader' };
  if (mayAnnounce(state)) return { name: 'Announce' };
  if (mayChoose(state)) return { name: 'Choose', slot: state.prefix + 1 };
  if (mayRepropose(state)) return { name: 'Propose', slot: nextSlot(state) };
  if (nextToApply(state) !== undefined) return { name: 'Apply', slot: state.applied + 1 };
  return null;
}
