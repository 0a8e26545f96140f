/** Persist: one sync covers the first waiting steps; what rested on them may leave. */
import type { State } from './state.js';
import type { Effect } from './step-types.js';
import { ignored, type Transition } from './transition.js';

/**
 * Persist: the first `count` waiting steps are on disk, and their messages leave in the order they were
 * made. (Paxos Made Live: flush before any reply; group commit.)
 */
export function persist(state: State, count: number): Transition {
  const last = state.unsynced[count - 1];
  if (last === undefined) return ignored(state, 'nothing waits');
  const left = state.unsynced.slice(0, count).flatMap(({ held }) => held);
  const released = left.flatMap(({ message }) => (message.type === 'CatchUp' ? [] : [message.id]));
  const effects: Effect[] = left.map((outgoing) => ({ kind: 'send', outgoing }));
  return {
    state: { ...state, seq: state.seq + 1, unsynced: state.unsynced.slice(count), durable: last.record },
    effects,
    action: { name: 'Persist', persisted: last.record.event, from: [], made: [], released },
    made: [],
  };
}
