import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { recoverState } from '../../src/core/index.js';
import { holds, RUN, runWorld } from './seeded.js';
import { durableOf } from './world.js';

const FILE = 'test/core/random-runs.test.ts';
const RUNS = 300;

const ACTIONS = [
  'Announce',
  'Apply',
  'BecomeLeader',
  'Campaign',
  'Choose',
  'HandleAccept',
  'HandleCatchUp',
  'HandleChosen',
  'HandlePrepare',
  'HandleReject',
  'Persist',
  'Propose',
  'Restart',
  'SendEntries',
];

describe('cores under loss, repetition, reordering, crash and restart', () => {
  test('keep every invariant of the spec, and are not idle', () => {
    const seen = new Set<string>();
    let chose = 0;
    let reproposals = 0;
    const property = fc.property(RUN, (run) => {
      const world = runWorld(run);
      for (const name of world.actions.keys()) seen.add(name);
      if (world.prefix > 0) chose += 1;
      reproposals += world.reproposals;
    });
    holds(FILE, property, RUNS);
    expect(chose).toBeGreaterThan(RUNS / 2);
    expect(reproposals).toBeGreaterThan(RUNS / 10);
    expect([...seen].sort()).toEqual(ACTIONS);
  });

  test('choose again and agree on everything once the weather is good', () => {
    const property = fc.property(RUN, fc.nat(4), (run, r) => {
      const world = runWorld(run);
      const before = world.prefix;
      world.heal(r);
      expect(world.violations()).toEqual([]);
      for (const { memory } of world.sites) {
        expect(memory?.prefix).toBe(world.prefix);
        expect(memory?.applied).toBe(world.prefix);
      }
      expect(world.prefix).toBeGreaterThan(before);
    });
    holds(FILE, property, RUNS / 3);
  });

  test('execute every slot once per start, in order and without a gap', () => {
    const property = fc.property(RUN, (run) => {
      for (const slots of runWorld(run).applied.values())
        expect(slots).toEqual(Array.from(slots, (_slot, i) => i + 1));
    });
    holds(FILE, property, RUNS / 3);
  });

  test('recover from any prefix of their log the state that was durable there', () => {
    let records = 0;
    const property = fc.property(RUN, (run) => {
      const world = runWorld(run);
      for (const { member, log, snapshots } of world.sites)
        for (let n = 1; n <= log.length; n++) {
          const { state, action } = recoverState(member, 99, world.birth, log.slice(0, n));
          expect(durableOf(state)).toEqual(snapshots[n - 1]);
          expect(action).toMatchObject({ name: 'Restart', recovered: log[n - 1]?.event });
          expect([state.role, state.applied, state.seq]).toEqual(['follower', state.prefix, 1]);
          records += 1;
        }
    });
    holds(FILE, property, RUNS / 6);
    expect(records).toBeGreaterThan(RUNS);
  });
});
