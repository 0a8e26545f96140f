/**
 * What a member's log says: the fold of a prefix of its records is the durable state after the last of
 * them.
 */
import { withChanges } from './configuration.js';
import { execute, type Reign } from './epochs.js';
import type { Faults } from './faults.js';
import { withSlot, withSlots } from './slot-map.js';
import { initialState, type State } from './state.js';
import type { Effect } from './step-types.js';
import { sendNow, followedBy, type Transition } from './transition.js';
import type { Birth, LogRecord, Member, Value } from './types.js';

/** The durable state after one more record. Assumes that the record is the next of the same log. */
export function recoverRecord(state: State, record: LogRecord): State {
  const { body, promised, prefix, learnt } = record;
  const values: Value[] = [];
  for (let slot = state.prefix + 1; slot <= prefix; slot++) {
    const entry = body.kind === 'known' ? body.values[slot - body.first] : undefined;
    const value = entry ?? state.accepted.get(slot)?.value;
    if (value === undefined)
      throw new Error(`the log says that slot ${slot} is known and holds no value of it`);
    values.push(value);
  }
  return {
    ...state,
    promised,
    prefix,
    learnt,
    known: values.length === 0 ? state.known : withSlots(state.known, state.prefix + 1, values),
    changes: withChanges(state.changes, state.prefix + 1, values),
    accepted:
      body.kind === 'accept' && !(state.faults.replayKeepsFirstVote && state.accepted.has(body.slot))
        ? withSlot(state.accepted, body.slot, { ballot: body.ballot, value: body.value })
        : state.accepted,
    durable: record,
  };
}

/**
 * Restart: a later start of the member, as follower; no ballot is resumed. The known prefix is executed
 * from the beginning, by the transition's effects. (Paxos Made Live: replay of the log.)
 */
export function recoverState(
  self: Member,
  start: number,
  birth: Birth,
  records: Iterable<LogRecord>,
  faults?: Partial<Faults>,
): Transition {
  let state = initialState(self, start, birth, faults);
  for (const record of records) state = recoverRecord(state, record);
  return restart(state);
}

/** Restart: the last step of recoverState, for a state that was recovered record by record. */
export function restart(state: State): Transition {
  const recovered = state.durable?.event ?? null;
  const replayed = state.known.toArray();
  if (state.faults.replayMissesLast) replayed.pop();
  let reign: Reign = state;
  const effects = replayed.map(([slot, value]): Effect => {
    const { epoch, marked, refused } = execute(reign, value, state.faults);
    reign = { epoch, marked };
    return { kind: 'apply', slot, value, epoch, refused };
  });
  const { epoch, marked } = reign;
  const up = { ...state, applied: state.prefix, epoch, marked, recovered: state.prefix };
  return followedBy(sendNow(up, [], { name: 'Restart', recovered, from: [] }), effects);
}
