import { describe, expect, test } from 'vitest';
import { marginMs } from '../../src/core/lease.js';
import { readBlocked } from '../../src/core/reads.js';
import { initialState, step, type Faults, type State } from '../../src/core/index.js';
import type { Input } from '../../src/core/step-types.js';
import { A, at, B, BIRTH, C, from, leader, prepare, settle } from './cast.js';

const L = 400;
const birth = { ...BIRTH, leaseMs: L, driftPerMille: 10 };
const take = (state: State, ...inputs: readonly Input[]): State =>
  inputs.reduce((now, input) => step(now, input).state, state);
const grant = (when: number, member = B): Input =>
  from(member, { type: 'Grant', id: `${member}/1/5/${when}`, ballot: at(1, A), from: member, at: when });
const tick = (now: number): Input => ({ kind: 'tick', now });

/** A leads 1@A at time 100, asked then, and granted to itself; B's grant is counted. */
function master(faults: Partial<Faults> = {}): State {
  const lead: State = { ...leader(), birth };
  const asked = step(take({ ...lead, faults: { ...lead.faults, ...faults } }, tick(100)), {
    kind: 'ask lease',
  });
  let state = asked.state;
  for (const effect of asked.effects) {
    if (effect.kind !== 'send' || effect.outgoing.to !== A) continue;
    const granted = step(state, from(A, effect.outgoing.message));
    state = granted.state;
    for (const own of granted.effects)
      if (own.kind === 'send') state = take(state, from(A, own.outgoing.message));
  }
  return take(state, grant(100));
}

describe('the master lease', () => {
  test('rule 2: the holder counts from its send time, and stops early by the margin', () => {
    const state = master();
    const end = 100 + L - marginMs(birth);
    expect(marginMs(birth) % 2).toBe(0);
    expect(step(take(state, tick(end - 1)), { kind: 'read' }).action?.name).toBe('ReadLocally');
    expect(step(take(state, tick(end)), { kind: 'read' }).ignored).toBe('no lease');
    const mistaken = take(master({ leaseWithoutMargin: true }), tick(end));
    expect(step(mistaken, { kind: 'read' }).action?.name).toBe('ReadLocally');
  });

  test('rule 2: who granted promises no other member until L has passed on its own clock', () => {
    const state = master();
    const other = from(C, prepare(at(2, C)));
    expect(step(take(state, tick(100 + L - 1)), other).action).toBeNull();
    expect(step(take(state, tick(100 + L)), other).action?.name).toBe('HandlePrepare');
    const mistaken = take(master({ grantsIgnored: true }), tick(101));
    expect(step(mistaken, other).action?.name).toBe('HandlePrepare');
  });

  test('rule 3: without a quorum of grants there is no lease', () => {
    const lead: State = take({ ...leader(), birth }, tick(100), { kind: 'ask lease' }, grant(100));
    expect(readBlocked(lead)).toBe('no lease');
    expect(readBlocked({ ...lead, faults: { ...lead.faults, readsWithoutLease: true } })).toBeNull();
  });

  test('rule 1: nothing is read before what the counted promises report is executed', () => {
    const state = master();
    const attempt = state.attempt === null ? null : { ...state.attempt, reported: state.applied + 1 };
    expect(readBlocked({ ...state, attempt })).toBe('before the read barrier');
    const faults = { ...state.faults, barrierSkipped: true };
    expect(readBlocked({ ...state, attempt, faults })).toBeNull();
  });

  test('rule 4: a restarted acceptor promises nobody for L', () => {
    const again = initialState(B, 2, birth);
    const asked = from(C, prepare(at(2, C)));
    expect(step(take(again, tick(L - 1)), asked).action).toBeNull();
    expect(step(take(again, tick(L)), asked).action?.name).toBe('HandlePrepare');
    const mistaken = initialState(B, 2, birth, { grantsForgotten: true });
    expect(step(take(mistaken, tick(1)), asked).action?.name).toBe('HandlePrepare');
  });

  test('rule 5: after a jump of the clock nothing that was granted before counts', () => {
    expect(readBlocked(take(master(), { kind: 'distrust clock' }))).toBe('no lease');
    expect(readBlocked(take(master({ clockTrusted: true }), { kind: 'distrust clock' }))).toBeNull();
  });

  test('rule 9: after a release nothing is read in the ballot, and only its grant is dropped', () => {
    const release: Input = { kind: 'release lease' };
    const released = take(master(), release);
    expect(readBlocked(released)).toBe('no lease');
    const dropped = take(released, from(A, { type: 'Release', id: 'x', ballot: at(1, A) }));
    expect(dropped.lease.lent).toBeNull();
    expect(settle(dropped).role).toBe('leader');
    const late = from(A, { type: 'Release', id: 'x', ballot: at(7, A) });
    expect(take(released, late).lease.lent).not.toBeNull();
  });
});
