/**
 * The master lease: the actions of spec/ReplicaLeases.tla of the same names. A handler reads no clock: the
 * state carries the last reading, which a Tick before it has brought up to date. All times are whole
 * milliseconds of the own monotonic clock, counted from the start of the process.
 */
import { equalBallots } from './ballot.js';
import type { Faults } from './faults.js';
import type { Grant, LeaseRequest, MessageId, Release } from './messages.js';
import type { Attempt, State } from './state.js';
import { ignored, messageId, quietly, sendNow, to, type Transition } from './transition.js';
import type { Birth, Member } from './types.js';

/** Covers the rounding of readings and a step of a clock too small to be noticed. */
const SLACK_MS = 12;

/**
 * How much less than L the holder counts, from its send time: with rates that differ by rho at most, its
 * L(1-rho)/(1+rho) ends before any acceptor's L. Even, since the spec's margin is 2 * Eps.
 */
export function marginMs({ leaseMs, driftPerMille }: Pick<Birth, 'leaseMs' | 'driftPerMille'>): number {
  const held = (leaseMs * (1000 - driftPerMille)) / (1000 + driftPerMille);
  return 2 * Math.ceil((leaseMs - held + SLACK_MS) / 2);
}

/**
 * Tick: a later reading of the replica's own clock, before a step that depends on it. (Paxos Made Live,
 * master leases.)
 */
export function tick(state: State, now: number): Transition {
  if (now <= state.lease.clock) return ignored(state, 'no later reading');
  const next = { ...state, lease: { ...state.lease, clock: now } };
  return sendNow(next, [], { name: 'Tick', clock: now, from: [] });
}

/**
 * The clock cannot be trusted over the past: nothing that was granted before counts, and nobody is promised
 * for L. No step of the spec, which never demands a promise or a read.
 */
export function distrustClock(state: State): Transition {
  return quietly({ ...state, lease: distrusted(state.lease, state.birth) });
}

/** The lease as it is once the clock is distrusted. */
export function distrusted(lease: State['lease'], { leaseMs }: Pick<Birth, 'leaseMs'>): State['lease'] {
  return { ...lease, since: lease.clock + 1, shy: lease.clock + leaseMs };
}

/** The process stood still: what it was granted before counts no more. No step of the spec either. */
export function dropLease(state: State): Transition {
  return quietly({ ...state, lease: { ...state.lease, since: state.lease.clock + 1 } });
}

/** AskLease: a leader asks all, itself included, for grants of its ballot. (Paxos Made Live: it renews.) */
export function askLease(state: State): Transition {
  const { attempt, role, promised: ballot, self, lease, birth } = state;
  if (birth.leaseMs === 0) return ignored(state, 'no leases in this cell');
  if (role !== 'leader' || attempt === null || ballot === null) return ignored(state, 'not the leader');
  if (attempt.released) return ignored(state, 'the lease was released');
  const request: LeaseRequest = { type: 'LeaseRequest', id: messageId(state, 0), ballot, at: lease.clock };
  return sendNow(state, [to('peers', request), to(self, request)], { name: 'AskLease', ballot, from: [] });
}

/**
 * GrantLease: an acceptor whose durable promise is that very ballot promises no other member for L. (Paxos
 * Made Live: replicas that grant a lease.)
 */
export function grantLease(state: State, m: LeaseRequest): Transition {
  const { ballot, at } = m;
  const { promised, durable, lease, birth, self } = state;
  const settled = equalBallots(durable?.promised ?? null, promised) && equalBallots(promised, ballot);
  if (!settled || birth.leaseMs === 0) return ignored(state, 'not the ballot that I promised');
  const lent = { ballot, until: lease.clock + birth.leaseMs };
  const grant: Grant = { type: 'Grant', id: messageId(state, 0), ballot, from: self, at };
  const next = { ...state, lease: { ...lease, lent } };
  return sendNow(next, [to(ballot.member, grant)], { name: 'GrantLease', ballot, from: [m.id] });
}

/** Counts a grant of this ballot: the latest of each member. The read that rests on it names it. */
export function countGrant(state: State, m: Grant): Transition {
  const { attempt } = state;
  if (attempt === null || !equalBallots(m.ballot, state.promised)) return ignored(state, 'not my ballot');
  if ((attempt.grants.get(m.from)?.at ?? -1) >= m.at) return ignored(state, 'counted before');
  const grants = new Map(attempt.grants).set(m.from, { id: m.id, at: m.at });
  return quietly({ ...state, attempt: { ...attempt, grants } });
}

/** ReleaseLease: a leader that hands over reads no more in its ballot, and says so. (Ours; see Leases.) */
export function releaseLease(state: State): Transition {
  const { attempt, role, promised: ballot, self } = state;
  if (role !== 'leader' || attempt === null || ballot === null) return ignored(state, 'not the leader');
  if (attempt.released) return ignored(state, 'the lease was released');
  const release: Release = { type: 'Release', id: messageId(state, 0), ballot };
  const next = { ...state, attempt: { ...attempt, released: true } };
  return sendNow(next, [to('peers', release), to(self, release)], {
    name: 'ReleaseLease',
    ballot,
    from: [],
  });
}

/** HandleRelease: an acceptor drops its grant, if that is of the ballot. (Ours; see Leases.) */
export function handleRelease(state: State, m: Release): Transition {
  const { ballot } = m;
  if (!equalBallots(state.lease.lent?.ballot ?? null, ballot)) return ignored(state, 'no grant of it');
  const next = { ...state, lease: { ...state.lease, lent: null } };
  return sendNow(next, [], { name: 'HandleRelease', ballot, from: [m.id] });
}

/** Whether an acceptor may promise a ballot of the candidate, by its own clock (spec: MayPromise). */
export function mayPromise({ lease, faults }: State, candidate: Member): boolean {
  if (faults.grantsIgnored) return true;
  if (lease.clock < lease.shy) return false;
  if (lease.clock < lease.quiet && !faults.grantsForgotten) return false;
  return lease.lent === null || lease.lent.until <= lease.clock || lease.lent.ballot.member === candidate;
}

/**
 * The grants of this ballot that have not run out, by the holder's count; none once it was released (spec:
 * Lenders).
 */
export function lenders(state: State, lease = state.lease): Attempt['grants'] {
  const { birth, faults, attempt } = state;
  const counted = new Map<Member, { readonly id: MessageId; readonly at: number }>();
  if (attempt === null || birth.leaseMs === 0) return counted;
  if (attempt.released && !faults.releaseIgnored) return counted;
  const counts = countsFor(birth, faults);
  for (const [member, grant] of attempt.grants) {
    if (grant.at < lease.since && !faults.clockTrusted) continue;
    if (lease.clock < grant.at + counts) counted.set(member, grant);
  }
  return counted;
}

/** How long a grant counts from the time at which it was asked for, by the holder's clock. */
export function countsFor(birth: Birth, faults: Faults): number {
  return birth.leaseMs - (faults.leaseWithoutMargin ? 0 : marginMs(birth));
}
