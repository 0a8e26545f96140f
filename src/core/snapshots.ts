/**
 * Snapshots, which let the log be cut, and catch-up by one. Each exported action is that of
 * spec/ReplicaSnapshots.tla of the same name; the state itself and its file are the driver's.
 */
import { follow } from './acceptor.js';
import { higherBallot } from './ballot.js';
import { askOn } from './catch-up.js';
import { changesBehind, changesFrom } from './configuration.js';
import type { MessageId } from './messages.js';
import { emptySlots, withoutUpTo } from './slot-map.js';
import { coveredUpTo, cutAt, type State } from './state.js';
import type { Effect } from './step-types.js';
import { followedBy, ignored, quietly, sendNow, type Transition } from './transition.js';
import type { Member, Slot, SnapshotHandle } from './types.js';

/** The id of a snapshot is not that of its event, which comes when the file is long written. */
export function snapshotId(member: Member, start: number, upTo: Slot): MessageId {
  return `${member}/${start}/snapshot/${upTo}`;
}

/** The handle of a snapshot that begins now, of all that is applied; its digest comes at its end. */
export function beginSnapshot(state: State): Omit<SnapshotHandle, 'digest'> {
  const { self, start, applied: upTo, learnt, birth, changes, epoch, marked } = state;
  const covered = changes.filter(({ slot }) => slot <= upTo);
  const inForce = changesFrom(covered, upTo + 1, birth.alpha);
  return { id: snapshotId(self, start, upTo), upTo, learnt, inForce, epoch, marked };
}

/** Why the snapshot that began with this handle must not get its name, or null. */
export function snapshotBlocked(state: State, handle: Omit<SnapshotHandle, 'digest'>): string | null {
  const { upTo, learnt } = handle;
  if (upTo > state.applied) return 'it covers more than was executed';
  if (upTo <= state.snapshot.upTo) return state.faults.lateSnapshotTaken ? null : 'a later one is there';
  // The handle names the highest ballot of all that is known: one rule for the spec and for a restart.
  return higherBallot(learnt, state.learnt) === learnt ? null : 'more was learnt meanwhile';
}

/**
 * TakeSnapshot: the state after slot upTo lies on the disk under its name, so the log up to it goes. One
 * that is done late and covers less than another is dropped. (Paxos Made Live: snapshots, the handle.)
 */
export function takeSnapshot(state: State, snapshot: SnapshotHandle): Transition {
  const blocked = snapshotBlocked(state, snapshot);
  if (blocked !== null) return ignored(state, `snapshot: ${blocked}`);
  const { upTo } = snapshot;
  const next = { ...cut(state, snapshot), known: withoutUpTo(state.known, upTo) };
  const { state: after, ...rest } = sendNow(next, [], { name: 'TakeSnapshot', snapshot, from: [] });
  return { ...rest, state: after, action: withMade(rest.action, snapshot.id) };
}

/**
 * InstallSnapshot: the state of another replica, checked and on the disk under its name, covers more than is
 * known here: it is taken over. The promise stays, and so do votes above it. A leader that learnt above its
 * own ballot follows. (Paxos Made Live: catch-up by a snapshot.)
 */
export function installSnapshot(state: State, snapshot: SnapshotHandle): Transition {
  const { upTo, learnt } = snapshot;
  const blocked = installBlocked(state, snapshot);
  if (blocked !== null) return ignored(state, `snapshot: ${blocked}`);
  const followed = learnt === null ? state : follow(state, learnt);
  const { attempt } = followed;
  const next: State = {
    ...cut(followed, snapshot),
    known: emptySlots(),
    prefix: upTo,
    learnt: higherBallot(state.learnt, learnt),
    ...{ applied: upTo, epoch: snapshot.epoch, marked: snapshot.marked },
    grown: state.beats,
    attempt: attempt === null ? null : coveredUpTo(attempt, upTo),
  };
  const bare = state.faults.installDropsSuffix ? { ...next, accepted: emptySlots<never>() } : next;
  const restore: Effect = { kind: 'restore', snapshot };
  const installed = sendNow(bare, [], { name: 'InstallSnapshot', snapshot, from: [snapshot.id] });
  return askOn(followedBy(installed, [restore]));
}

/** Why a snapshot that came whole is not installed, or null. */
export function installBlocked(state: State, { upTo }: Pick<SnapshotHandle, 'upTo'>): string | null {
  return upTo > state.prefix ? null : 'what it covers is known';
}

/** Who asks for a slot that was cut is offered the snapshot instead. Changes nothing that the spec sees. */
export function offerSnapshot(state: State, to: Member): Transition {
  return quietly(state, [{ kind: 'offer', to, snapshot: state.snapshot }]);
}

/** What the log keeps once a snapshot covers the slots up to upTo (spec: Cut). */
function cut(state: State, snapshot: SnapshotHandle): State {
  const changes = changesBehind(state, snapshot);
  const accepted = withoutUpTo(state.accepted, cutAt(state, snapshot.upTo));
  return { ...state, snapshot, changes, accepted };
}

/** A snapshot is a fact that anyone may fetch from now on (spec: it joins `sent`). */
function withMade(action: Transition['action'], id: MessageId): Transition['action'] {
  return action === null ? null : { ...action, made: [id], released: [id] };
}
