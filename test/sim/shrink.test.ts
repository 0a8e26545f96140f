/** A failure of a seed shrinks to a smaller run that fails in the same way, the same way each time. */
import { describe, expect, it } from 'vitest';
import type { Faults } from '../../src/core/index.js';
import { standardSettings } from '../../src/sim/swarm/knobs.js';
import { runSeed, type SeedReport, type SeedSetup } from '../../src/sim/swarm/run.js';
import { shrink, strikesOf } from '../../src/sim/swarm/shrink.js';

/** Mistakes, and seeds from which on one meets them soon. */
const MISTAKES: readonly (readonly [keyof Faults, number])[] = [
  ['acceptIgnoresPromise', 16],
  ['prepareIgnoresPromise', 8],
  ['proposeIgnoresPromises', 10],
  ['chooseWithoutQuorum', 1],
  ['holdNothing', 1],
];

function firstFailure(mistake: keyof Faults, from: number): readonly [SeedSetup, SeedReport] {
  for (let seed = from; seed < from + 100; seed++) {
    const setup = { seed, planted: { [mistake]: true } };
    const report = runSeed(setup);
    if (report.finding !== null) return [setup, report];
  }
  throw new Error(`none of 100 seeds noticed ${mistake}`);
}

describe('shrink', () => {
  it.each(MISTAKES)('makes a run that meets %s smaller', { timeout: 120_000 }, (mistake, from) => {
    const [setup, report] = firstFailure(mistake, from);
    const steps: boolean[] = [];
    const small = shrink(setup, report, { runs: 40, onStep: ({ kept }) => steps.push(kept) });
    expect(small.report.finding?.failure).toBe(report.finding?.failure);
    expect(small.setup.settings.safetySeconds).toBeLessThan(report.settings.safetySeconds);
    expect(strikesOf(small.report)).toBeLessThan(Math.max(1, strikesOf(report)));
    expect(small.setup.settings.members).toBeLessThanOrEqual(report.settings.members);
    // Every run counts, and what is said to be reduced is what was kept.
    expect(small.runs).toBeLessThanOrEqual(40);
    expect(steps.length).toBe(small.runs);
    expect(small.reduced.length).toBe(steps.filter((kept) => kept).length);
    expect(small.reduced.length).toBeGreaterThan(0);
    const again = runSeed(small.setup);
    expect([again.finding, again.counts]).toEqual([small.report.finding, small.report.counts]);
    expect(runSeed({ ...small.setup, planted: {} }).finding).toBeNull();
  });

  it('gives the same each time, and keeps to its budget', { timeout: 60_000 }, () => {
    const [setup, report] = firstFailure('acceptIgnoresPromise', 1);
    const [one, two] = [shrink(setup, report, { runs: 12 }), shrink(setup, report, { runs: 12 })];
    expect([one.setup, one.reduced, one.runs]).toEqual([two.setup, two.reduced, two.runs]);
    expect(one.runs).toBeLessThanOrEqual(12);
    expect(shrink(setup, report, { runs: 0 }).setup.settings).toEqual(report.settings);
  });

  it('refuses a run that did not fail', () => {
    const setup = { seed: 1, settings: { ...standardSettings(), safetySeconds: 2 } };
    expect(() => shrink(setup, runSeed(setup))).toThrow('did not fail');
  });
});

describe('strikes', () => {
  it('are left out by their numbers, and the others stay as they were', () => {
    const settings = { ...standardSettings(), safetySeconds: 60, partitions: 100, pauses: 100 };
    const all = runSeed({ seed: 5, settings });
    expect(all.strikes.length).toBeGreaterThan(8);
    const some = runSeed({ seed: 5, settings, skip: new Set([0, 3, 4]) });
    expect(some.strikes.map(({ atMs }) => atMs)).toEqual(all.strikes.map(({ atMs }) => atMs));
    expect([0, 3, 4].map((n) => some.strikes[n]?.what)).toEqual(['', '', '']);
    const none = runSeed({ seed: 5, settings, skip: new Set(all.strikes.keys()) });
    expect(strikesOf(none)).toBe(0);
    const counted = ['partitions', 'pauses', 'crashes', 'isolations', 'slow disks', 'overloads'];
    expect(counted.map((name) => none.counts[name] ?? 0)).toEqual(counted.map(() => 0));
    expect(counted.reduce((sum, name) => sum + (all.counts[name] ?? 0), 0)).toBeGreaterThan(5);
  });
});
