/**
 * Reads that take no place in the log: by the lease (spec/ReplicaLeases.tla), or by asking a quorum whether
 * it still follows (spec/LeasedLog.tla, whose steps these are message by message; they change nothing of
 * PaxosReplica).
 */
import { equalBallots } from './ballot.js';
import { configurationsFrom, isQuorum } from './configuration.js';
import { countsFor, lenders } from './lease.js';
import type { Confirm, MessageId, ReadRound } from './messages.js';
import type { Attempt, State } from './state.js';
import { ignored, messageId, quietly, sendNow, to, type Transition } from './transition.js';
import type { Member, Slot } from './types.js';

/**
 * ReadLocally: the master answers reads from its own state as it is now. (Paxos Made Live, master leases;
 * the read barrier is ours.)
 */
export function readLocally(state: State): Transition {
  const { attempt, promised: ballot } = state;
  const blocked = readBlocked(state);
  if (blocked !== null || attempt === null || ballot === null) return ignored(state, blocked ?? 'no ballot');
  const from = [...promisesOf(attempt), ...[...lenders(state).values()].map(({ id }) => id)];
  return sendNow(state, [], { name: 'ReadLocally', ballot, from });
}

/**
 * AskRound: a leader asks all whether their promise is still its ballot, for the reads that have arrived. A
 * round before this one is over. (Raft's read index.)
 */
export function askRound(state: State): Transition {
  const { attempt, role, promised: ballot, self, prefix } = state;
  if (role !== 'leader' || attempt === null || ballot === null) return ignored(state, 'not the leader');
  const request: ReadRound = { type: 'ReadRound', id: messageId(state, 0), ballot, prefix };
  const confirms = mixed(state) && attempt.round !== null ? attempt.round.confirms : new Map();
  const round = { id: request.id, prefix, confirms };
  const next: State = { ...state, attempt: { ...attempt, round } };
  return sendNow(next, [to('peers', request), to(self, request)], { name: 'AskRound', ballot, from: [] });
}

/** ConfirmBallot: an acceptor whose durable promise is that very ballot says so. (Raft's read index.) */
export function confirmBallot(state: State, m: ReadRound): Transition {
  const { promised, durable, self } = state;
  const { ballot, id: round } = m;
  const settled = equalBallots(durable?.promised ?? null, promised) && equalBallots(promised, ballot);
  if (!settled) return ignored(state, 'not the ballot that I promised');
  const confirm: Confirm = { type: 'Confirm', id: messageId(state, 0), ballot, from: self, round };
  return sendNow(state, [to(ballot.member, confirm)], { name: 'ConfirmBallot', ballot, from: [round] });
}

/** Counts an answer to the round that was asked last; one to a round before says nothing of this one. */
export function countConfirm(state: State, m: Confirm): Transition {
  const { attempt } = state;
  const round = attempt?.round ?? null;
  if (attempt === null || round === null) return ignored(state, 'no round is under way');
  if (m.round !== round.id && !mixed(state)) return ignored(state, 'an answer to another round');
  const confirms = new Map(round.confirms).set(m.from, m.id);
  return quietly({ ...state, attempt: { ...attempt, round: { ...round, confirms } } });
}

/**
 * ReadByQuorum: a leader whose round a quorum confirmed answers the reads for which it was asked; the round
 * is over. (Raft's read index; the read barrier is ours.)
 */
export function readByQuorum(state: State): Transition {
  const { attempt, promised: ballot } = state;
  const blocked = roundBlocked(state);
  if (blocked !== null || ballot === null || !attempt?.round) return ignored(state, blocked ?? 'no ballot');
  const from = [attempt.round.id, ...promisesOf(attempt), ...attempt.round.confirms.values()];
  // Planted (roundsMixed): what confirmed this round counts for the next one, too.
  const round = mixed(state) ? attempt.round : null;
  const next: State = { ...state, attempt: { ...attempt, round } };
  return sendNow(next, [], { name: 'ReadByQuorum', ballot, from });
}

/** Why the leader may not answer from its own state, or null (spec: MayRead). */
export function readBlocked(state: State): string | null {
  const blocked = behindBarrier(state);
  if (blocked !== null || state.faults.readsWithoutLease) return blocked;
  return byAll(state, lenders(state).keys()) ? null : 'no lease';
}

/**
 * Until when, by its own clock, a leader holds the lease by the grants that it has counted (spec:
 * HoldsLease); 0 where it does not. In a cell without leases who leads a ballot holds it. The lease is that
 * of the state, or what a later reading of the clock makes of it.
 */
export function leaseUntil(state: State, lease = state.lease): number {
  const { role, birth, faults } = state;
  if (role !== 'leader') return 0;
  if (birth.leaseMs === 0) return Infinity;
  const latestFirst = [...lenders(state, lease)].sort(([, a], [, b]) => b.at - a.at);
  const those = new Set<Member>();
  const governing = configurationsToRead(state);
  for (const [member, grant] of latestFirst) {
    those.add(member);
    if (governing.every((one) => isQuorum(those, one))) return grant.at + countsFor(birth, faults);
  }
  return 0;
}

/** Why the round under way allows no answer yet, or null (spec: ReadByQuorum). */
export function roundBlocked(state: State): string | null {
  const round = state.attempt?.round ?? null;
  if (round === null) return 'no round is under way';
  if (round.prefix > state.applied) return 'what was known when the round began is not executed';
  return behindBarrier(state) ?? (byAll(state, round.confirms.keys()) ? null : 'no quorum confirmed');
}

/**
 * What every linearizable read waits for: all that the counted promises report is executed, and a quorum of
 * each configuration that governs a slot above that has promised (spec: Barrier, Established).
 */
function behindBarrier(state: State): string | null {
  const { attempt, role, applied, faults } = state;
  if (role !== 'leader' || attempt === null) return 'not the leader';
  if (!faults.barrierSkipped && barrier(attempt) > applied) return 'before the read barrier';
  return byAll(state, attempt.promises.keys()) ? null : 'not established in every configuration';
}

/** A quorum of each configuration that governs a slot not executed, proposed ones too (spec: Governing). */
function byAll(state: State, voters: Iterable<Member>): boolean {
  const those = new Set(voters);
  return configurationsToRead(state).every((one) => isQuorum(those, one));
}

function configurationsToRead(state: State): ReturnType<typeof configurationsFrom> {
  const governing = configurationsFrom(state, state.applied + 1);
  return state.faults.readsByOldConfiguration ? governing.slice(0, 1) : governing;
}

/** The highest slot that a counted promise reports as accepted or known (spec: Barrier). */
function barrier(attempt: Attempt): Slot {
  let highest = attempt.reported;
  for (const { prefix } of attempt.promises.values()) highest = Math.max(highest, prefix);
  return highest;
}

function promisesOf(attempt: Attempt): MessageId[] {
  return [...attempt.promises.values()].map(({ id }) => id);
}

/** Planted: answers outlive their round. */
function mixed({ faults }: State): boolean {
  return faults.roundsMixed;
}
