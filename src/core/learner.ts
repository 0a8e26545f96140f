/**
 * The learner: what is chosen becomes known slot by slot, without a gap, and is then executed. Each
 * exported action is that of spec/PaxosReplica.tla of the same name.
 */
import { follow, heard } from './acceptor.js';
import { compareBallots, equalBallots, higherBallot } from './ballot.js';
import { askForMore, askOn, tellMore } from './catch-up.js';
import { withChanges } from './configuration.js';
import { execute } from './epochs.js';
import type { CatchUp, Chosen, Entries } from './messages.js';
import { withoutFrom, withSlots } from './slot-map.js';
import { offerSnapshot } from './snapshots.js';
import { coveredUpTo, type State } from './state.js';
import {
  followedBy,
  ignored,
  messageId,
  quietly,
  sendNow,
  stepDurably,
  to,
  type Transition,
} from './transition.js';
import type { Ballot, Member, Slot, Value } from './types.js';

/** What one Entries message carries at most; at least one value, whatever its size. */
export const ENTRIES_SLOTS = 256;
export const ENTRIES_BYTES = 1 << 20;

/**
 * HandleChosen: marks as known the slots behind the prefix in which this replica holds a vote of that
 * very ballot, and asks for the others. (LogCabin talk: finalize, ok or missing.)
 */
export function handleChosen(state: State, m: Chosen): Transition {
  const { ballot, upTo } = m;
  const values = votedBehind(state, ballot, upTo);
  const learning = learn(follow(state, ballot), values, ballot);
  const next = state.faults.prefixGoesBack ? backTo(learning, upTo) : learning;
  const changed = values.length > 0 || next.role !== state.role;
  const learnt = changed
    ? sendNow(next, [], { name: 'HandleChosen', ballot, upTo, from: [m.id] })
    : quietly(next);
  const deposed = compareBallots(ballot, state.promised) < 0;
  const answer = deposed ? tellMore(state, ballot.member, upTo) : heard(ballot.member);
  const told = followedBy(learnt, answer);
  return state.faults.gapNotAsked ? told : askForMore(told, ballot.member, upTo);
}

/**
 * SendEntries: known values for who asked from a slot on, as many as one message takes. Who asks beyond what
 * is known here knows more, and is asked. (LogCabin talk: read a slot.)
 */
export function sendEntries(state: State, from: Member, m: CatchUp): Transition {
  const { known, prefix, learnt } = state;
  const { first } = m;
  if (first <= state.snapshot.upTo) return offerSnapshot(state, from);
  if (first > prefix + 1) return askForMore(quietly(state), from, first - 1);
  if (first > prefix || learnt === null) return ignored(state, 'nothing known there');
  const values: Value[] = [];
  let bytes = 0;
  for (let slot = first; slot <= prefix && values.length < ENTRIES_SLOTS; slot++) {
    const value = known.get(slot);
    if (value === undefined) break;
    bytes += sizeOf(value);
    if (values.length > 0 && bytes > ENTRIES_BYTES) break;
    values.push(value);
  }
  const entries: Entries = { type: 'Entries', id: messageId(state, 0), first, values, learnt };
  const last = first + values.length - 1;
  return sendNow(state, [to(from, entries)], { name: 'SendEntries', first, last, from: [] });
}

/**
 * HandleCatchUp: takes known values from a peer. They go to the log as known entries, never as votes.
 * Asks for more as long as someone has more. (Paxos Made Live: catch-up.)
 */
export function handleCatchUp(state: State, m: Entries): Transition {
  const first = state.prefix + 1;
  const begins = state.faults.entriesMisplaced ? first : m.first;
  const values = m.values.slice(first - begins);
  if (begins > first) return ignored(state, 'entries beyond a gap');
  if (values.length === 0) return ignored(state, 'known before');
  const last = first + values.length - 1;
  const learntAt = (state.faults.learntAtOwnBallot ? state.promised : null) ?? m.learnt;
  const next = learn(follow(state, learntAt), values, learntAt);
  const event = { name: 'HandleCatchUp', first, last, from: [m.id] } as const;
  const learnt = stepDurably(next, { kind: 'known', first, values }, [], [], event);
  return askOn(learnt);
}

/**
 * Apply: executes or refuses the next known slot, in order and past no hole. (LogCabin talk: advance the
 * state machine; Paxos Made Live: the epoch is checked by the database operation.)
 */
export function apply(state: State): Transition {
  const slot = state.applied + 1;
  const value = nextToApply(state);
  if (value === undefined) return ignored(state, 'nothing to apply');
  const { epoch, marked, refused } = execute(state, value, state.faults);
  const executed = { slot, value, epoch, refused };
  const event = { name: 'Apply', ...executed, from: [] } as const;
  const next = { ...state, applied: slot, epoch, marked };
  return followedBy(sendNow(next, [], event), [{ kind: 'apply', ...executed }]);
}

/** The value of the slot behind the last executed one, once it is known. */
export function nextToApply({ known, prefix, applied, accepted, faults }: State): Value | undefined {
  const slot = applied + 1;
  if (slot <= prefix) return known.get(slot);
  return faults.appliesVotes ? accepted.get(slot)?.value : undefined;
}

/** Planted (prefixGoesBack): the slots above upTo are known no longer. */
function backTo(state: State, upTo: Slot): State {
  if (upTo >= state.prefix || upTo === 0) return state;
  const changes = state.changes.filter(({ slot }) => slot <= upTo);
  return { ...state, prefix: upTo, known: withoutFrom(state.known, upTo + 1), changes };
}

/** What this replica voted for at that very ballot, from the slot behind its prefix to the first without. */
export function votedBehind(state: State, ballot: Ballot, upTo: Slot): Value[] {
  const { faults } = state;
  const values: Value[] = [];
  for (let slot = state.prefix + 1; slot <= upTo; slot++) {
    const vote = state.accepted.get(slot);
    const voted = vote !== undefined && (faults.chosenOfAnyBallot || equalBallots(vote.ballot, ballot));
    if (voted) values.push(vote.value);
    else if (faults.holesTakenAsNoops && vote === undefined) values.push({ kind: 'noop' });
    else if (!(faults.chosenSkipsGaps && vote === undefined)) break;
  }
  return values;
}

/** The slots behind the prefix become known, learnt at a ballot; they are open no longer. */
export function learn(state: State, values: readonly Value[], ballot: Ballot): State {
  if (values.length === 0) return state;
  const prefix = state.prefix + values.length;
  const { attempt } = state;
  return {
    ...state,
    known: withSlots(state.known, state.prefix + 1, values),
    changes: withChanges(state.changes, state.prefix + 1, values),
    prefix,
    grown: state.beats,
    learnt: higherBallot(state.learnt, ballot),
    attempt: attempt === null ? null : coveredUpTo(attempt, prefix),
  };
}

function sizeOf(value: Value): number {
  if (value.kind !== 'batch') return 1;
  return value.commands.reduce((sum, { id, op }) => sum + id.length + op.length, 0);
}
