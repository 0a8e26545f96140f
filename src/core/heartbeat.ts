/**
 * The heartbeat repeats what may have been lost: the same messages under the same ids, so it is no event.
 */
import { compareBallots } from './ballot.js';
import { askAgain, question, waitsInVain } from './catch-up.js';
import { peersOf } from './configuration.js';
import { lacksPromises } from './guards.js';
import { emptySlots } from './slot-map.js';
import type { State } from './state.js';
import type { Effect, Outgoing } from './step-types.js';
import { quietly, to, type Transition } from './transition.js';

/**
 * Nothing that waits for a sync is repeated. Open Accepts are, once they are older than the heartbeat
 * before.
 */
export function heartbeat(state: State): Transition {
  const repeated = state.role === 'leader' ? repeatAsLeader(state) : repeatPrepare(state);
  const effects = repeated.map((outgoing): Effect => ({ kind: 'send', outgoing }));
  const { state: next, ...rest } = askAgain(quietly(state, effects));
  const beaten = { ...next, beats: next.beats + 1 };
  return { ...rest, state: state.faults.promisesExpire ? expire(beaten) : beaten };
}

/** Planted (promisesExpire). */
function expire(state: State): State {
  if (state.role !== 'follower' || state.beats % 64 !== 0) return state;
  return { ...state, promised: null, accepted: emptySlots() };
}

/**
 * A leader that waits in vain for entries keeps silent, so that others take over, and asks all: who promised
 * may have lost the link to it, and another may know by now.
 */
function repeatAsLeader(state: State): Outgoing[] {
  const { attempt, beats } = state;
  if (attempt === null) return [];
  if (waitsInVain(state)) return [question(state, 'peers')];
  const chosen = attempt.chosen === null ? [] : [to('peers', attempt.chosen)];
  const old = attempt.open.valuesArray().filter(({ beat }) => beat < beats);
  const accepts = old.flatMap(({ accept, accepteds }) =>
    peersOf(state)
      .filter((peer) => !accepteds.has(peer))
      .map((peer) => to(peer, accept)),
  );
  const prepares = lacksPromises(state).map((peer) => to(peer, attempt.prepare));
  return [...chosen, ...prepares, ...accepts];
}

/**
 * A candidate's Prepare goes again to those who have not promised, if it has left: once the round is
 * synced.
 */
function repeatPrepare(state: State): Outgoing[] {
  const { attempt, durable } = state;
  if (attempt === null || compareBallots(durable?.promised ?? null, state.promised) < 0) return [];
  return peersOf(state)
    .filter((peer) => !attempt.promises.has(peer))
    .map((peer) => to(peer, attempt.prepare));
}
