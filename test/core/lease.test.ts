/** Of leases what test/rules/leases.test.ts leaves out. */
import { describe, expect, test } from 'vitest';
import { marginMs, step, type State } from '../../src/core/index.js';
import type { Message } from '../../src/core/messages.js';
import type { Input } from '../../src/core/step-types.js';
import { A, at, B, BIRTH, C, fresh, from, leader, prepare, settle } from './cast.js';

const birth = { ...BIRTH, leaseMs: 400, driftPerMille: 10 };
const take = (state: State, ...inputs: readonly Input[]): State =>
  inputs.reduce((now, input) => step(now, input).state, state);
const tick = (now: number): Input => ({ kind: 'tick', now });
const lead = (): State => take({ ...leader(), birth }, tick(100));
const request = (round: number, when: number): Message => ({
  ...{ type: 'LeaseRequest', id: `${A}/1/3/0`, ballot: at(round, A), at: when },
});

describe('the master lease', () => {
  test('its margin is even, as that of the spec, and covers the drift and the rounding', () => {
    for (const leaseMs of [100, 399, 400, 1_000]) {
      const margin = marginMs({ leaseMs, driftPerMille: 10 });
      expect(margin % 2).toBe(0);
      expect(leaseMs - margin).toBeLessThanOrEqual((leaseMs * 990) / 1_010 - 10);
    }
  });

  test('is asked for by a leader alone, and in no cell without leases', () => {
    expect(step(lead(), { kind: 'ask lease' }).action?.name).toBe('AskLease');
    expect(step({ ...lead(), birth: BIRTH }, { kind: 'ask lease' }).ignored).toBe('no leases in this cell');
    expect(step(take({ ...fresh(B), birth }, tick(1)), { kind: 'ask lease' }).ignored).toBe('not the leader');
  });

  test('is granted to the ballot that is promised, once that is durable', () => {
    const state = lead();
    expect(step(state, from(A, request(1, 90))).action?.name).toBe('GrantLease');
    expect(step(state, from(A, request(7, 90))).action).toBeNull();
    const asked = step({ ...state, role: 'follower', attempt: null }, from(C, prepare(at(2, C))));
    const late = { ...request(2, 90), ballot: at(2, C) } as Message;
    expect(asked.state.promised).toEqual(at(2, C));
    expect(step(asked.state, from(C, late)).action, 'not yet synced').toBeNull();
    expect(step(settle(asked.state), from(C, late)).action?.name).toBe('GrantLease');
  });

  test('a release drops the grant of its ballot, and no other', () => {
    const granted = take(lead(), from(A, request(1, 90)));
    expect(granted.lease.lent).toMatchObject({ ballot: at(1, A), until: 500 });
    const release = (round: number): Input => from(A, { type: 'Release', id: 'x', ballot: at(round, A) });
    expect(take(granted, release(7)).lease.lent).not.toBeNull();
    expect(take(granted, release(1)).lease.lent).toBeNull();
  });

  test('of the grants of a member the latest counts', () => {
    const grant = (when: number): Input =>
      from(B, { type: 'Grant', id: `${B}/1/5/${when}`, ballot: at(1, A), from: B, at: when });
    const state = take(lead(), grant(90), grant(80));
    expect(state.attempt?.grants.get(B)?.at).toBe(90);
    expect(step(state, grant(80)).ignored).toBe('counted before');
  });

  test('a clock is read forwards', () => {
    expect(step(lead(), tick(100)).ignored).toBe('no later reading');
    expect(step(lead(), tick(101)).action?.name).toBe('Tick');
  });
});
