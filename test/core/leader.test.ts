import { describe, expect, test } from 'vitest';
import { initialState, nextInternal, NOOP, step, type State } from '../../src/core/index.js';
import { UNSYNCED_LIMIT } from '../../src/core/guards.js';
import type { Slot, Vote } from '../../src/core/types.js';
import {
  A,
  accepted,
  at,
  B,
  BIRTH,
  C,
  fresh,
  from,
  kinds,
  leader,
  leaderWith,
  prepare,
  promise,
  run,
  sent,
  settle,
  X,
  Y,
} from './cast.js';

const internal = (state: State) => {
  const next = nextInternal(state);
  if (next === null) throw new Error('nothing is enabled');
  return step(state, { kind: 'internal', internal: next });
};
const report = (slot: Slot, round: number, member: string, value = X): readonly [Slot, Vote] => [
  slot,
  { ballot: at(round, member), value },
];

describe('Campaign', () => {
  test('promises itself the next round; Prepare and the own Promise wait for the sync', () => {
    const t = step(fresh(), { kind: 'campaign' });
    expect(t.action).toEqual({
      name: 'Campaign',
      ballot: at(1, A),
      from: [],
      made: [`${A}/1/0/0`, `${A}/1/0/1`],
      released: [],
    });
    expect(t.state).toMatchObject({ role: 'candidate', promised: at(1, A) });
    expect(kinds(t)).toEqual(['append']);
    const persisted = step(t.state, { kind: 'persist', count: 1 });
    expect(sent(persisted)).toMatchObject([
      { to: 'peers', message: { type: 'Prepare', ballot: at(1, A), first: 1 } },
      { to: A, message: { type: 'Promise', ballot: at(1, A), from: A } },
    ]);
  });

  test('goes above every round that was seen, be it in a message that was of no use', () => {
    const seen = step(fresh(), from(B, accepted(at(41, A), 1, B)));
    expect(seen.ignored).toBeDefined();
    expect(step(seen.state, { kind: 'campaign' }).state.promised).toEqual(at(42, A));
    const promised = step(fresh(), from(C, prepare(at(7, C)))).state;
    expect(step(promised, { kind: 'campaign' }).state.promised).toEqual(at(8, A));
  });

  test('is not for who has no vote', () => {
    const stranger = initialState('r9.99999999', 1, BIRTH);
    expect(step(stranger, { kind: 'campaign' })).toMatchObject({ action: null, ignored: 'no voting member' });
  });
});

describe('BecomeLeader', () => {
  test('needs a quorum of promises of its very ballot, and counts each member once', () => {
    const candidate = settle(step(fresh(), { kind: 'campaign' }).state);
    expect(nextInternal(candidate)).toBeNull();
    const stale = step(candidate, from(B, promise(at(9, C), B)));
    expect(stale.ignored).toBe('not my ballot');
    const twice = step(candidate, from(A, promise(at(1, A), A)));
    expect(twice.ignored).toBe('counted before');
    const stranger = step(candidate, from('r9.x', promise(at(1, A), 'r9.x')));
    expect(stranger.ignored).toBe('no voting member');
    const counted = step(candidate, from(B, promise(at(1, A), B)));
    expect(counted).toMatchObject({ action: null, effects: [] });
    const t = internal(counted.state);
    expect(t.action).toMatchObject({ name: 'BecomeLeader', ballot: at(1, A), made: [], released: [] });
    expect(t.action?.from).toEqual([`${A}/1/0/1`, `${B}/1/7/0`]);
    expect(t.state).toMatchObject({ role: 'leader', promised: at(1, A), seq: counted.state.seq + 1 });
    expect(internal(t.state).action).toMatchObject({ name: 'Announce', upTo: 0, ballot: at(1, A) });
  });
});

describe('Propose', () => {
  test('sends Accept at once and holds its own Accepted', () => {
    const t = step(leader(), { kind: 'propose', value: X });
    expect(t.action).toMatchObject({ name: 'Propose', slot: 1, value: X, ballot: at(1, A) });
    expect(t.action?.from).toHaveLength(2);
    expect(kinds(t)).toEqual(['append', 'Accept']);
    expect(t.action?.released).toEqual([t.action?.made[0]]);
    expect(sent(step(t.state, { kind: 'persist', count: 1 }))).toMatchObject([
      { to: A, message: { type: 'Accepted', slot: 1, from: A, id: t.action?.made[1] } },
    ]);
  });

  test('proposes what is reported, and a no-op in a hole, before any client value', () => {
    const state = leader([report(1, 5, B, X), report(3, 6, C, Y)]);
    expect(state.accepted.get(1)?.value).toEqual(X);
    expect(state.accepted.get(2)?.value).toEqual(NOOP);
    expect(state.accepted.get(3)?.value).toEqual(Y);
    const next = step(state, { kind: 'propose', value: X });
    expect(next.action).toMatchObject({ slot: 4 });
  });

  test('takes the highest of several reports of a slot, computed when the slot is proposed', () => {
    const candidate = settle(step(fresh(), { kind: 'campaign' }).state);
    const low = step(candidate, from(B, promise(at(1, A), B, [report(1, 2, B, X)]))).state;
    const both = step(low, from(C, promise(at(1, A), C, [report(1, 3, B, Y)]))).state;
    expect(settle(both).accepted.get(1)?.value).toEqual(Y);
  });

  test('keeps at most alpha slots open', () => {
    let state = leader();
    for (let i = 0; i < 4; i++) state = step(state, { kind: 'propose', value: X }).state;
    expect(step(state, { kind: 'propose', value: X })).toMatchObject({
      action: null,
      ignored: 'window full',
    });
    const one = settle(step(settle(state), from(B, accepted(at(1, A), 1, B))).state);
    expect(step(one, { kind: 'propose', value: X }).action).toMatchObject({ slot: 5 });
  });

  test('not while too many steps wait for the disk, though the others are a quorum', () => {
    let state = leader();
    for (let slot = 1; slot <= UNSYNCED_LIMIT; slot++) {
      const proposed = step(state, { kind: 'propose', value: X }).state;
      const votes = [B, C].map((member) => from(member, accepted(at(1, A), slot, member)));
      state = internal(run(proposed, ...votes).state).state;
    }
    expect([state.prefix, state.unsynced.length]).toEqual([UNSYNCED_LIMIT, UNSYNCED_LIMIT]);
    const propose = { kind: 'propose', value: X } as const;
    expect(step(state, propose)).toMatchObject({
      action: null,
      ignored: 'too many steps wait for the disk',
    });
    const synced = step(state, { kind: 'persist', count: 1 }).state;
    expect(step(synced, propose).action).toMatchObject({ slot: UNSYNCED_LIMIT + 1 });
  });

  test('not in a slot that a counted promise reports as known: catches up first', () => {
    const state = leader([], 2);
    expect(step(state, { kind: 'propose', value: X }).ignored).toBe('catching up');
    const entries = {
      type: 'Entries',
      id: `${B}/1/8/0`,
      first: 1,
      values: [X, Y],
      learnt: at(1, A),
    } as const;
    const caughtUp = step(state, from(B, entries)).state;
    expect(internal(caughtUp).action).toMatchObject({ name: 'Announce', upTo: 2 });
    expect(step(caughtUp, { kind: 'propose', value: X }).action).toMatchObject({ slot: 3 });
  });

  test('a late promise with a report above what was proposed is heeded', () => {
    const proposed = step(leader(), { kind: 'propose', value: X }).state;
    const late = step(proposed, from(C, promise(at(1, A), C, [report(2, 7, B, Y)]))).state;
    expect(step(late, { kind: 'propose', value: X }).ignored).toBe('reported slots come first');
    expect(internal(late).action).toMatchObject({ name: 'Propose', slot: 2, value: Y });
  });

  test('is not for a follower or a candidate', () => {
    const candidate = step(fresh(), { kind: 'campaign' }).state;
    expect(step(fresh(), { kind: 'propose', value: X }).ignored).toBe('not the leader');
    expect(step(candidate, { kind: 'propose', value: X }).ignored).toBe('not the leader');
  });
});

describe('Choose', () => {
  test('needs a quorum of votes of this ballot, goes slot by slot, and says Chosen', () => {
    let state = leader();
    for (const value of [X, Y]) state = settle(step(state, { kind: 'propose', value }).state);
    const second = step(state, from(B, accepted(at(1, A), 2, B))).state;
    expect(nextInternal(second)).toBeNull();
    const first = step(second, from(C, accepted(at(1, A), 1, C))).state;
    const t = internal(first);
    expect(t.action).toMatchObject({ name: 'Choose', slot: 1, from: expect.arrayContaining([`${C}/1/9/1`]) });
    expect(t.action?.from).toHaveLength(2);
    expect(sent(t)).toMatchObject([{ to: 'peers', message: { type: 'Chosen', upTo: 1, ballot: at(1, A) } }]);
    expect(t.state).toMatchObject({ prefix: 1, learnt: at(1, A), applied: 0 });
    expect(settle(t.state)).toMatchObject({ prefix: 2, applied: 2 });
  });

  test('does not count votes of another ballot, for a slot not open, or twice', () => {
    const state = settle(step(leader(), { kind: 'propose', value: X }).state);
    expect(step(state, from(B, accepted(at(2, C), 1, B))).ignored).toBe('not my ballot');
    expect(step(state, from(B, accepted(at(1, A), 2, B))).ignored).toBe('slot not open');
    expect(step(state, from(A, accepted(at(1, A), 1, A))).ignored).toBe('counted before');
    expect(step(state, from('r9.x', accepted(at(1, A), 1, 'r9.x'))).ignored).toBe('no voting member');
  });

  test('does not count its own vote before it is synced', () => {
    const open = step(leader(), { kind: 'propose', value: X }).state;
    const t = step(open, from(B, accepted(at(1, A), 1, B))).state;
    expect(nextInternal(t)).toBeNull();
    expect(settle(t).prefix).toBe(1);
  });

  test('with the planted fault: is content with one vote less', () => {
    const faulty = settle(step(fresh(A, { chooseWithoutQuorum: true }), { kind: 'campaign' }).state);
    const leads = settle(step(faulty, from(B, promise(at(1, A), B))).state);
    expect(settle(step(leads, { kind: 'propose', value: X }).state).prefix).toBe(1);
  });
});

describe('HandleReject', () => {
  const reject = (round: number) => from(B, { type: 'Reject', id: `${B}/1/5/0`, ballot: at(round, C) });
  test('a higher promise ends the attempt, and its round is remembered', () => {
    const t = step(leaderWith(1), reject(6));
    expect(t.action).toMatchObject({ name: 'HandleReject', ballot: at(6, C), from: [`${B}/1/5/0`] });
    expect(t.state).toMatchObject({ role: 'follower', attempt: null, promised: at(1, A), prefix: 1 });
    expect(step(t.state, { kind: 'campaign' }).state.promised).toEqual(at(7, A));
  });

  test('a stale one is ignored', () => {
    const again = settle(run(leader(), { kind: 'campaign' }, { kind: 'campaign' }).state);
    expect(step(again, reject(2)).ignored).toBe('not above my ballot');
    expect(step(fresh(), reject(6)).ignored).toBe('nothing was asked');
  });
});
