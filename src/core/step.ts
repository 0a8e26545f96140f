/**
 * The one verb of the core: step(state, input) -> { state, effects, action }. One action at most per
 * step.
 */
import { compareBallots } from './ballot.js';
import { handleAccept, handlePrepare } from './acceptor.js';
import { isRemoved, isVoter } from './configuration.js';
import { heartbeat } from './heartbeat.js';
import { assertStep } from './invariants.js';
import { clientBlocked, mayRepropose, nextSlot } from './guards.js';
import { askLease, countGrant, distrustClock, grantLease, handleRelease } from './lease.js';
import { dropLease, mayPromise, releaseLease, tick } from './lease.js';
import { announce, becomeLeader, campaign, choose, handleReject, NOOP, propose } from './leader.js';
import { apply, handleCatchUp, handleChosen, sendEntries } from './learner.js';
import type { Message, Prepare } from './messages.js';
import { askRound, confirmBallot, countConfirm, readByQuorum, readLocally } from './reads.js';
import { countAccepted, countPromise } from './receipts.js';
import { installSnapshot, takeSnapshot } from './snapshots.js';
import type { State } from './state.js';
import type { Input, Internal } from './step-types.js';
import { persist } from './storage.js';
import { ignored, type Transition } from './transition.js';
import type { Member, Value } from './types.js';
import { malformed, roundOf } from './well-formed.js';

export function step(state: State, input: Input): Transition {
  const transition = dispatch(state, input);
  assertStep(state, transition);
  return transition;
}

function dispatch(state: State, input: Input): Transition {
  switch (input.kind) {
    case 'message':
      return receive(state, input.from, input.message);
    case 'campaign':
      return campaign(state);
    case 'propose':
      return proposeForClients(state, input.value);
    case 'persist':
      return persist(state, input.count);
    case 'takeSnapshot':
      return takeSnapshot(state, input.snapshot);
    case 'installSnapshot':
      return installSnapshot(state, input.snapshot);
    case 'heartbeat':
      return heartbeat(state);
    case 'tick':
      return tick(state, input.now);
    case 'distrust clock':
      return distrustClock(state);
    case 'stalled':
      return dropLease(state);
    case 'ask lease':
      return askLease(state);
    case 'release lease':
      return releaseLease(state);
    case 'read':
      return readLocally(state);
    case 'ask round':
      return askRound(state);
    case 'read by quorum':
      return readByQuorum(state);
    case 'internal':
      return internal(state, input.internal);
  }
}

/** What a leader also sends to itself. */
const TO_SELF: readonly Message['type'][] = [
  ...(['Promise', 'Accepted', 'LeaseRequest', 'Grant', 'Release', 'ReadRound', 'Confirm'] as const),
];

function receive(before: State, from: Member, m: Message): Transition {
  const flaw = malformed(from, m);
  if (flaw !== null) return ignored(before, flaw);
  if (from === before.self && !TO_SELF.includes(m.type)) return ignored(before, 'my own message');
  const round = Math.max(before.round, roundOf(m));
  const state = round === before.round ? before : { ...before, round };
  // Planted (strangerIsSilent).
  const asks = m.type === 'Prepare' || m.type === 'Accept';
  if (asks && state.faults.strangerIsSilent && !isVoter(state)) return ignored(state, 'no voting member');
  switch (m.type) {
    case 'Prepare':
      if (isTold(state, from, m)) return sendEntries(state, from, { type: 'CatchUp', first: m.first });
      return handlePrepare(state, m);
    case 'Promise':
      return countPromise(state, m);
    case 'Accept':
      return handleAccept(state, m);
    case 'Accepted':
      return countAccepted(state, m);
    case 'Chosen':
      return handleChosen(state, m);
    case 'Entries':
      return handleCatchUp(state, m);
    case 'Reject':
      return handleReject(state, from, m);
    case 'LeaseRequest':
      return grantLease(state, m);
    case 'Grant':
      return countGrant(state, m);
    case 'Release':
      return handleRelease(state, m);
    case 'ReadRound':
      return confirmBallot(state, m);
    case 'Confirm':
      return countConfirm(state, m);
    case 'CatchUp':
      return sendEntries(state, from, m);
  }
}

/**
 * Who was removed and does not know it disturbs nobody: it is told. One that leads here is needed yet. So is
 * told who hears nothing of the leader that was granted a lease.
 */
function isTold(state: State, from: Member, m: Prepare): boolean {
  if (m.first > state.prefix || compareBallots(m.ballot, state.promised) <= 0) return false;
  return !mayPromise(state, from) || isRemoved(state, from);
}

function proposeForClients(state: State, value: Value): Transition {
  const blocked = clientBlocked(state);
  return blocked === null ? propose(state, value) : ignored(state, blocked);
}

function internal(state: State, what: Internal): Transition {
  switch (what.name) {
    case 'BecomeLeader':
      return becomeLeader(state);
    case 'Announce':
      return announce(state);
    case 'Choose':
      return what.slot === state.prefix + 1 ? choose(state) : ignored(state, 'another slot is next');
    case 'Propose':
      return mayRepropose(state) && what.slot === nextSlot(state)
        ? propose(state, NOOP)
        : ignored(state, 'nothing reported there');
    case 'Apply':
      return what.slot === state.applied + 1 ? apply(state) : ignored(state, 'another slot is next');
  }
}
