/** Drift within the bound that a cell declares never matters; beyond it a checker sees that none holds. */
import { describe, expect, it } from 'vitest';
import { settingsFor, type Overrides } from '../../src/sim/swarm/choice.js';
import { runSeed, type SeedReport } from '../../src/sim/swarm/run.js';

/** A master is cut off often, so that its lease runs out. */
const CUT: Overrides = { leaseMs: 1_000, isolations: 150, linkFaultMs: 3_000, safetySeconds: 60, members: 3 };

const run = (seed: number, set: Overrides): SeedReport =>
  runSeed({ seed, settings: settingsFor({ faults: 'none', set: { ...CUT, ...set } }, seed) });

/** In a thousand: a lease lasts a fifth longer for its holder than for who granted it. */
const WILD = 100;
const SEEDS = 20;

describe('the drift of clocks', () => {
  it('within the declared bound never matters', { timeout: 120_000 }, () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { finding, counts } = run(seed, { driftPerMille: 10 });
      expect(finding, `seed ${seed}`).toBeNull();
      expect(counts['leases looked at']).toBeGreaterThan(100);
    }
  });

  it('beyond it is caught', { timeout: 120_000 }, () => {
    const found = Array.from({ length: SEEDS }, (_, i) => run(i + 1, { wildDriftPerMille: WILD }));
    expect(found[0]?.counts['wildly drifting clocks']).toBe(3);
    const caught = found.flatMap(({ finding }) => (finding === null ? [] : [finding]));
    expect(caught.length).toBeGreaterThan(0);
    for (const { failure, what } of caught) {
      expect(failure).toBe('invariant');
      expect(what).toMatch(/OneMaster: r\d reads by its lease, which binds only/);
    }
  });
});
