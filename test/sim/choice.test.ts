/** Which seeds a shard runs, which of them TLC replays, and under which settings. */
import { describe, expect, it } from 'vitest';
import {
  isSampled,
  limitsOf,
  parseOverrides,
  parseSkip,
  planOfSettings,
  seedAt,
  settingsFlags,
  settingsFor,
  shardSize,
  type Plan,
} from '../../src/sim/swarm/choice.js';
import { KNOB_NAMES, KNOBS, settings, standardSettings } from '../../src/sim/swarm/knobs.js';
import { settingsOf } from '../../src/sim/swarm/run.js';

const plan = (more: Partial<Plan>): Plan => ({
  ...{ start: 1, seeds: 10, shard: { index: 1, of: 1 }, faults: 'drawn', set: {}, validate: 200 },
  ...more,
});
const seedsOf = (one: Plan): number[] => Array.from({ length: shardSize(one) }, (_, n) => seedAt(one, n));

describe('shards', () => {
  it.each([1, 2, 3, 7, 10, 12])('%i of them share the seeds, each once', (of) => {
    const shards = Array.from({ length: of }, (_, i) => plan({ start: 40, shard: { index: i + 1, of } }));
    const seeds = shards.flatMap(seedsOf).sort((a, b) => a - b);
    expect(seeds).toEqual(Array.from({ length: 10 }, (_, i) => 40 + i));
    const sizes = shards.map(shardSize);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  });

  it('leave it to the seed alone whether TLC replays it: one in so many', () => {
    const sampled = (validate: number): number[] =>
      seedsOf(plan({ seeds: 1_000 })).filter((seed) => isSampled(plan({ validate }), seed));
    expect(sampled(200)).toEqual([1, 201, 401, 601, 801]);
    expect(sampled(1)).toHaveLength(1_000);
    expect(sampled(0)).toEqual([]);
  });
});

describe('settings', () => {
  it('are those of the seed, of the table, or of good weather', () => {
    expect(settingsFor({ faults: 'drawn', set: {} }, 5)).toEqual(settingsOf(5));
    expect(settingsFor({ faults: 'default', set: {} }, 5)).toEqual(standardSettings());
    expect(settingsFor({ faults: 'none', set: {} }, 5)).toEqual(settings((name) => KNOBS[name].off));
  });

  it('that are set are the same for all seeds; a fault that is switched on lasts', () => {
    const chosen = settingsFor({ faults: 'none', set: { partitions: 9, members: 7 } }, 5);
    expect(chosen).toMatchObject({ partitions: 9, members: 7, linkFaultMs: KNOBS.linkFaultMs.standard });
    expect(settingsFor({ faults: 'none', set: { partitions: 9, linkFaultMs: 0 } }, 5).linkFaultMs).toBe(0);
    expect(settingsFor({ faults: 'none', set: {} }, 5).linkFaultMs).toBe(0);
  });

  it('have a plan that leads to them, with no more options than must be', () => {
    for (let seed = 1; seed <= 50; seed++) {
      expect(planOfSettings(settingsOf(seed), seed)).toEqual({ faults: 'drawn', set: {} });
      // As the shrinking leaves them: a fault without its length, a length without its fault, fewer members.
      const wanted = { ...settingsOf(seed), members: 2, partitions: 9, crashes: 0, linkFaultMs: seed % 2 };
      const plan = planOfSettings(wanted, seed);
      expect(settingsFor(plan, seed)).toEqual(wanted);
      expect(Object.keys(plan.set).length).toBeLessThanOrEqual(4);
      const flags = settingsFlags(plan).split(' --set ').slice(1);
      expect(parseOverrides(flags)).toEqual(plan.set);
    }
    expect(planOfSettings(standardSettings(), 5)).toEqual({ faults: 'default', set: {} });
    const off = settings((name) => KNOBS[name].off);
    expect(planOfSettings({ ...off, pauses: 9 }, 5)).toEqual({
      faults: 'none',
      set: { pauses: 9, pauseMs: 0 },
    });
  });

  it('can be set to whatever a seed, the table or good weather has', () => {
    for (const name of KNOB_NAMES) {
      const [least, most] = limitsOf(name);
      const { range, standard, off } = KNOBS[name];
      for (const value of [...range, standard, off]) {
        expect(value, name).toBeGreaterThanOrEqual(least);
        expect(value, name).toBeLessThanOrEqual(most);
      }
    }
  });

  it('read again what they are written as', () => {
    const set = parseOverrides(['members=7', 'crashes=200']);
    expect(set).toEqual({ members: 7, crashes: 200 });
    expect(settingsFlags({ faults: 'none', set })).toBe(' --faults none --set members=7 --set crashes=200');
    expect(settingsFlags({ faults: 'drawn', set: {} })).toBe('');
  });
});

describe('strikes that are left out', () => {
  it('are different numbers', () => {
    expect([...parseSkip('3,7,12')]).toEqual([3, 7, 12]);
    expect([...parseSkip('0')]).toEqual([0]);
    for (const text of ['', 'x', '1,', '1,1', '1.5', '-1', '1e3', ' 1'])
      expect(() => parseSkip(text), text).toThrow(/^--skip .*is no list of different numbers of strikes/);
  });
});
