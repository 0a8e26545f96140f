import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { step, type State } from '../../src/core/index.js';
import type { Message } from '../../src/core/messages.js';
import type { Input, Internal } from '../../src/core/step-types.js';
import {
  A,
  accept,
  accepted,
  at,
  B,
  BIRTH,
  C,
  fresh,
  from,
  leader,
  leaderWith,
  prepare,
  promise,
  X,
} from './cast.js';
import { holds, RUN, runWorld } from './seeded.js';
import { durableOf } from './world.js';

const FILE = 'test/core/step.test.ts';

const frozen = (state: State): unknown => [durableOf(state), JSON.stringify(state.unsynced), state.seq];

describe('step', () => {
  const malformed: [string, string, Message][] = [
    ['a Prepare of another', C, prepare(at(1, B))],
    ['an Accept of another', C, accept(at(1, B), 1)],
    ['a Promise in the name of another', C, promise(at(1, A), B)],
    ['an Accepted in the name of another', C, accepted(at(1, A), 1, B)],
    ['slot 0', B, accept(at(1, B), 0)],
    ['a slot that is no integer', B, accept(at(1, B), 1.5)],
    ['round 0', B, prepare(at(0, B))],
    ['a first slot below 1', B, prepare(at(1, B), 0)],
    ['entries from slot 0 on', B, { type: 'Entries', id: 'x', first: 0, values: [X], learnt: at(1, B) }],
    ['a Chosen below 0', B, { type: 'Chosen', id: 'x', ballot: at(1, B), upTo: -1 }],
    ['a question from slot 0 on', B, { type: 'CatchUp', first: 0 }],
  ];

  test.each(malformed)('ignores %s with a reason', (_what, sender, message) => {
    const state = leader();
    const t = step(state, from(sender, message));
    expect(t).toMatchObject({ action: null, effects: [] });
    expect(t.ignored).toMatch(/^malformed/);
    expect(t.state).toBe(state);
  });

  test('ignores its own messages, but for the Promise and the Accepted that it counts', () => {
    expect(step(fresh(), from(A, prepare(at(1, A)))).ignored).toBe('my own message');
    expect(step(fresh(), from(A, accept(at(1, A), 1))).ignored).toBe('my own message');
    expect(step(fresh(), from(A, promise(at(1, A), A))).ignored).toBe('not my ballot');
  });

  test('ignores internal actions that are not enabled', () => {
    const names: Internal[] = [
      { name: 'BecomeLeader' },
      { name: 'Announce' },
      { name: 'Choose', slot: 1 },
      { name: 'Choose', slot: 2 },
      { name: 'Propose', slot: 1 },
      { name: 'Apply', slot: 1 },
    ];
    for (const internal of names)
      expect(step(fresh(), { kind: 'internal', internal })).toMatchObject({ action: null, state: fresh() });
  });

  test('never throws, whatever message comes', () => {
    const ballot = fc.record({
      round: fc.integer({ min: -1, max: 4 }),
      member: fc.constantFrom(...BIRTH.members),
    });
    const slot = fc.integer({ min: -1, max: 6 });
    const id = fc.constant('x/1/1/0');
    const member = fc.constantFrom(...BIRTH.members, 'r9.x');
    const votes = fc.array(fc.tuple(slot, fc.record({ ballot, value: fc.constant(X) })), { maxLength: 2 });
    const type = <T extends string>(name: T): fc.Arbitrary<T> => fc.constant(name);
    const message: fc.Arbitrary<Message> = fc.oneof(
      fc.record({ type: type('Prepare'), id, ballot, first: slot }),
      fc.record({ type: type('Promise'), id, ballot, from: member, accepted: votes, prefix: slot }),
      fc.record({ type: type('Accept'), id, ballot, slot, value: fc.constant(X) }),
      fc.record({ type: type('Accepted'), id, ballot, slot, from: member }),
      fc.record({ type: type('Chosen'), id, ballot, upTo: slot }),
      fc.record({ type: type('Entries'), id, first: slot, values: fc.constant([X, X]), learnt: ballot }),
      fc.record({ type: type('Reject'), id, ballot }),
      fc.record({ type: type('CatchUp'), first: slot }),
    );
    const property = fc.property(fc.array(fc.tuple(member, message), { maxLength: 30 }), (mail) => {
      let state = leaderWith(2);
      for (const [sender, one] of mail) {
        const t = step(state, from(sender, one));
        expect(t.action === null || t.ignored === undefined).toBe(true);
        state = t.state;
      }
    });
    holds(FILE, property, 500);
  });

  test('is a function: same state, same input, same transition; and it leaves the state alone', () => {
    const property = fc.property(RUN, (run) => {
      for (const { memory } of runWorld(run).sites) {
        if (memory === null) continue;
        const inputs: Input[] = [
          { kind: 'campaign' },
          { kind: 'heartbeat' },
          { kind: 'propose', value: X },
          from(memory.self === B ? C : B, prepare(at(99, memory.self === B ? C : B))),
        ];
        const before = frozen(memory);
        for (const input of inputs) expect(step(memory, input)).toEqual(step(memory, input));
        expect(frozen(memory)).toEqual(before);
      }
    });
    holds(FILE, property, 60);
  });
});
