import { describe, expect, test } from 'vitest';
import { nextInternal, step, type State } from '../../src/core/index.js';
import { ENTRIES_BYTES, ENTRIES_SLOTS } from '../../src/core/learner.js';
import type { Ballot, Slot, Value } from '../../src/core/types.js';
import {
  A,
  accept,
  at,
  B,
  C,
  fresh,
  from,
  kinds,
  leader,
  leaderWith,
  run,
  sent,
  settle,
  X,
  Y,
} from './cast.js';
import { batch } from './world.js';

const chosen = (ballot: Ballot, upTo: Slot) =>
  from(ballot.member, { type: 'Chosen', id: `${ballot.member}/1/20/0`, ballot, upTo });
const entries = (first: Slot, values: readonly Value[], learnt = at(1, B), by = B) =>
  from(by, { type: 'Entries', id: `${by}/1/30/0`, first, values, learnt });
const catchUp = (first: Slot) => from(C, { type: 'CatchUp', first });

/** Votes of 1@B in the slots given. */
const voted = (...slots: Slot[]): State =>
  slots.reduce(
    (state, slot) => settle(step(state, from(B, accept(at(1, B), slot, batch(slot)))).state),
    fresh(),
  );

describe('HandleChosen', () => {
  test('learns what it voted for at that very ballot', () => {
    const t = step(voted(1, 2, 3), chosen(at(1, B), 2));
    expect(t.action).toMatchObject({
      name: 'HandleChosen',
      ballot: at(1, B),
      upTo: 2,
      from: [`${B}/1/20/0`],
    });
    expect(t.state).toMatchObject({ prefix: 2, learnt: at(1, B) });
    expect(t.state.known.toArray()).toEqual([
      [1, batch(1)],
      [2, batch(2)],
    ]);
    expect(kinds(t)).toEqual(['heard']);
  });

  test('stops at a hole and asks the leader for the rest', () => {
    const t = step(voted(1, 3), chosen(at(1, B), 3));
    expect(t.state.prefix).toBe(1);
    expect(sent(t)).toEqual([{ to: B, message: { type: 'CatchUp', first: 2 } }]);
  });

  test('learns nothing from a vote of another ballot', () => {
    const t = step(voted(1), chosen(at(2, C), 1));
    expect(t).toMatchObject({ action: null, state: { prefix: 0 } });
    expect(sent(t)).toEqual([{ to: C, message: { type: 'CatchUp', first: 1 } }]);
  });

  test('a repeated one is no event, and shows that the leader lives', () => {
    const known = step(voted(1), chosen(at(1, B), 1)).state;
    const t = step(known, chosen(at(1, B), 1));
    expect(t).toMatchObject({ action: null, effects: [{ kind: 'heard', leader: B }] });
    expect(t.state).toEqual(known);
  });

  test('one of a lower ballot than promised teaches, and is no sign of a leader', () => {
    const promised = step(voted(1), from(C, accept(at(5, C), 9))).state;
    const t = step(promised, chosen(at(1, B), 1));
    expect(t.state.prefix).toBe(1);
    expect(kinds(t)).toEqual([]);
  });

  test('one of a lower ballot from who lacks slots is answered by asking for what lies behind', () => {
    const promised = step(step(fresh(), entries(1, [X, Y])).state, from(C, accept(at(5, C), 9))).state;
    const t = step(promised, chosen(at(1, B), 1));
    expect(t.action).toBeNull();
    expect(sent(t)).toEqual([{ to: B, message: { type: 'CatchUp', first: 3 } }]);
    expect(sent(step(promised, chosen(at(1, B), 2)))).toEqual([]);
  });

  test('deposes a leader of a lower ballot', () => {
    const t = step(leader(), chosen(at(2, B), 0));
    expect(t.action).toMatchObject({ name: 'HandleChosen', upTo: 0 });
    expect(t.state).toMatchObject({ role: 'follower', attempt: null, promised: at(1, A) });
  });
});

describe('SendEntries', () => {
  test('answers with the known values from the slot asked for on', () => {
    const t = step(leaderWith(3), catchUp(2));
    expect(t.action).toMatchObject({ name: 'SendEntries', first: 2, last: 3, from: [] });
    expect(sent(t)).toMatchObject([
      { to: C, message: { type: 'Entries', first: 2, values: [batch(2), batch(3)], learnt: at(1, A) } },
    ]);
    expect(t.action?.released).toEqual(t.action?.made);
  });

  test('asks who asks beyond what is known, and a deposed leader follows by the answer', () => {
    const asks = step(leaderWith(1), catchUp(4));
    expect(asks.action).toBeNull();
    expect(sent(asks)).toEqual([{ to: C, message: { type: 'CatchUp', first: 2 } }]);
    const taught = step(asks.state, entries(2, [X, Y], at(2, B), C));
    expect(taught.state).toMatchObject({ prefix: 3, role: 'follower', attempt: null });
  });

  test('ignores a question for what it does not know', () => {
    expect(step(fresh(), catchUp(1)).ignored).toBe('nothing known there');
    expect(step(leaderWith(1), catchUp(2)).ignored).toBe('nothing known there');
  });

  test('is bounded in slots and in bytes, and sends at least one', () => {
    const many = Array.from({ length: ENTRIES_SLOTS + 9 }, (_, i) => batch(i));
    const full = step(fresh(), entries(1, many)).state;
    expect(step(full, catchUp(1)).action).toMatchObject({ first: 1, last: ENTRIES_SLOTS });
    const heavy = {
      kind: 'batch',
      epoch: 0,
      commands: [{ id: 'h', op: new Uint8Array(ENTRIES_BYTES - 9) }],
    } as const;
    const fat = step(fresh(), entries(1, [heavy, heavy, X])).state;
    expect(step(fat, catchUp(1)).action).toMatchObject({ first: 1, last: 1 });
    expect(step(fat, catchUp(2)).action).toMatchObject({ first: 2, last: 3 });
  });
});

describe('HandleCatchUp', () => {
  test('writes known entries to the log, never votes', () => {
    const t = step(fresh(), entries(1, [X, Y]));
    expect(t.action).toMatchObject({ name: 'HandleCatchUp', first: 1, last: 2, from: [`${B}/1/30/0`] });
    expect(t.state).toMatchObject({ prefix: 2, learnt: at(1, B), promised: null });
    expect(t.state.accepted.size).toBe(0);
    expect(t.effects).toEqual([
      {
        kind: 'append',
        held: [],
        record: {
          event: { start: 1, seq: 0 },
          promised: null,
          prefix: 2,
          learnt: at(1, B),
          body: { kind: 'known', first: 1, values: [X, Y] },
        },
      },
    ]);
  });

  test('takes of an overlap what is new, and nothing beyond a gap', () => {
    const one = step(fresh(), entries(1, [X])).state;
    expect(step(one, entries(1, [X, Y])).action).toMatchObject({ first: 2, last: 2 });
    expect(step(one, entries(3, [Y])).ignored).toBe('entries beyond a gap');
    expect(step(one, entries(1, [X])).ignored).toBe('known before');
    expect(step(one, entries(2, [])).ignored).toBe('known before');
  });

  test('deposes a leader when they were learnt above its ballot', () => {
    const t = step(leader(), entries(1, [X], at(2, B)));
    expect(t.state).toMatchObject({ role: 'follower', prefix: 1, learnt: at(2, B) });
    const same = step(leader(), entries(1, [X], at(1, A)));
    expect(same.state.role).toBe('leader');
  });

  test('asks for the next chunk as long as someone has more', () => {
    const behind = step(fresh(), chosen(at(1, B), 3)).state;
    const t = step(behind, entries(1, [X, Y]));
    expect(sent(t)).toEqual([{ to: B, message: { type: 'CatchUp', first: 3 } }]);
    expect(sent(step(t.state, entries(3, [X])))).toEqual([]);
  });
});

describe('asking to catch up', () => {
  test('is done once until something comes or a heartbeat passes', () => {
    const asked = step(fresh(), chosen(at(1, B), 3)).state;
    const more = run(asked, chosen(at(1, B), 4), chosen(at(1, B), 5));
    expect(sent(more)).toEqual([]);
    expect(more.state.behind).toMatchObject({ of: B, upTo: 5, asked: 1 });
    const beat = run(more.state, { kind: 'heartbeat' });
    expect(sent(beat)).toEqual([]);
    expect(sent(step(beat.state, chosen(at(1, B), 6)))).toMatchObject([{ to: B }]);
    const second = step(beat.state, { kind: 'heartbeat' });
    expect(second.action).toBeNull();
    expect(sent(second)).toEqual([{ to: B, message: { type: 'CatchUp', first: 1 } }]);
  });

  test('goes to whoever knows most', () => {
    const asked = step(fresh(), chosen(at(1, B), 1)).state;
    const better = step(asked, chosen(at(2, C), 2)).state;
    const t = step(better, entries(1, [X]));
    expect(sent(t)).toEqual([{ to: C, message: { type: 'CatchUp', first: 2 } }]);
  });

  test('a leader that waits in vain asks all and does not lead, and speaks again after progress', () => {
    const beats = run(leader([], 2), { kind: 'heartbeat' }, { kind: 'heartbeat' }, { kind: 'heartbeat' });
    expect(kinds(beats)).toEqual(['CatchUp', 'CatchUp']);
    expect(sent(beats)).toContainEqual({ to: 'peers', message: { type: 'CatchUp', first: 1 } });
    const caughtUp = settle(step(beats.state, entries(1, [X, Y], at(1, A))).state);
    expect(kinds(step(caughtUp, { kind: 'heartbeat' }))).toEqual(['Chosen']);
  });
});

describe('Apply', () => {
  test('executes the known slots in order', () => {
    const known = step(fresh(), entries(1, [X, Y])).state;
    expect(nextInternal(known)).toEqual({ name: 'Apply', slot: 1 });
    const first = step(known, { kind: 'internal', internal: { name: 'Apply', slot: 1 } });
    expect(first.action).toMatchObject({ name: 'Apply', slot: 1, value: X });
    expect(first.effects).toEqual([{ kind: 'apply', slot: 1, value: X, epoch: 0, refused: false }]);
    const second = step(first.state, { kind: 'internal', internal: { name: 'Apply', slot: 2 } });
    expect(second.state.applied).toBe(2);
    expect(nextInternal(second.state)).toBeNull();
  });

  test('skips nothing', () => {
    const known = step(fresh(), entries(1, [X, Y])).state;
    expect(step(known, { kind: 'internal', internal: { name: 'Apply', slot: 2 } }).ignored).toBeDefined();
  });
});
