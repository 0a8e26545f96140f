import { describe, expect, test } from 'vitest';
import { recoverState, step } from '../../src/core/index.js';
import type { LogRecord } from '../../src/core/types.js';
import { A, accept, at, B, BIRTH, C, fresh, from, kinds, prepare, run, X, Y } from './cast.js';

/** A promise, two votes and a higher promise, all waiting. */
const busy = () =>
  run(
    fresh(),
    from(B, prepare(at(1, B))),
    from(B, accept(at(1, B), 1, X)),
    from(B, accept(at(1, B), 2, Y)),
    from(C, prepare(at(2, C))),
  ).state;

describe('Persist', () => {
  test('drops the first waiting steps and lets go what rested on them, in order', () => {
    const t = step(busy(), { kind: 'persist', count: 3 });
    expect(t.action).toEqual({
      name: 'Persist',
      persisted: { start: 1, seq: 2 },
      from: [],
      made: [],
      released: [`${A}/1/0/0`, `${A}/1/1/0`, `${A}/1/2/0`],
    });
    expect(kinds(t)).toEqual(['Promise', 'Accepted', 'Accepted']);
    expect(t.state.unsynced).toHaveLength(1);
    expect(t.state.durable?.event).toEqual({ start: 1, seq: 2 });
    expect(kinds(step(t.state, { kind: 'persist', count: 1 }))).toEqual(['Promise']);
  });

  test.each([0, -1, 5, 0.5])('of %d steps that do not wait is ignored', (count) => {
    const state = busy();
    expect(step(state, { kind: 'persist', count })).toMatchObject({
      action: null,
      ignored: 'nothing waits',
      state,
    });
  });
});

describe('Restart', () => {
  const ballot = at(1, B);
  const record = (seq: number, prefix: number, body: LogRecord['body'], promised = ballot): LogRecord => ({
    event: { start: 1, seq },
    promised,
    prefix,
    learnt: prefix === 0 ? null : ballot,
    body,
  });

  test('of an empty log begins anew, and says that nothing was recovered', () => {
    const t = recoverState(A, 2, BIRTH, []);
    expect(t.action).toMatchObject({ name: 'Restart', recovered: null, from: [], made: [], released: [] });
    expect(t.state).toEqual({ ...fresh(), start: 2, seq: 1 });
    expect(t.effects).toEqual([]);
  });

  test('executes the known prefix and resumes no ballot, not even its own', () => {
    const mine = at(3, A);
    const log = [
      record(0, 0, { kind: 'accept', slot: 1, ballot, value: X }),
      record(1, 0, { kind: 'accept', slot: 2, ballot, value: Y }),
      record(4, 1, { kind: 'promise' }, mine),
    ];
    const t = recoverState(A, 2, BIRTH, log);
    expect(t.action).toMatchObject({ name: 'Restart', recovered: { start: 1, seq: 4 } });
    expect(t.effects).toEqual([{ kind: 'apply', slot: 1, value: X, epoch: 0, refused: false }]);
    expect(t.state).toMatchObject({
      role: 'follower',
      promised: mine,
      prefix: 1,
      applied: 1,
      learnt: ballot,
      seq: 1,
    });
    expect(t.state.accepted.get(2)).toEqual({ ballot, value: Y });
    const next = step(t.state, { kind: 'campaign' });
    expect(next.state.promised).toEqual(at(4, A));
    expect(next.action?.made).toEqual([`${A}/2/1/0`, `${A}/2/1/1`]);
  });

  test('takes a known value from its entry, else from the vote held when the prefix first covered it', () => {
    const higher = at(2, C);
    const log = [
      record(0, 0, { kind: 'accept', slot: 1, ballot, value: X }),
      record(1, 3, { kind: 'known', first: 2, values: [Y, X] }),
      record(2, 3, { kind: 'accept', slot: 1, ballot: higher, value: Y }, higher),
    ];
    const { state } = recoverState(A, 2, BIRTH, log);
    expect(state.known.toArray()).toEqual([
      [1, X],
      [2, Y],
      [3, X],
    ]);
    expect(state.accepted.toArray()).toEqual([[1, { ballot: higher, value: Y }]]);
  });

  test('refuses a log that claims to know what it does not hold', () => {
    expect(() => recoverState(A, 2, BIRTH, [record(0, 1, { kind: 'promise' })])).toThrow('slot 1 is known');
  });
});
