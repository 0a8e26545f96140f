import { describe, expect, test } from 'vitest';
import { step, type Transition } from '../../src/core/index.js';
import {
  A,
  accepted,
  at,
  B,
  C,
  fresh,
  from,
  kinds,
  leader,
  leaderWith,
  promise,
  run,
  sent,
  settle,
  X,
} from './cast.js';

const beat = (state: Transition['state']): Transition => step(state, { kind: 'heartbeat' });

describe('a heartbeat', () => {
  test('makes no event', () => {
    for (const state of [fresh(), leader(), leaderWith(2)]) {
      const t = beat(state);
      expect(t.action).toBeNull();
      expect(t.ignored).toBeUndefined();
      expect(t.state.seq).toBe(state.seq);
    }
  });

  test('has a leader repeat its last Chosen, under the same id', () => {
    const chosen = leaderWith(2).attempt?.chosen;
    expect(chosen).toMatchObject({ upTo: 2 });
    expect(sent(beat(leaderWith(2)))).toEqual([{ to: 'peers', message: chosen }]);
  });

  test('has a leader send again the Accepts open since before the last one, to who has not answered', () => {
    const proposed = step(leader(), { kind: 'propose', value: X });
    const [original] = sent(proposed).map(({ message }) => message);
    const first = beat(settle(proposed.state));
    expect(kinds(first)).toEqual(['Chosen']);
    expect(sent(beat(first.state)).slice(1)).toEqual([
      { to: B, message: original },
      { to: C, message: original },
    ]);
    const answered = beat(beat(step(first.state, from(C, accepted(at(1, A), 1, C))).state).state);
    expect(sent(answered).slice(1)).toEqual([{ to: B, message: original }]);
    expect(kinds(beat(settle(answered.state)))).toEqual(['Chosen']);
  });

  test('has a candidate send its Prepare again once it has left, to who has not promised', () => {
    const waiting = step(fresh(), { kind: 'campaign' });
    expect(sent(beat(waiting.state))).toEqual([]);
    const synced = step(waiting.state, { kind: 'persist', count: 1 });
    const [original] = sent(synced).map(({ message }) => message);
    expect(sent(beat(synced.state))).toEqual([
      { to: B, message: original },
      { to: C, message: original },
    ]);
    const again = run(synced.state, { kind: 'campaign' }, { kind: 'heartbeat' });
    expect(sent(again)).toEqual([]);
  });

  test('has nobody send again what the sync has not let go', () => {
    const lone = step(fresh(), { kind: 'campaign' }).state;
    const promised = step(lone, from(B, promise(at(1, A), B))).state;
    expect(sent(beat(promised))).toEqual([]);
  });
});
