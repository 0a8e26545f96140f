/**
 * From one step of the core to one event line. Handlers hold no trace calls: this reads what they returned.
 */
import diffModule from 'sorted-btree/extended/diffAgainst.js';
import { equalBallots, formatBallot } from '../core/ballot.js';
import type { Message } from '../core/messages.js';
import { fromSlot } from '../core/slot-map.js';
import type { State } from '../core/state.js';
import type { Action } from '../core/step-types.js';
import type { Transition } from '../core/transition.js';
import type { Slot, SlotMap, SnapshotHandle, Value, Vote } from '../core/types.js';
import type { Digest } from './digest.js';
import type { Post, TraceEvent } from './format.js';

type DiffAgainst = typeof diffModule.default;
/** The package is CommonJS: its default export is one level down, whichever loader reads it. */
const diffAgainst: DiffAgainst =
  typeof diffModule === 'function' ? (diffModule as unknown as DiffAgainst) : diffModule.default;

type VoteRow = [Slot, string, string];
type KnownRow = [Slot, string];
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const voteRow = (slot: Slot, vote: Vote, digest: Digest): VoteRow => [
  slot,
  formatBallot(vote.ballot),
  digest(vote.value),
];
const knownRow = (slot: Slot, value: Value, digest: Digest): KnownRow => [slot, digest(value)];

/** The event of a transition, or null where the step made none. `above`: make it a full one, see full(). */
export function record(
  before: State,
  transition: Transition,
  digest: Digest,
  above?: Slot,
): TraceEvent | null {
  const { action, state } = transition;
  if (action === null) return null;
  const post = above === undefined ? changed(before, state, digest) : full(state, digest, above);
  return eventOf(before.seq, action, transition.made, post, digest, above);
}

/** The first event of every start but a member's first: its state is logged in full. */
export function recordRestart(state: State, action: Action, digest: Digest): TraceEvent {
  return eventOf(state.seq - 1, action, [], full(state, digest, 0), digest, 0);
}

function eventOf(
  seq: number,
  action: Action,
  made: readonly Message[],
  post: Post,
  digest: Digest,
  above: Slot | undefined,
): TraceEvent {
  const promise = made.find((message) => message.type === 'Promise');
  const accepted = made.find((message) => message.type === 'Accepted');
  return {
    seq,
    action: action.name,
    ...argumentsOf(action, digest),
    ...(action.from.length > 0 && { from: action.from }),
    ...(action.made.length > 0 && { made: action.made }),
    ...(action.released.length > 0 && { released: action.released }),
    ...(promise?.type === 'Promise' && {
      said: {
        prefix: promise.prefix,
        accepted: promise.accepted.map(([slot, vote]) => voteRow(slot, vote, digest)),
      },
    }),
    ...(accepted?.type === 'Accepted' && { voted: accepted.slot }),
    post,
    ...(above !== undefined && { above }),
  };
}

function argumentsOf(action: Action, digest: Digest): Partial<TraceEvent> {
  const text = formatBallot;
  switch (action.name) {
    case 'Campaign':
    case 'BecomeLeader':
    case 'HandleReject':
    case 'AskLease':
    case 'GrantLease':
    case 'ReleaseLease':
    case 'HandleRelease':
    case 'AskRound':
    case 'ConfirmBallot':
    case 'ReadByQuorum':
    case 'ReadLocally':
      return { ballot: text(action.ballot) };
    case 'HandlePrepare':
      return { ballot: text(action.ballot), outcome: action.outcome };
    case 'Propose':
      return { ballot: text(action.ballot), slot: action.slot, value: digest(action.value) };
    case 'HandleAccept': {
      const { ballot, slot, value, outcome } = action;
      return { ballot: text(ballot), slot, value: digest(value), outcome };
    }
    case 'Choose':
      return { ballot: text(action.ballot), slot: action.slot };
    case 'Announce':
    case 'HandleChosen':
      return { ballot: text(action.ballot), upTo: action.upTo };
    case 'SendEntries':
    case 'HandleCatchUp':
      return { first: action.first, last: action.last };
    case 'Tick':
      return { clock: action.clock };
    case 'Apply':
      return {
        ...{ slot: action.slot, value: digest(action.value) },
        ...{ epoch: action.epoch, refused: action.refused },
      };
    case 'Persist':
      return { persisted: action.persisted.seq };
    case 'TakeSnapshot':
    case 'InstallSnapshot':
      return handleOf(action.snapshot, digest);
    case 'Restart': {
      const { recovered, snapshot } = action;
      return {
        ...(recovered !== null && { recovered: { ...recovered } }),
        ...(snapshot.upTo > 0 && { snapshot: { id: snapshot.id, ...handleOf(snapshot, digest) } }),
      };
    }
  }
}

function handleOf({ upTo, learnt, digest, inForce, epoch }: SnapshotHandle, of: Digest) {
  const rows = inForce.map(({ slot, configuration }): KnownRow => [slot, of(configuration)]);
  return { upTo, learnt: formatBallot(learnt), digest, inForce: rows, epoch };
}

/** What differs, found by comparing the states and not by knowing the action: an unexpected change shows. */
function changed(before: State, after: State, digest: Digest): Post {
  const post: Mutable<Post> = {};
  if (!equalBallots(before.promised, after.promised)) post.promised = formatBallot(after.promised);
  if (before.role !== after.role) post.role = after.role;
  if (before.prefix !== after.prefix) post.prefix = after.prefix;
  if (!equalBallots(before.learnt, after.learnt)) post.learnt = formatBallot(after.learnt);
  if (before.applied !== after.applied) post.applied = after.applied;
  if (before.unsynced.length !== after.unsynced.length) post.waiting = after.unsynced.length;
  if (before.snapshot.upTo !== after.snapshot.upTo) post.snapshot = after.snapshot.upTo;
  const accepted = differences(before.accepted, after.accepted);
  if (accepted.length > 0) post.accepted = accepted.map(([slot, vote]) => voteRow(slot, vote, digest));
  const known = differences(before.known, after.known);
  if (known.length > 0) post.known = known.map(([slot, value]) => knownRow(slot, value, digest));
  return post;
}

/**
 * New and changed entries. Shared nodes of the two maps are skipped, so this costs as much as what changed.
 */
function differences<V>(before: SlotMap<V>, after: SlotMap<V>): [Slot, V][] {
  const rows: [Slot, V][] = [];
  if (before === after) return rows;
  const add = (slot: Slot, value: V): void => {
    rows.push([slot, value]);
  };
  diffAgainst(before, after, undefined, add, (slot, _old, value) => add(slot, value));
  return rows.sort(([a], [b]) => a - b);
}

/** Every variable, and every entry above slot `above`. */
function full(state: State, digest: Digest, above: Slot): Post {
  return {
    promised: formatBallot(state.promised),
    role: state.role,
    prefix: state.prefix,
    learnt: formatBallot(state.learnt),
    applied: state.applied,
    waiting: state.unsynced.length,
    snapshot: state.snapshot.upTo,
    accepted: fromSlot(state.accepted, above + 1).map(([slot, vote]) => voteRow(slot, vote, digest)),
    known: fromSlot(state.known, above + 1).map(([slot, value]) => knownRow(slot, value, digest)),
  };
}
