/**
 * The proposer: campaigns, leads, proposes, chooses. Each function is the action of spec/PaxosReplica.tla
 * of the same name; countPromise and countAccepted are receipts, which the spec reads off `sent`.
 */
import { acceptedOf, promiseOf, votedInOwnBallot } from './acceptor.js';
import { compareBallots, equalBallots } from './ballot.js';
import { askForMore } from './catch-up.js';
import { configurationOf, isQuorum } from './configuration.js';
import { learn } from './learner.js';
import type { Accept, Accepted, Chosen, MessageId, Prepare, Promise, Reject } from './messages.js';
import { emptySlots, withSlot } from './slot-map.js';
import type { Attempt, State } from './state.js';
import { ignored, messageId, quietly, sendNow, stepDurably, to, type Transition } from './transition.js';
import type { Ballot, Slot, Value } from './types.js';

export const NOOP: Value = { kind: 'noop' };

/**
 * Campaign: starts a ballot above all that were seen. Its Prepare and the replica's own Promise wait for
 * the sync. (The talk's new epoch; Paxos Made Simple, phase 1a.)
 */
export function campaign(state: State): Transition {
  const { self, prefix } = state;
  if (!configurationOf(state, prefix + 1).members.includes(self)) return ignored(state, 'no voting member');
  const highest = Math.max(state.promised?.round ?? 0, state.learnt?.round ?? 0, state.round);
  const ballot = { round: highest + 1, member: self };
  const prepare: Prepare = { type: 'Prepare', id: messageId(state, 0), ballot, first: prefix + 1 };
  const attempt: Attempt = {
    prepare,
    promises: new Map(),
    reported: 0,
    proposed: 0,
    open: emptySlots(),
    chosen: null,
  };
  const next: State = { ...state, promised: ballot, role: 'candidate', attempt };
  const held = [to('peers', prepare), to(self, promiseOf(next, 1, prepare))];
  return stepDurably(next, { kind: 'promise' }, [], held, { name: 'Campaign', ballot, from: [] });
}

/** Counts a promise of this ballot; the first of each member. A longer known prefix is asked for. */
export function countPromise(state: State, m: Promise): Transition {
  const { attempt } = state;
  if (attempt === null || !equalBallots(m.ballot, state.promised)) return ignored(state, 'not my ballot');
  if (attempt.promises.has(m.from)) return ignored(state, 'counted before');
  if (!configurationOf(state, state.prefix + 1).members.includes(m.from))
    return ignored(state, 'no voting member');
  const counted = { id: m.id, prefix: m.prefix, accepted: new Map(m.accepted) };
  const promises = new Map(attempt.promises).set(m.from, counted);
  const reported = m.accepted.reduce((highest, [slot]) => Math.max(highest, slot), attempt.reported);
  const next = { ...state, attempt: { ...attempt, promises, reported } };
  return askForMore(quietly(next), m.from, m.prefix);
}

/** BecomeLeader is enabled: a quorum promised. */
export function mayLead(state: State): boolean {
  const { attempt, role, prefix } = state;
  return role === 'candidate' && attempt !== null && hasQuorum(state, attempt, prefix + 1);
}

/** BecomeLeader: only the role changes; values are computed slot by slot, when they are proposed. */
export function becomeLeader(state: State): Transition {
  const { attempt, promised } = state;
  if (!mayLead(state) || attempt === null || promised === null) return ignored(state, 'no quorum promised');
  const next: State = { ...state, role: 'leader' };
  return sendNow(next, [], { name: 'BecomeLeader', ballot: promised, from: promiseIds(attempt) });
}

/** The slot that a leader would propose in next: above all that it knows or has proposed. */
export function nextSlot(state: State): Slot {
  return Math.max(state.prefix, state.attempt?.proposed ?? 0) + 1;
}

/**
 * Why nothing may be proposed in the next slot, or null. The slot must be in the window and established:
 * a quorum of its configuration promised, and none of those counted knows it, since then it is for
 * catching up.
 */
export function proposeBlocked(state: State): string | null {
  const { attempt, role, prefix } = state;
  if (role !== 'leader' || attempt === null) return 'not the leader';
  const slot = nextSlot(state);
  if (slot > prefix + state.birth.alpha) return 'window full';
  if (!hasQuorum(state, attempt, slot)) return 'no quorum promised for the slot';
  for (const counted of attempt.promises.values()) if (counted.prefix >= slot) return 'catching up';
  return null;
}

/**
 * Why a leader takes no client value now, or null: first every slot that a promise reports is proposed
 * again.
 */
export function clientBlocked(state: State): string | null {
  const blocked = proposeBlocked(state);
  if (blocked !== null || state.attempt === null) return blocked;
  return nextSlot(state) <= state.attempt.reported ? 'reported slots come first' : null;
}

/** A re-proposal or a no-op is due in the next slot: some promise reports a vote in it or above it. */
export function mayRepropose(state: State): boolean {
  return proposeBlocked(state) === null && nextSlot(state) <= (state.attempt?.reported ?? 0);
}

/**
 * Propose: the value of the highest ballot that the counted promises report for the slot; `free` if they
 * report none. The Accept rests on the durable ballot alone; the leader's own vote counts once it is
 * synced. (The talk's store; Paxos Made Simple, phase 2a.)
 */
export function propose(state: State, free: Value): Transition {
  const { attempt, promised: ballot, self, beats } = state;
  const blocked = proposeBlocked(state);
  if (blocked !== null || attempt === null || ballot === null) return ignored(state, blocked ?? 'no ballot');
  const slot = nextSlot(state);
  const value = (state.faults.proposeIgnoresPromises ? null : reportedValue(attempt, slot)) ?? free;
  const accept: Accept = { type: 'Accept', id: messageId(state, 0), ballot, slot, value };
  const open = withSlot(attempt.open, slot, { accept, accepteds: new Map(), beat: beats });
  const next: State = {
    ...state,
    accepted: withSlot(state.accepted, slot, { ballot, value }),
    attempt: { ...attempt, proposed: slot, open },
  };
  const body = { kind: 'accept', slot, ballot, value } as const;
  const held = [to(self, acceptedOf(state, 1, ballot, slot))];
  const from = promiseIds(attempt);
  return stepDurably(next, body, [to('peers', accept)], held, { name: 'Propose', ballot, slot, value, from });
}

/** Counts a vote for an open slot of this ballot. */
export function countAccepted(state: State, m: Accepted): Transition {
  const { attempt } = state;
  if (attempt === null || !equalBallots(m.ballot, state.promised)) return ignored(state, 'not my ballot');
  const open = attempt.open.get(m.slot);
  if (open === undefined) return ignored(state, 'slot not open');
  if (open.accepteds.has(m.from)) return ignored(state, 'counted before');
  const accepteds = new Map(open.accepteds).set(m.from, m.id);
  const slots = withSlot(attempt.open, m.slot, { ...open, accepteds });
  return quietly({ ...state, attempt: { ...attempt, open: slots } });
}

/** Choose is enabled for the slot behind the known prefix: a quorum voted for it in this ballot. */
export function mayChoose(state: State): boolean {
  const slot = state.prefix + 1;
  const open = state.attempt?.open.get(slot);
  if (state.role !== 'leader' || open === undefined || !votedInOwnBallot(state, slot)) return false;
  const { members } = configurationOf(state, slot);
  const voters = [...open.accepteds.keys()];
  if (state.faults.chooseWithoutQuorum) {
    const absent = members.find((member) => !voters.includes(member));
    if (absent !== undefined) voters.push(absent);
  }
  return isQuorum(voters, { members });
}

/**
 * Choose: the slot behind the known prefix is chosen, since a quorum of its configuration voted for the
 * same (ballot, slot). Says so at once. (The talk's finalize.)
 */
export function choose(state: State): Transition {
  const { attempt, promised: ballot } = state;
  const slot = state.prefix + 1;
  const open = attempt?.open.get(slot);
  if (!mayChoose(state) || open === undefined || ballot === null) return ignored(state, 'no quorum voted');
  const from = [...open.accepteds.values()];
  return sayChosen(learn(state, [open.accept.value], ballot), ballot, (next, chosen) =>
    sendNow(next, [to('peers', chosen)], { name: 'Choose', ballot, slot, from }),
  );
}

/** Announce is enabled: the leader has not yet said all that it knows, in this ballot. */
export function mayAnnounce(state: State): boolean {
  const { attempt, role, prefix } = state;
  return role === 'leader' && attempt !== null && (attempt.chosen === null || attempt.chosen.upTo < prefix);
}

/**
 * Announce: a new leader, or one that caught up, says its known prefix, none of it learnt above its
 * ballot.
 */
export function announce(state: State): Transition {
  const { promised: ballot, prefix } = state;
  if (!mayAnnounce(state) || ballot === null || compareBallots(state.learnt, ballot) > 0)
    return ignored(state, 'nothing to announce');
  return sayChosen(state, ballot, (next, chosen) =>
    sendNow(next, [to('peers', chosen)], { name: 'Announce', ballot, upTo: prefix, from: [] }),
  );
}

/** HandleReject: someone promised a higher ballot; the attempt is over. */
export function handleReject(state: State, m: Reject): Transition {
  if (state.role === 'follower') return ignored(state, 'nothing was asked');
  if (compareBallots(m.ballot, state.promised) <= 0) return ignored(state, 'not above my ballot');
  const next: State = { ...state, role: 'follower', attempt: null };
  return sendNow(next, [], { name: 'HandleReject', ballot: m.ballot, from: [m.id] });
}

/** Keeps the Chosen that is about to be said, for the heartbeat to repeat. */
function sayChosen(
  state: State,
  ballot: Ballot,
  say: (next: State, chosen: Chosen) => Transition,
): Transition {
  const chosen: Chosen = { type: 'Chosen', id: messageId(state, 0), ballot, upTo: state.prefix };
  const { attempt } = state;
  return say(attempt === null ? state : { ...state, attempt: { ...attempt, chosen } }, chosen);
}

function hasQuorum(state: State, attempt: Attempt, slot: Slot): boolean {
  return isQuorum(attempt.promises.keys(), configurationOf(state, slot));
}

function promiseIds(attempt: Attempt): MessageId[] {
  return [...attempt.promises.values()].map(({ id }) => id);
}

/** The vote of the highest ballot that a counted promise reports for the slot; null where it is free. */
function reportedValue(attempt: Attempt, slot: Slot): Value | null {
  let highest = null;
  for (const { accepted } of attempt.promises.values()) {
    const vote = accepted.get(slot) ?? null;
    if (vote !== null && compareBallots(vote.ballot, highest?.ballot ?? null) > 0) highest = vote;
  }
  return highest?.value ?? null;
}
