/**
 * The acceptor: promises and votes. Each function is the action of spec/PaxosReplica.tla of the same
 * name.
 */
import { compareBallots } from './ballot.js';
import { askForMore } from './catch-up.js';
import type { Accept, Accepted, Prepare, Promise, Reject } from './messages.js';
import { fromSlot, withoutFrom, withSlot } from './slot-map.js';
import type { State } from './state.js';
import type { Effect, Outgoing } from './step-types.js';
import {
  followedBy,
  hold,
  ignored,
  messageId,
  sendNow,
  stepDurably,
  to,
  type Transition,
} from './transition.js';
import type { Ballot, Member, Slot } from './types.js';

/**
 * HandlePrepare: promises to take part in no lower ballot, and says what was accepted. A repeated Prepare
 * is answered again. (LogCabin talk: answer to overthrow; Paxos Made Simple, phase 1b.)
 */
export function handlePrepare(state: State, m: Prepare): Transition {
  const candidate = m.ballot.member;
  const event = { name: 'HandlePrepare', ballot: m.ballot, from: [m.id] } as const;
  const order = compareBallots(m.ballot, state.promised);
  if (order < 0 && !state.faults.prepareIgnoresPromise)
    return sendNow(state, [rejectTo(candidate, state)], { ...event, outcome: 'reject' });
  if (order === 0 && state.faults.repeatUnanswered) return ignored(state, 'answered before');
  if (order === 0) return hold(state, to(candidate, promiseOf(state, 0, m)), { ...event, outcome: 'repeat' });
  const following = state.faults.seenBallotIsLedIn ? state : follow(state, m.ballot);
  const next = { ...following, promised: m.ballot };
  const promised = stepDurably(next, { kind: 'promise' }, [], [to(candidate, promiseOf(next, 0, m))], {
    ...event,
    outcome: 'new',
  });
  return askForMore(followedBy(promised, heard(null)), candidate, m.first - 1);
}

/**
 * HandleAccept: votes unless a higher ballot is promised; a vote raises the promise to its ballot. A
 * repeated Accept is answered again. (LogCabin talk: answer to store; Paxos Made Simple, phase 2b.)
 */
export function handleAccept(state: State, m: Accept): Transition {
  const { ballot, slot, value } = m;
  if (slot <= state.snapshot.upTo) return ignored(state, 'in my snapshot');
  const leader = ballot.member;
  const event = { name: 'HandleAccept', ballot, slot, value, from: [m.id] } as const;
  if (compareBallots(ballot, state.promised) < 0 && !state.faults.acceptIgnoresPromise)
    return sendNow(state, [rejectTo(leader, state)], { ...event, outcome: 'reject' });
  const next = follow(state, ballot);
  const acked = state.faults.ackNamesLastSlot ? Math.max(slot, state.accepted.maxKey() ?? 0) : slot;
  const answer = to(leader, acceptedOf(state, 0, ballot, acked));
  const vote = state.accepted.get(slot) ?? null;
  if (vote !== null && compareBallots(ballot, vote.ballot) <= 0)
    return followedBy(hold(next, answer, { ...event, outcome: 'repeat' }), heard(leader));
  const kept = state.faults.acceptTruncates ? withoutFrom(state.accepted, slot) : state.accepted;
  const voted = { ...next, promised: ballot, accepted: withSlot(kept, slot, { ballot, value }) };
  const body = { kind: 'accept', slot, ballot, value } as const;
  const written = state.faults.promiseWrittenApart ? { ...voted, promised: state.promised } : voted;
  const stepped = stepDurably(written, body, [], [answer], { ...event, outcome: 'new' });
  const after = written === voted ? stepped : { ...stepped, state: { ...stepped.state, promised: ballot } };
  return followedBy(after, heard(leader));
}

/** A replica that sees a ballot above its promise leads no longer (spec: Follows). */
export function follow(state: State, ballot: Ballot): State {
  const higher = compareBallots(ballot, state.promised) > 0;
  return higher && state.role !== 'follower' ? { ...state, role: 'follower', attempt: null } : state;
}

/**
 * The n-th message of the event: everything accepted from `first` on that is not covered by the known
 * prefix.
 */
export function promiseOf(state: State, n: number, prepare: Prepare): Promise {
  const { prefix, self, unsynced } = state;
  const all = fromSlot(state.accepted, Math.max(prepare.first, prefix + 1));
  const waits = (slot: Slot): boolean =>
    unsynced.some(({ record: { body } }) => body.kind === 'accept' && body.slot === slot);
  const accepted = state.faults.promiseReportsDisk ? all.filter(([slot]) => !waits(slot)) : all;
  const id = messageId(state, n);
  return { type: 'Promise', id, ballot: prepare.ballot, from: self, accepted, prefix };
}

export function acceptedOf(state: State, n: number, ballot: Ballot, slot: Slot): Accepted {
  return { type: 'Accepted', id: messageId(state, n), ballot, slot, from: state.self };
}

/** Says the promise in force to who asked below it. */
function rejectTo(member: Member, state: State): Outgoing {
  const ballot = state.promised ?? { round: 0, member: state.self };
  return to(member, { type: 'Reject', id: messageId(state, 0), ballot } satisfies Reject);
}

/** Someone alive leads or was promised to: the election timeout starts anew. */
export function heard(leader: Member | null): readonly Effect[] {
  return [{ kind: 'heard', leader }];
}
