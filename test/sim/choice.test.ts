/** Which seeds a shard runs, which of them TLC replays, and under which settings. */
import { describe, expect, it } from 'vitest';
import {
  isSampled,
  limitsOf,
  parseOverrides,
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
