/**
 * When a candidate or leader may act: the guards of BecomeLeader, Propose, Choose and Announce, read off
 * the promises and votes counted so far.
 */
import { equalBallots } from './ballot.js';
import { configurationOf, configurationsFrom, electorateOf, isQuorum } from './configuration.js';
import type { Attempt, State } from './state.js';
import type { Member, Slot } from './types.js';

/**
 * A leader with so many steps waiting for their sync proposes nothing. Its followers alone are a quorum, so a
 * disk that hangs does not close the window; without a bound what waits would grow until memory is full. A
 * sync covers all that waits when it begins: a sound disk comes nowhere near.
 */
export const UNSYNCED_LIMIT = 1_000;

export const NOT_PROMISED = 'no quorum promised for the slot';

/** BecomeLeader: a quorum promised the ballot. */
export function mayLead(state: State): boolean {
  const { attempt, role, prefix } = state;
  return role === 'candidate' && attempt !== null && hasQuorum(state, attempt, prefix + 1);
}

/** The slot that a leader would propose in next: above all that it knows or has proposed. */
export function nextSlot(state: State): Slot {
  const { prefix, attempt, faults } = state;
  const above = faults.holesLeftUnfilled ? (attempt?.reported ?? 0) : 0;
  return Math.max(prefix, attempt?.proposed ?? 0, above) + 1;
}

/**
 * Propose: why nothing may be proposed in the next slot, or null. The slot must be in the window and
 * established: a quorum of its configuration promised, and none of those counted knows it, since then it
 * is for catching up. Too many steps must not wait for the disk.
 */
export function proposeBlocked(state: State): string | null {
  const { attempt, role, prefix, faults } = state;
  if (role !== 'leader' || attempt === null) return 'not the leader';
  if (state.unsynced.length >= UNSYNCED_LIMIT) return 'too many steps wait for the disk';
  const slot = nextSlot(state);
  if (slot > prefix + state.birth.alpha && !faults.windowUnbounded) return 'window full';
  if (!hasQuorum(state, attempt, slot) && !faults.establishedForAll) return NOT_PROMISED;
  const known = [...attempt.promises.values()].some((counted) => counted.prefix >= slot);
  return known && !faults.proposesOverKnown ? 'catching up' : null;
}

/** Propose, again or a no-op: some counted promise reports a vote in the next slot or above it. */
export function mayRepropose(state: State): boolean {
  return proposeBlocked(state) === null && nextSlot(state) <= (state.attempt?.reported ?? 0);
}

/** Propose, for clients: why a value of theirs is not taken now, or null. Reported slots come first. */
export function clientBlocked(state: State): string | null {
  const blocked = proposeBlocked(state);
  return blocked === null && mayRepropose(state) ? 'reported slots come first' : blocked;
}

/** Choose, for the slot behind the known prefix: a quorum voted for what the leader proposed there. */
export function mayChoose(state: State): boolean {
  const slot = state.prefix + 1;
  const open = state.attempt?.open.get(slot);
  const voted = state.accepted.get(slot)?.ballot ?? null;
  if (state.role !== 'leader' || open === undefined || !equalBallots(voted, state.promised)) return false;
  const configuration = electorateOf(state, slot);
  const voters = [...open.accepteds.keys()];
  if (!state.faults.chooseWithoutQuorum) return isQuorum(voters, configuration);
  const absent = configuration.members.filter((member) => !open.accepteds.has(member));
  return isQuorum([...voters, ...absent.slice(0, 1)], configuration);
}

/** Announce: the leader has not yet said in this ballot all that it knows. */
export function mayAnnounce(state: State): boolean {
  const { attempt, role, prefix, faults } = state;
  if (faults.nothingAnnounced) return false;
  return role === 'leader' && attempt !== null && (attempt.chosen === null || attempt.chosen.upTo < prefix);
}

/**
 * Who has not promised though a configuration needs it that governs slots from the window on, or will: one
 * that was added after the Prepare left.
 */
export function lacksPromises(state: State): readonly Member[] {
  const { attempt, changes, prefix } = state;
  if (attempt === null || (changes.length === 0 && attempt.configurations.length === 0)) return [];
  const lacking = configurationsFrom(state, prefix + 1).filter(
    (one) => !isQuorum(attempt.promises.keys(), one),
  );
  const members = new Set(lacking.flatMap((one) => one.members));
  return [...members].filter((member) => member !== state.self && !attempt.promises.has(member));
}

function hasQuorum(state: State, attempt: Attempt, slot: Slot): boolean {
  return isQuorum(attempt.promises.keys(), configurationOf(state, slot));
}
