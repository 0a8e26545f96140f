import { describe, expect, test } from 'vitest';
import { recoverState, type State } from '../../src/core/index.js';
import { beginSnapshot } from '../../src/core/snapshots.js';
import type { Input } from '../../src/core/step-types.js';
import type { LogRecord, Slot, SnapshotHandle } from '../../src/core/types.js';
import { A, accept, at, B, BIRTH, C, from, fresh, leaderWith, run, settle, Y } from './cast.js';

const handle = (state: State): SnapshotHandle => ({ ...beginSnapshot(state), digest: 'd' });
const take = (snapshot: SnapshotHandle): Input => ({ kind: 'takeSnapshot', snapshot });
const install = (snapshot: SnapshotHandle): Input => ({ kind: 'installSnapshot', snapshot });
/** What another member took after slot upTo. */
const other = (upTo: Slot, round = 1): SnapshotHandle => ({
  id: `${B}/1/snapshot/${upTo}`,
  upTo,
  learnt: at(round, B),
  inForce: fresh().snapshot.inForce,
  digest: 'd',
});

describe('TakeSnapshot', () => {
  const state = leaderWith(3);

  test('cuts what it covers and can be fetched from then on', () => {
    const t = run(state, take(handle(state)));
    expect(t.action).toMatchObject({ name: 'TakeSnapshot', made: [`${A}/1/snapshot/3`] });
    expect(t.state).toMatchObject({ prefix: 3, applied: 3, snapshot: { upTo: 3 } });
    expect([t.state.accepted.size, t.state.known.size]).toEqual([0, 0]);
  });

  test('is dropped where it comes late, covers too much, or more was learnt since', () => {
    const taken = run(state, take(handle(state))).state;
    const late = { ...handle(state), upTo: 2 };
    expect(run(taken, take(late)).ignored).toBe('snapshot: a later one is there');
    expect(run(state, take({ ...handle(state), upTo: 4 })).ignored).toContain('more than was executed');
    const higher: State = { ...state, role: 'follower', attempt: null, learnt: at(9, B) };
    expect(run(higher, take(handle(state))).ignored).toContain('more was learnt');
  });

  test('a slot that it covers is never voted for again, and who asks for it is offered the snapshot', () => {
    const { state: taken } = run(state, take(handle(state)));
    expect(run(taken, from(B, accept(at(7, B), 3, Y))).ignored).toBe('in my snapshot');
    const t = run(taken, from(C, { type: 'CatchUp', first: 2 }));
    expect(t.effects).toEqual([{ kind: 'offer', to: C, snapshot: taken.snapshot }]);
    expect(t.action).toBeNull();
  });

  test('a vote that waits for its sync may be covered: its Accepted still leaves', () => {
    const voted = run(fresh(B), from(A, accept(at(1, A), 1))).state;
    const { state: installed } = run(voted, install({ ...other(2), id: `${C}/1/snapshot/2` }));
    const t = run(installed, { kind: 'persist', count: 1 });
    expect(t.effects).toMatchObject([{ kind: 'send', outgoing: { to: A, message: { type: 'Accepted' } } }]);
  });
});

describe('InstallSnapshot', () => {
  const behind = settle(run(fresh(C), from(A, accept(at(1, A), 1)), from(A, accept(at(1, A), 5, Y))).state);

  test('takes over all that it covers; the promise and votes above it stay', () => {
    const t = run(behind, install(other(4)));
    expect(t.action).toMatchObject({ name: 'InstallSnapshot', from: [`${B}/1/snapshot/4`], made: [] });
    expect(t.effects[0]).toMatchObject({ kind: 'restore', snapshot: { upTo: 4 } });
    expect(t.state).toMatchObject({ prefix: 4, applied: 4, learnt: at(1, B), promised: at(1, A) });
    expect(t.state.accepted.keysArray()).toEqual([5]);
  });

  test('is refused where it covers no more than is known', () => {
    const state = leaderWith(3);
    expect(run(state, install(other(3))).ignored).toBe('snapshot: what it covers is known');
  });

  test('a leader that learns above its own ballot follows', () => {
    const state = leaderWith(1);
    expect(run(state, install(other(9, 1))).state.role).toBe('follower');
    expect(run(state, install({ ...other(9), learnt: at(1, A) })).state.role).toBe('leader');
  });

  test('planted (installDropsSuffix): votes above it go', () => {
    const planted = { ...behind, faults: { ...behind.faults, installDropsSuffix: true } };
    expect(run(planted, install(other(4))).state.accepted.size).toBe(0);
  });
});

describe('Restart with a snapshot', () => {
  const vote = (seq: number, slot: Slot, prefix: Slot): LogRecord => ({
    event: { start: 1, seq },
    promised: at(1, A),
    prefix,
    learnt: prefix === 0 ? null : at(1, A),
    body: { kind: 'accept', slot, ballot: at(1, A), value: Y },
  });

  test('begins at the snapshot and goes on with the log, whatever that says of slots below', () => {
    const log = [vote(0, 1, 0), vote(1, 5, 1), vote(2, 6, 5)];
    const t = recoverState(C, 2, BIRTH, log, undefined, other(4));
    expect(t.action).toMatchObject({ name: 'Restart', snapshot: { upTo: 4 }, recovered: { seq: 2 } });
    expect(t.state).toMatchObject({ prefix: 5, applied: 5, learnt: at(1, B), promised: at(1, A) });
    expect([t.state.accepted.keysArray(), t.state.known.keysArray()]).toEqual([[5, 6], [5]]);
    expect(t.effects).toEqual([{ kind: 'apply', slot: 5, value: Y }]);
  });

  test('a log that was cut needs the snapshot', () => {
    expect(() => recoverState(C, 2, BIRTH, [vote(2, 6, 5)])).toThrow('slot 1 is known');
  });
});
