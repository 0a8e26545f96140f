/**
 * What a member's log says: the fold of a prefix of its records is the durable state after the last of
 * them.
 */
import { higherBallot } from './ballot.js';
import { changesBehind, withChanges } from './configuration.js';
import { execute, type Reign } from './epochs.js';
import type { Faults } from './faults.js';
import { withoutUpTo, withSlot, withSlots } from './slot-map.js';
import { cutAt, initialState, type State } from './state.js';
import type { Effect } from './step-types.js';
import { sendNow, followedBy, type Transition } from './transition.js';
import type { Birth, LogRecord, Member, SnapshotHandle, Value } from './types.js';

type Voted = Extract<LogRecord['body'], { readonly kind: 'accept' }>;

/** The durable state after one more record. Assumes that the record is the next of the same log. */
export function recoverRecord(state: State, record: LogRecord): State {
  const { body, promised, prefix, learnt } = record;
  const values: Value[] = [];
  const first = state.prefix + 1;
  for (let slot = first; slot <= prefix; slot++) {
    const entry = body.kind === 'known' ? body.values[slot - body.first] : undefined;
    const value = entry ?? state.accepted.get(slot)?.value;
    if (value === undefined)
      throw new Error(`the log says that slot ${slot} is known and holds no value of it`);
    values.push(value);
  }
  return {
    ...state,
    promised,
    prefix: Math.max(prefix, state.prefix),
    learnt: higherBallot(learnt, state.learnt),
    known: values.length === 0 ? state.known : withSlots(state.known, first, values),
    changes: withChanges(state.changes, first, values),
    accepted: body.kind === 'accept' ? withVote(state, body) : state.accepted,
    durable: record,
  };
}

/** A vote in a slot that the snapshot covers is in the log no more, though its file may still hold it. */
function withVote(state: State, body: Voted): State['accepted'] {
  const { accepted, snapshot, faults } = state;
  const { slot, ballot, value } = body;
  if (slot <= cutAt(state, snapshot.upTo) || (faults.replayKeepsFirstVote && accepted.has(slot)))
    return accepted;
  return withSlot(accepted, slot, { ballot, value });
}

/** The durable state with a snapshot that is on the disk (spec: what Crash leaves of known and prefix). */
export function recoverSnapshot(state: State, snapshot: SnapshotHandle): State {
  const { upTo } = snapshot;
  if (upTo <= state.snapshot.upTo) return state;
  return {
    ...state,
    snapshot,
    accepted: withoutUpTo(state.accepted, cutAt(state, upTo)),
    changes: changesBehind(state, snapshot),
    known: withoutUpTo(state.known, upTo),
    prefix: Math.max(upTo, state.prefix),
    learnt: higherBallot(snapshot.learnt, state.learnt),
  };
}

/**
 * Restart: a later start of the member, as follower; no ballot is resumed. The known prefix is executed
 * from the snapshot on, by the transition's effects. (Paxos Made Live: replay of the log.)
 */
export function recoverState(
  self: Member,
  start: number,
  birth: Birth,
  records: Iterable<LogRecord>,
  faults?: Partial<Faults>,
  snapshot: SnapshotHandle | null = null,
): Transition {
  let state = initialState(self, start, birth, faults);
  if (snapshot !== null) state = recoverSnapshot(state, snapshot);
  for (const record of records) state = recoverRecord(state, record);
  return restart(state);
}

/** Restart: the last step of recoverState, for a state that was recovered record by record. */
export function restart(state: State): Transition {
  const recovered = state.durable?.event ?? null;
  const replayed = state.known.toArray();
  if (state.faults.replayMissesLast) replayed.pop();
  const { snapshot } = state;
  let reign: Reign = snapshot;
  const effects = replayed.map(([slot, value]): Effect => {
    const { epoch, marked, refused } = execute(reign, value, state.faults);
    reign = { epoch, marked };
    return { kind: 'apply', slot, value, epoch, refused };
  });
  const { epoch, marked } = reign;
  const up = { ...state, applied: state.prefix, epoch, marked, recovered: state.prefix };
  return followedBy(sendNow(up, [], { name: 'Restart', recovered, snapshot, from: [] }), effects);
}
