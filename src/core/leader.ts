/**
 * The proposer: campaigns, leads, proposes, chooses. Each function is the action of spec/PaxosReplica.tla
 * of the same name; its guard is in guards.ts.
 */
import { acceptedOf, promiseOf } from './acceptor.js';
import { compareBallots } from './ballot.js';
import { askAround } from './catch-up.js';
import { isVoter, withChanges } from './configuration.js';
import { mayAnnounce, mayChoose, mayLead, nextSlot, proposeBlocked } from './guards.js';
import { learn } from './learner.js';
import type { Accept, Chosen, MessageId, Prepare, Reject } from './messages.js';
import { countRefusal } from './receipts.js';
import { emptySlots, withSlot } from './slot-map.js';
import type { Attempt, State } from './state.js';
import { ignored, messageId, sendNow, stepDurably, to, type Event, type Transition } from './transition.js';
import type { Ballot, Member, Slot, Value, Vote } from './types.js';

export const NOOP: Value = { kind: 'noop' };

/**
 * Campaign: starts a ballot above all that were seen. Its Prepare and the replica's own Promise wait for
 * the sync, so that the round is never used twice. (LogCabin talk: overthrow a new epoch; Paxos Made
 * Simple, phase 1a.)
 */
export function campaign(state: State): Transition {
  const { self, prefix } = state;
  if (!isVoter(state)) return askAround(state);
  // Planted (roundReused): its own rounds do not count. Those of this start are in `round` all the same.
  const own = (of: Ballot | null): number => (state.faults.roundReused && of?.member === self ? 1 : 0);
  const seen = (of: Ballot | null): number => (of?.round ?? 0) - own(of);
  const highest = Math.max(seen(state.promised), seen(state.learnt), state.round);
  const ballot = { round: highest + 1, member: self };
  const prepare: Prepare = { type: 'Prepare', id: messageId(state, 0), ballot, first: prefix + 1 };
  const nothing = {
    ...{ promises: new Map(), reported: 0, proposed: 0, open: emptySlots<never>() },
    ...{ configurations: [], chosen: null },
  };
  const next: State = { ...state, promised: ballot, role: 'candidate', attempt: { prepare, ...nothing } };
  const held = [to('peers', prepare), to(self, promiseOf(next, 1, prepare))];
  return stepDurably(next, { kind: 'promise' }, [], held, { name: 'Campaign', ballot, from: [] });
}

/**
 * BecomeLeader: a quorum promised. Only the role changes: the value of a slot is computed when it is
 * proposed, since slots enter the window later. (Paxos Made Live: the coordinator of Multi-Paxos.)
 */
export function becomeLeader(state: State): Transition {
  const { attempt, promised: ballot } = state;
  if (!mayLead(state) || attempt === null || ballot === null) return ignored(state, 'no quorum promised');
  const next: State = { ...state, role: 'leader' };
  return sendNow(next, [], { name: 'BecomeLeader', ballot, from: idsOf(attempt) });
}

/**
 * Propose: in the next slot, the value of the highest ballot that the counted promises report for it;
 * `free` if they report none. The Accept rests on the durable ballot alone and leaves at once; the
 * leader's own vote counts once it is synced. (LogCabin talk: store; Paxos Made Simple, phase 2a.)
 */
export function propose(state: State, free: Value): Transition {
  const { attempt, promised: ballot, self, beats: beat } = state;
  const blocked = proposeBlocked(state);
  if (blocked !== null || attempt === null || ballot === null) return ignored(state, blocked ?? 'no ballot');
  const slot = nextSlot(state);
  const value = (state.faults.proposeIgnoresPromises ? null : reported(state, attempt, slot)) ?? free;
  const accept: Accept = { type: 'Accept', id: messageId(state, 0), ballot, slot, value };
  const open = withSlot(attempt.open, slot, { accept, accepteds: new Map(), beat });
  const accepted = withSlot(state.accepted, slot, { ballot, value });
  const configurations = withChanges(attempt.configurations, slot, [value]);
  const next: State = { ...state, accepted, attempt: { ...attempt, proposed: slot, open, configurations } };
  const held = [to(self, acceptedOf(state, 1, ballot, slot))];
  const event = { name: 'Propose', ballot, slot, value, from: idsOf(attempt) } as const;
  return stepDurably(next, { kind: 'accept', slot, ballot, value }, [to('peers', accept)], held, event);
}

/** The value of the highest ballot that a counted promise reports for the slot; null where it is free. */
function reported({ faults, birth }: State, attempt: Attempt, slot: Slot): Value | null {
  let highest: Vote | null = null;
  if (faults.windowFixedAtStart && slot >= attempt.prepare.first + birth.alpha) return null;
  for (const { accepted } of attempt.promises.values()) {
    const vote: Vote | null = accepted.get(slot) ?? null;
    if (faults.firstReportedValue && highest !== null) break;
    if (compareBallots(vote?.ballot ?? null, highest?.ballot ?? null) > 0) highest = vote;
  }
  return highest?.value ?? null;
}

/**
 * Choose: a quorum of its configuration voted for the very (ballot, slot) behind the known prefix, so its
 * value is chosen; the leader says so at once. (LogCabin talk: finalize; Paxos Made Simple, learning a
 * chosen value.)
 */
export function choose(state: State): Transition {
  const { attempt, promised: ballot } = state;
  const slot = state.prefix + 1;
  const open = attempt?.open.get(slot);
  if (!mayChoose(state) || open === undefined || ballot === null) return ignored(state, 'no quorum voted');
  const from = [...open.accepteds.values()];
  return sayChosen(learn(state, [open.accept.value], ballot), ballot, { name: 'Choose', ballot, slot, from });
}

/**
 * Announce: a new leader, or one that caught up, says its known prefix; nothing in it was learnt above
 * its ballot. The heartbeat repeats the message. (LogCabin talk: finalized flags are replicated.)
 */
export function announce(state: State): Transition {
  const { promised: ballot, prefix: upTo } = state;
  const sayable = compareBallots(state.learnt, ballot) <= 0;
  if (!mayAnnounce(state) || !sayable || ballot === null) return ignored(state, 'nothing to announce');
  return sayChosen(state, ballot, { name: 'Announce', ballot, upTo, from: [] });
}

/** Says the known prefix to the others, and keeps the message for the heartbeat to repeat. */
function sayChosen(state: State, ballot: Ballot, event: Event): Transition {
  const chosen: Chosen = { type: 'Chosen', id: messageId(state, 0), ballot, upTo: state.prefix };
  const attempt = state.attempt === null ? null : { ...state.attempt, chosen };
  return sendNow({ ...state, attempt }, [to('peers', chosen)], event);
}

/**
 * HandleReject: someone promised a higher ballot, so this one is over. (LogCabin talk: a leader whose
 * store is refused becomes passive.)
 */
export function handleReject(state: State, from: Member, m: Reject): Transition {
  if (state.role === 'follower' || state.faults.rejectUnheeded) return ignored(state, 'nothing was asked');
  if (state.faults.rejectCountsAsVote && state.role === 'leader') return countRefusal(state, from, m.id);
  if (compareBallots(m.ballot, state.promised) <= 0) return ignored(state, 'not above my ballot');
  const promised = state.faults.rejectStoredAsPromise ? m.ballot : state.promised;
  const next: State = { ...state, promised, role: 'follower', attempt: null };
  return sendNow(next, [], { name: 'HandleReject', ballot: m.ballot, from: [m.id] });
}

function idsOf(attempt: Attempt): MessageId[] {
  return [...attempt.promises.values()].map(({ id }) => id);
}
