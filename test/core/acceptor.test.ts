import { describe, expect, test } from 'vitest';
import { step } from '../../src/core/index.js';
import {
  A,
  accept,
  accepted,
  at,
  B,
  C,
  fresh,
  from,
  kinds,
  leader,
  prepare,
  run,
  sent,
  settle,
  X,
  Y,
} from './cast.js';

describe('HandlePrepare', () => {
  test('new: promises, once the promise is synced', () => {
    const t = step(fresh(), from(B, prepare(at(3, B))));
    expect(t.action).toMatchObject({ name: 'HandlePrepare', outcome: 'new', ballot: at(3, B), released: [] });
    expect(t.action?.made).toEqual([`${A}/1/0/0`]);
    expect(t.state.promised).toEqual(at(3, B));
    expect(kinds(t)).toEqual(['append', 'heard']);
    const released = step(t.state, { kind: 'persist', count: 1 });
    expect(sent(released)).toEqual([
      {
        to: B,
        message: { type: 'Promise', id: `${A}/1/0/0`, ballot: at(3, B), from: A, accepted: [], prefix: 0 },
      },
    ]);
  });

  test('repeat: is answered again; at once if nothing waits', () => {
    const once = step(fresh(), from(B, prepare(at(3, B)))).state;
    const waiting = step(once, from(B, prepare(at(3, B))));
    expect(waiting.action).toMatchObject({ outcome: 'repeat', made: [`${A}/1/1/0`], released: [] });
    expect(waiting.effects).toEqual([]);
    expect(waiting.state.unsynced).toHaveLength(1);
    const persisted = step(waiting.state, { kind: 'persist', count: 1 });
    expect(persisted.action?.released).toEqual([`${A}/1/0/0`, `${A}/1/1/0`]);
    const again = step(persisted.state, from(B, prepare(at(3, B))));
    expect(again.action).toMatchObject({ outcome: 'repeat', released: [`${A}/1/3/0`] });
    expect(kinds(again)).toEqual(['Promise']);
  });

  test('reject: says what was promised, at once', () => {
    const promised = step(fresh(), from(C, prepare(at(3, C)))).state;
    const t = step(promised, from(B, prepare(at(3, B))));
    expect(t.action).toMatchObject({ outcome: 'reject', released: [`${A}/1/1/0`] });
    expect(sent(t)).toEqual([{ to: B, message: { type: 'Reject', id: `${A}/1/1/0`, ballot: at(3, C) } }]);
    expect(t.state.promised).toEqual(at(3, C));
  });

  test('the Promise says every vote from the slot asked for on, but none that is known', () => {
    const votes = [1, 2, 9].map((slot) => from(B, accept(at(1, B), slot)));
    const chosen = from(B, { type: 'Chosen', id: `${B}/1/9/0`, ballot: at(1, B), upTo: 1 });
    const voted = settle(run(fresh(), ...votes, chosen).state);
    const answer = step(voted, from(C, prepare(at(2, C), 1)));
    const vote = { ballot: at(1, B), value: X };
    expect(answer.made).toMatchObject([
      {
        accepted: [
          [2, vote],
          [9, vote],
        ],
        prefix: 1,
      },
    ]);
    const later = step(voted, from(C, prepare(at(2, C), 5)));
    expect(later.made).toMatchObject([{ accepted: [[9, vote]], prefix: 1 }]);
  });

  test('ends an attempt of its own', () => {
    const t = step(leader(), from(B, prepare(at(2, B))));
    expect(t.state).toMatchObject({ role: 'follower', attempt: null, promised: at(2, B) });
  });
});

describe('HandleAccept', () => {
  test('new: votes and raises the promise; Accepted waits for the sync', () => {
    const t = step(fresh(), from(B, accept(at(2, B), 5, Y)));
    expect(t.action).toMatchObject({ name: 'HandleAccept', outcome: 'new', slot: 5, value: Y, released: [] });
    expect(t.state.promised).toEqual(at(2, B));
    expect(t.state.accepted.get(5)).toEqual({ ballot: at(2, B), value: Y });
    expect(t.effects).toMatchObject([
      { kind: 'append', record: { event: { start: 1, seq: 0 }, promised: at(2, B), body: { slot: 5 } } },
      { kind: 'heard', leader: B },
    ]);
    expect(sent(step(t.state, { kind: 'persist', count: 1 }))).toEqual([
      { to: B, message: { ...accepted(at(2, B), 5, A), id: `${A}/1/0/0` } },
    ]);
  });

  test('new: a vote of a higher ballot replaces one of a lower', () => {
    const t = run(fresh(), from(B, accept(at(2, B), 1, X)), from(C, accept(at(3, C), 1, Y)));
    expect(t.action).toMatchObject({ outcome: 'new' });
    expect(t.state.accepted.get(1)).toEqual({ ballot: at(3, C), value: Y });
  });

  test('repeat: is answered again and changes nothing', () => {
    const voted = settle(step(fresh(), from(B, accept(at(2, B), 1))).state);
    const t = step(voted, from(B, accept(at(2, B), 1)));
    expect(t.action).toMatchObject({ outcome: 'repeat' });
    expect(kinds(t)).toEqual(['Accepted', 'heard']);
    expect(t.state).toEqual({ ...voted, seq: voted.seq + 1 });
  });

  test('reject: refuses a ballot below the promise and keeps the vote', () => {
    const promised = settle(step(fresh(), from(C, prepare(at(3, C)))).state);
    const t = step(promised, from(B, accept(at(2, B), 1)));
    expect(t.action).toMatchObject({ outcome: 'reject' });
    expect(sent(t)).toMatchObject([{ to: B, message: { type: 'Reject', ballot: at(3, C) } }]);
    expect(t.state.accepted.size).toBe(0);
    expect(kinds(t)).not.toContain('heard');
  });

  test('deposes a leader', () => {
    const t = step(leader(), from(B, accept(at(2, B), 1)));
    expect(t.state).toMatchObject({ role: 'follower', attempt: null });
  });
});
