import { describe, expect, test } from 'vitest';
import { isRemoved, recoverState, type State } from '../../src/core/index.js';
import { beginSnapshot } from '../../src/core/snapshots.js';
import type { Input } from '../../src/core/step-types.js';
import { configurationOf, everybody } from '../../src/core/configuration.js';
import type { Change, LogRecord, Member, Slot, SnapshotHandle, Value } from '../../src/core/types.js';
import { A, accept, at, B, BIRTH, C, from, fresh, leaderWith, run, settle, X, Y } from './cast.js';

const handle = (state: State): SnapshotHandle => ({ ...beginSnapshot(state), digest: 'd' });
const take = (snapshot: SnapshotHandle): Input => ({ kind: 'takeSnapshot', snapshot });
const install = (snapshot: SnapshotHandle): Input => ({ kind: 'installSnapshot', snapshot });
/** What another member took after slot upTo. */
const other = (upTo: Slot, round = 1): SnapshotHandle => ({
  id: `${B}/1/snapshot/${upTo}`,
  upTo,
  learnt: at(round, B),
  inForce: fresh().snapshot.inForce,
  ...{ epoch: 0, marked: null },
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

describe('who governs, once the log is cut', () => {
  const D = 'r4.00000004';
  /** Changes in two slots, alpha is 4: {A, B} from slot 7 on, {B, D} from slot 14 on. */
  const change = (slot: Slot, members: readonly Member[]): Change => ({
    slot,
    configuration: {
      ...{ kind: 'configuration', id: `${slot}`, members, learners: [], addresses: {} },
    },
  });
  const [first, second] = [change(3, [A, B]), change(10, [B, D])];
  const values = (upTo: Slot): Value[] =>
    Array.from({ length: upTo }, (_, i) =>
      i + 1 === 3 ? first.configuration : i + 1 === 10 ? second.configuration : X,
    );
  const knowing = (upTo: Slot, self = A): State => {
    const entries = { type: 'Entries', id: `${B}/1/5/0`, first: 1, values: values(upTo) } as const;
    return settle(run(fresh(self), from(B, { ...entries, learnt: at(1, B) })).state);
  };
  const governs = (state: State, slot: Slot): readonly Member[] => configurationOf(state, slot).members;

  test('a handle names what governs the next alpha slots, and no more', () => {
    const of = (upTo: Slot): readonly Change[] => beginSnapshot(knowing(upTo)).inForce;
    expect([of(2), of(3), of(9)]).toEqual([[], [first], [first]]);
    // Slot 13 is governed by the first, 14 by the second.
    expect([of(10), of(12), of(13)]).toEqual([[first, second], [first, second], [second]]);
  });

  test.each([3, 6, 9, 10, 12, 13, 20])('in slot %i: the same by log, snapshot, restart, install', (upTo) => {
    const whole = knowing(upTo);
    const snapshot = handle(whole);
    const taken = run(whole, take(snapshot)).state;
    const restarted = recoverState(A, 2, BIRTH, [], undefined, snapshot).state;
    const installed = run(fresh(C), install({ ...snapshot, id: `${A}/1/snapshot/${upTo}` })).state;
    for (let slot = upTo + 1; slot <= upTo + BIRTH.alpha; slot++)
      for (const state of [taken, restarted, installed])
        expect([slot, governs(state, slot)]).toEqual([slot, governs(whole, slot)]);
    expect(handle(installed).inForce).toEqual(snapshot.inForce);
  });

  test('the epoch is the same by log, snapshot, restart and install, and so is what is refused', () => {
    const mark = (round: number): Value => ({ kind: 'mark', ballot: at(round, B) });
    const of = (epoch: number): Value => ({ kind: 'batch', epoch, commands: [] });
    const all = [mark(1), of(1), mark(2), of(1), of(2)];
    const entries = (first: Slot, upTo: Slot): Input =>
      from(B, {
        ...{ type: 'Entries', id: `${B}/1/${first}/0`, first, values: all.slice(first - 1, upTo) },
        learnt: at(2, B),
      });
    const cut = settle(run(fresh(), entries(1, 3)).state);
    const snapshot = handle(cut);
    expect([snapshot.epoch, snapshot.marked]).toEqual([2, at(2, B)]);
    const record: LogRecord = {
      ...{ event: { start: 1, seq: 0 }, promised: null, prefix: 5, learnt: at(2, B) },
      body: { kind: 'known', first: 1, values: all },
    };
    const restarted = recoverState(A, 2, BIRTH, [record], undefined, snapshot);
    const refused = restarted.effects.map((effect) => effect.kind === 'apply' && effect.refused);
    expect(refused).toEqual([true, false]);
    const installed = run(fresh(C), install({ ...snapshot, id: `${A}/1/snapshot/3` })).state;
    for (const state of [run(cut, take(snapshot)).state, installed, restarted.state])
      expect([state.epoch, state.marked]).toEqual([2, at(2, B)]);
    const after = run(installed, entries(4, 5)).state;
    const four = run(after, { kind: 'internal', internal: { name: 'Apply', slot: 4 } });
    expect(four.action).toMatchObject({ name: 'Apply', epoch: 2, refused: true });
    const five = run(four.state, { kind: 'internal', internal: { name: 'Apply', slot: 5 } });
    expect(five.action).toMatchObject({ name: 'Apply', epoch: 2, refused: false });
  });

  test('removed members hear of it for a window more, by the replica that was there', () => {
    const { state } = run(knowing(14), take(handle(knowing(14))));
    expect(everybody(state)).toEqual([A, B, D]);
    expect(isRemoved(state, A)).toBe(true);
  });

  test('a change that is known twice, by the handle and the log, counts once', () => {
    const snapshot = handle(knowing(10));
    const records: LogRecord[] = [
      {
        ...{ event: { start: 1, seq: 0 }, promised: null, prefix: 12, learnt: at(1, B) },
        body: { kind: 'known', first: 1, values: values(12) },
      },
    ];
    const { state } = recoverState(A, 2, BIRTH, records, undefined, snapshot);
    expect([state.prefix, state.changes]).toEqual([12, [first, second]]);
  });

  test('a leader that installs a snapshot drops what it proposed in the slots of it', () => {
    const leader = leaderWith(2);
    const proposing = run(leader, { kind: 'propose', value: first.configuration }).state;
    expect(proposing.attempt?.configurations).toHaveLength(1);
    const t = run(proposing, install({ ...other(9), inForce: [first], learnt: at(1, A) }));
    expect([t.state.role, t.state.attempt?.configurations]).toEqual(['leader', []]);
  });

  test('planted (installKeepsConfiguration): a new member goes by what it knew before', () => {
    const snapshot = { ...handle(knowing(20)), id: `${B}/1/snapshot/20` };
    const { state } = run(fresh(D, { installKeepsConfiguration: true }), install(snapshot));
    expect(governs(state, 21)).toEqual(BIRTH.members);
    expect(governs(run(fresh(D), install(snapshot)).state, 21)).toEqual([B, D]);
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
    expect(t.effects).toEqual([{ kind: 'apply', slot: 5, value: Y, epoch: 0, refused: false }]);
  });

  test('a log that was cut needs the snapshot', () => {
    expect(() => recoverState(C, 2, BIRTH, [vote(2, 6, 5)])).toThrow('slot 1 is known');
  });
});
