/** Configurations as values: when they govern, whose promises and votes count, who hears, who campaigns. */
import { describe, expect, it, test } from 'vitest';
import { configurationOf, isRemoved, isVoter, peersOf, step, type State } from '../../src/core/index.js';
import { lacksPromises, proposeBlocked } from '../../src/core/guards.js';
import type { Member, NamedConfiguration, Value } from '../../src/core/types.js';
import { recoverState } from '../../src/core/recover.js';
import { A, accepted, at, B, BIRTH, C, fresh, from, prepare, promise, run, settle, X } from './cast.js';

const { alpha } = BIRTH;
const D: Member = 'd.00000004';
const E: Member = 'e.00000005';

const naming = (
  members: readonly Member[],
  learners: readonly Member[] = [],
  id = 'c',
): NamedConfiguration => ({
  ...{ kind: 'configuration', id, members },
  learners: learners.map((member) => ({ member, promote: false, replaces: null })),
  addresses: {},
});

/** A leads round 1 with promises of all, and proposed these in the slots 1, 2, ... */
function leading(...values: readonly Value[]): State {
  let state = settle(run(fresh(), { kind: 'campaign' }).state);
  state = settle(run(state, from(B, promise(at(1, A), B)), from(C, promise(at(1, A), C))).state);
  for (const value of values) state = settle(run(state, { kind: 'propose', value }).state);
  return state;
}

/** The same, and all of them are chosen by A and B. */
const knowing = (...values: readonly Value[]): State => {
  const state = leading(...values);
  return settle(run(state, ...values.map((_, i) => from(B, accepted(at(1, A), i + 1, B)))).state);
};

describe('a configuration in slot c', () => {
  it('governs from c + alpha on, and what was before governs until then', () => {
    const state = knowing(X, naming([A, D]));
    expect(state.prefix).toBe(2);
    expect(configurationOf(state, 1 + alpha).members).toEqual(BIRTH.members);
    expect(configurationOf(state, 2 + alpha).members).toEqual([A, D]);
  });

  it('gives way to a later one, alpha slots behind that', () => {
    const state = knowing(naming([A, B, D]), naming([D], [], 'other'));
    expect(configurationOf(state, 1 + alpha).members).toEqual([A, B, D]);
    expect(configurationOf(state, 2 + alpha).members).toEqual([D]);
  });

  it('is there again after a restart', () => {
    const { state: back } = recoverState(A, 2, BIRTH, [
      {
        event: { start: 1, seq: 0 },
        promised: at(1, A),
        prefix: 1,
        learnt: at(1, A),
        body: { kind: 'known', first: 1, values: [naming([A, D])] },
      },
    ]);
    expect(back.changes).toEqual([{ slot: 1, configuration: naming([A, D]) }]);
  });
});

describe('a leader', () => {
  it('proposes in no slot whose members did not promise, and counts who promises late', () => {
    let state = knowing(naming([D, E]), X, X, X);
    expect(state.prefix).toBe(4);
    expect(proposeBlocked(state)).toBe('no quorum promised for the slot');
    expect(lacksPromises(state)).toEqual([D, E]);
    state = run(state, from(D, promise(at(1, A), D)), from(E, promise(at(1, A), E))).state;
    expect(proposeBlocked(state)).toBeNull();
    expect(lacksPromises(state)).toEqual([]);
  });

  it('sends its Prepare again to those that a configuration added', () => {
    const state = knowing(naming([D, E]));
    const { effects } = run(state, { kind: 'heartbeat' }, { kind: 'heartbeat' });
    const prepared = effects.flatMap((effect) =>
      effect.kind === 'send' && effect.outgoing.message.type === 'Prepare' ? [effect.outgoing.to] : [],
    );
    expect(prepared).toEqual([D, E]);
  });

  it('counts no vote of whom the configuration of the slot does not name', () => {
    const state = leading(X);
    expect(step(state, from(D, accepted(at(1, A), 1, D)))).toMatchObject({ ignored: 'no voting member' });
    // C votes in the old slots and no more in those of the new configuration.
    let later = knowing(naming([A, B, D]), X, X, X);
    later = run(later, from(D, promise(at(1, A), D))).state;
    later = settle(run(later, { kind: 'propose', value: X }).state);
    expect(step(later, from(C, accepted(at(1, A), 5, C)))).toMatchObject({ ignored: 'no voting member' });
    expect(settle(run(later, from(D, accepted(at(1, A), 5, D))).state).prefix).toBe(5);
  });

  it('speaks to members and learners of what it proposed, and to the old ones a window longer', () => {
    expect(peersOf(leading(naming([A, D], [E])))).toEqual([B, C, D, E].sort());
    expect(peersOf(knowing(naming([A, D], [E]), X, X, X))).toEqual([B, C, D, E].sort());
  });
});

describe('who is removed', () => {
  const removed = (): State => ({ ...knowing(naming([B, C]), X, X, X), role: 'follower', attempt: null });

  it('starts no ballot', () => {
    expect(isVoter(removed())).toBe(false);
    expect(step(removed(), { kind: 'campaign' })).toMatchObject({ ignored: 'no voting member', effects: [] });
  });

  it('is told when it campaigns, and disturbs nobody', () => {
    const state = removed();
    const other = { ...state, self: B };
    expect(isRemoved(other, A)).toBe(true);
    const told = step(other, from(A, prepare(at(9, A), 2)));
    expect(told.action).toMatchObject({ name: 'SendEntries', first: 2, last: 4 });
    expect(told.state.promised).toEqual(state.promised);
  });

  it('is answered while it knows as much as who is asked: it may still be needed', () => {
    const other = { ...removed(), self: B };
    expect(step(other, from(A, prepare(at(9, A), 5))).action).toMatchObject({ name: 'HandlePrepare' });
  });
});

test('who has no vote yet asks around for what it lacks, one after the other', () => {
  const state = fresh(D);
  const first = step(state, { kind: 'campaign' });
  const second = step(first.state, { kind: 'campaign' });
  const asked = [first, second].flatMap(({ effects }) =>
    effects.map((effect) => (effect.kind === 'send' ? effect.outgoing : null)),
  );
  expect(asked).toEqual([
    { to: A, message: { type: 'CatchUp', first: 1 } },
    { to: B, message: { type: 'CatchUp', first: 1 } },
  ]);
});
