import { describe, expect, test } from 'vitest';
import { configurationOf, type State, type Transition } from '../../src/core/index.js';
import {
  assertStep,
  InvariantViolated,
  STATE_INVARIANTS,
  STEP_INVARIANTS,
} from '../../src/core/invariants.js';
import { CellScan, scanState } from '../../src/core/scan.js';
import type { Message } from '../../src/core/messages.js';
import { emptySlots, withSlot } from '../../src/core/slot-map.js';
import { quietly, to } from '../../src/core/transition.js';
import {
  A,
  accept,
  accepted,
  at,
  B,
  C,
  fresh,
  leader,
  leaderWith,
  prepare,
  promise,
  run,
  from,
  X,
  Y,
} from './cast.js';

const SPEC = [
  'Agreement',
  'AppliedIsKnown',
  'ChosenOnce',
  'CutIsCut',
  'NothingLost',
  'OneValue',
  'PrepareIsDurable',
  'PromiseIsDurable',
  'TypeOK',
  'VoteIsDurable',
];
const violated = (before: State, after: Transition): string | null => {
  try {
    assertStep(before, after);
    return null;
  } catch (error) {
    return error instanceof InvariantViolated ? error.invariant : String(error);
  }
};
const says = (state: State, message: Message): Transition =>
  quietly(state, [{ kind: 'send', outgoing: to(B, message) }]);

describe('the assertions that are always on', () => {
  test('bear names of the invariants of the spec', () => {
    for (const { name } of [...STATE_INVARIANTS, ...STEP_INVARIANTS]) expect(SPEC).toContain(name);
  });

  const state = leaderWith(2);
  const bad: [string, string, State][] = [
    ['TypeOK', 'a prefix beyond what is known', { ...state, prefix: 3 }],
    ['TypeOK', 'a leader without an attempt', { ...state, attempt: null }],
    ['TypeOK', 'known slots learnt at no ballot', { ...state, learnt: null }],
    ['AppliedIsKnown', 'more applied than known', { ...state, applied: 3 }],
    ['OneValue', 'a leader in the ballot of another', { ...state, promised: at(1, B) }],
    ['Agreement', 'a leader that learnt above its ballot', { ...state, learnt: at(2, B) }],
    ['PromiseIsDurable', 'a promise that no record carries', { ...state, promised: at(2, A) }],
  ];
  test.each(bad)('%s: %s', (name, _what, wrong) => {
    expect(violated(state, quietly(state))).toBeNull();
    expect(violated(state, quietly(wrong))).toBe(name);
  });

  test('look at each step', () => {
    expect(violated({ ...state, promised: at(9, B) }, quietly(state))).toBe('PromiseIsDurable');
    expect(violated(state, quietly(leaderWith(1)))).toBe('Agreement');
    expect(violated(state, says(state, prepare(at(2, A))))).toBe('PrepareIsDurable');
    expect(violated(state, says(state, promise(at(2, A), A)))).toBe('PrepareIsDurable');
    expect(violated(state, says(state, accepted(at(2, A), 1, A)))).toBe('VoteIsDurable');
    expect(violated(state, says(state, accepted(at(1, A), 2, A)))).toBeNull();
    const open = run(leader(), { kind: 'propose', value: X }).state;
    expect(violated(open, says(open, accepted(at(1, A), 1, A)))).toBe('VoteIsDurable');
    const chosen = quietly(open);
    const action = { name: 'Choose', ballot: at(1, A), slot: 1, from: [], made: [], released: [] } as const;
    expect(violated(open, { ...chosen, action })).toBe('ChosenOnce');
  });

  test('a vote may not be replaced by one of the same ballot', () => {
    const voted = run(fresh(), from(B, accept(at(1, B), 1, X)));
    expect(violated(fresh(), voted)).toBeNull();
    expect(violated(voted.state, voted)).toBe('VoteIsDurable');
  });

  test('are silent where a fault is planted, so that others must notice', () => {
    const faulty = { ...leaderWith(1), faults: { ...state.faults, holdNothing: true } };
    expect(violated(faulty, quietly({ ...faulty, applied: 9 }))).toBeNull();
  });
});

describe('the scan of a cell', () => {
  const disk = fresh();
  const idle = { member: A, memory: fresh(), disk };
  const names = (scan: CellScan, ...sites: Parameters<CellScan['violations']>[0]): string[] =>
    scan.violations(sites).map(({ invariant }) => invariant);
  const scanOf = (...messages: Message[]): CellScan => {
    const scan = new CellScan((slot) => configurationOf(disk, slot));
    for (const message of messages) scan.left(message);
    return scan;
  };

  test('sees what left before it was durable', () => {
    expect(names(scanOf(), idle)).toEqual([]);
    expect(names(scanOf(prepare(at(1, A))), idle)).toEqual(['PrepareIsDurable']);
    expect(names(scanOf(promise(at(1, B), A)), idle)).toEqual(['PromiseIsDurable']);
    const vote = accepted(at(1, B), 1, A);
    expect(names(scanOf(vote), idle)).toEqual(['PromiseIsDurable', 'VoteIsDurable']);
    expect(names(scanOf(vote), { ...idle, disk: { ...disk, promised: at(1, B) } })).toEqual([
      'VoteIsDurable',
    ]);
  });

  test('sees two values of one ballot, and another value above a chosen one', () => {
    const ballot = at(1, A);
    expect(names(scanOf(accept(ballot, 1, X), accept(ballot, 1, X)))).toEqual([]);
    expect(names(scanOf(accept(ballot, 1, X), accept(ballot, 1, Y)))).toEqual(['OneValue']);
    const votes = [accepted(ballot, 1, A), accepted(ballot, 1, B)];
    const late = accept(at(2, B), 1, Y);
    expect(names(scanOf(accept(ballot, 1, X), ...votes, late))).toEqual(['ChosenOnce']);
    expect(names(scanOf(late, ...votes, accept(ballot, 1, X)))).toEqual(['ChosenOnce']);
    expect(names(scanOf(accept(ballot, 1, X), accepted(ballot, 1, A), late))).toEqual([]);
    expect(names(scanOf(accept(ballot, 1, X), ...votes, accept(at(2, B), 1, X)))).toEqual([]);
  });

  test('sees a ballot that is campaigned for twice, and what is said or counted too early', () => {
    const twice = { ...prepare(at(1, A)), id: 'again' };
    expect(names(scanOf(prepare(at(1, A)), prepare(at(1, A))))).toEqual([]);
    expect(names(scanOf(prepare(at(1, A)), twice))).toEqual(['OneValue']);
    const says = { type: 'Chosen', id: 'c', ballot: at(1, A), upTo: 1 } as const;
    const votes = [accept(at(1, A), 1, X), accepted(at(1, A), 1, B), accepted(at(1, A), 1, C)];
    expect(names(scanOf(...votes, says))).toEqual([]);
    expect(names(scanOf(...votes.slice(0, 2), says))).toEqual(['KnownIsChosen']);
    const open = run(leader(), { kind: 'propose', value: X }).state;
    const counting = run(open, from(B, accepted(at(1, A), 1, B))).state;
    const memory = { ...idle, disk: { ...disk, promised: at(1, A) }, memory: counting };
    expect(names(scanOf(accept(at(1, A), 1, X)), memory)).toEqual(['KnownIsChosen']);
    expect(names(scanOf(...votes.slice(0, 2)), memory)).toEqual([]);
  });

  test('sees replicas that disagree, be they down, and slots that only seem known', () => {
    const knows = (value: typeof X): State => ({
      ...fresh(),
      known: withSlot(emptySlots<typeof X>(), 1, value),
      prefix: 1,
    });
    const other = { member: B, memory: null, disk: knows(Y) };
    const chosen = [accept(at(1, A), 1, X), accepted(at(1, A), 1, B), accepted(at(1, A), 1, C)];
    expect(names(scanOf(...chosen), { ...idle, memory: knows(X) })).toEqual([]);
    expect(names(scanOf(...chosen), { ...idle, memory: knows(X) }, other)).toContain('Agreement');
    expect(names(scanOf(...chosen), other)).toContain('KnownIsChosen');
    expect(names(scanOf(...chosen.slice(0, 2)), { ...idle, memory: knows(X) })).toEqual(['KnownIsChosen']);
    expect(scanState({ ...fresh(), prefix: 1 }).map(({ invariant }) => invariant)).toContain('TypeOK');
    expect(scanState({ ...fresh(), applied: 1 }).map(({ invariant }) => invariant)).toEqual([
      'AppliedIsKnown',
    ]);
  });
});
