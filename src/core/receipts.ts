/**
 * Receipts: Promise and Accepted are only counted, which the spec reads off `sent`. The deciding event
 * lists what was counted, so a receipt is no event.
 */
import { equalBallots } from './ballot.js';
import { askForMore } from './catch-up.js';
import { electorateOf, everybody } from './configuration.js';
import type { Accepted, MessageId, Promise } from './messages.js';
import { withSlot } from './slot-map.js';
import type { State } from './state.js';
import { ignored, quietly, type Transition } from './transition.js';
import type { Member } from './types.js';

/** Counts a promise of this ballot; the first of each member. A longer known prefix is asked for. */
export function countPromise(state: State, m: Promise): Transition {
  const { attempt } = state;
  const mine = state.faults.promisesOfAnyBallot || equalBallots(m.ballot, state.promised);
  if (attempt === null || !mine) return ignored(state, 'not my ballot');
  if (attempt.promises.has(m.from)) return ignored(state, 'counted before');
  // The configuration of a slot says which of them count there, also for slots that enter the window later.
  if (!everybody(state).includes(m.from)) return ignored(state, 'no voting member');
  const counted = { id: m.id, prefix: m.prefix, accepted: new Map(m.accepted) };
  const promises = new Map(attempt.promises).set(m.from, counted);
  const reported = m.accepted.reduce((highest, [slot]) => Math.max(highest, slot), attempt.reported);
  const next = { ...state, attempt: { ...attempt, promises, reported } };
  return askForMore(quietly(next), m.from, m.prefix);
}

/** Counts a vote for an open slot of this ballot. */
export function countAccepted(state: State, m: Accepted): Transition {
  const { attempt } = state;
  const mine = state.faults.votesOfAnyBallot || equalBallots(m.ballot, state.promised);
  if (attempt === null || !mine) return ignored(state, 'not my ballot');
  const open = attempt.open.get(m.slot);
  if (open === undefined) return ignored(state, 'slot not open');
  if (open.accepteds.has(m.from)) return ignored(state, 'counted before');
  if (!electorateOf(state, m.slot).members.includes(m.from)) return ignored(state, 'no voting member');
  const accepteds = new Map(open.accepteds).set(m.from, m.id);
  const slots = withSlot(attempt.open, m.slot, { ...open, accepteds });
  const proposed = state.faults.nextSlotGoesBack ? m.slot : attempt.proposed;
  return quietly({ ...state, attempt: { ...attempt, open: slots, proposed } });
}

/** Planted (rejectCountsAsVote): a refusal counts as a vote for all that is open. */
export function countRefusal(state: State, from: Member, id: MessageId): Transition {
  const { attempt } = state;
  if (attempt === null) return ignored(state, 'nothing is open');
  let { open } = attempt;
  for (const [slot, one] of attempt.open.toArray())
    open = withSlot(open, slot, { ...one, accepteds: new Map(one.accepteds).set(from, id) });
  return quietly({ ...state, attempt: { ...attempt, open } });
}
