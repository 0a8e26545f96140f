/** Every fault of the table happens where the settings ask for it, and one that does not is noticed. */
import { describe, expect, it } from 'vitest';
import { add, failureOf, NOTHING, totalsOf, type Totals } from '../../src/sim/swarm/batch.js';
import { batchFloors, BATCH, expectedCounts, leastOf, RATES, seedFloor } from '../../src/sim/swarm/floors.js';
import { KNOB_NAMES, KNOBS, settings, type Settings } from '../../src/sim/swarm/knobs.js';
import { runSeed, type SeedReport } from '../../src/sim/swarm/run.js';

/** A window narrower than a client's requests at once, and sessions that end within a short run. */
const SHORT: Partial<Settings> = { safetySeconds: 90, sessionWindow: 6, sessionSilenceMs: 7_000 };
/** The default faults, each ten times as often. */
const TURNED_UP: Settings = settings((name) => {
  const { standard } = KNOBS[name];
  return SHORT[name] ?? (name in RATES || name === 'lateCopiesPerMille' ? 10 * standard : standard);
});

const SEEDS = [1, 2, 3, 4, 5, 6];
let turnedUp: readonly SeedReport[] = [];
const reports = (): readonly SeedReport[] =>
  (turnedUp = turnedUp.length > 0 ? turnedUp : SEEDS.map((seed) => runSeed({ seed, settings: TURNED_UP })));
const totalsOfAll = (): Totals => reports().reduce((sum, report) => add(sum, totalsOf(report)), NOTHING);

describe('faults', () => {
  it('that a setting counts per 1,000 s all have a count', () => {
    const rates = KNOB_NAMES.filter((name) => KNOBS[name].what.includes('per 1,000 s'));
    expect(rates.filter((name) => !(name in RATES))).toEqual([]);
    expect(Object.keys(RATES).sort()).toEqual(rates.toSorted());
  });

  it('happen about as often as the settings say, and the cell survives them', { timeout: 120_000 }, () => {
    expect(reports().map(failureOf)).toEqual(SEEDS.map(() => null));
    const { counts, expected } = totalsOfAll();
    const rare = Object.entries(expected).filter(([name, n]) => n > 0 && (counts[name] ?? 0) < n / 5);
    expect(rare).toEqual([]);
    const never = Object.entries(expected).filter(([, n]) => n === 0);
    expect(never).toEqual([]);
  });

  it('have the effects that they are for', { timeout: 120_000 }, () => {
    const { counts } = totalsOfAll();
    const effects = ['frames cut', 'frames held', 'frames unreachable', 'restarts', 'records lost'];
    for (const name of effects) expect(counts[name], name).toBeGreaterThan(0);
  });

  it('do not happen in good weather', () => {
    const off = settings((name) => (name === 'safetySeconds' ? 20 : KNOBS[name].off));
    const report = runSeed({ seed: 5, settings: { ...off, members: 5 } });
    expect(failureOf(report)).toBeNull();
    const { counts } = totalsOf(report);
    const injected = [...Object.values(RATES), 'frames lost', 'frames duplicated', 'frames late', 'restarts'];
    for (const name of injected) expect(counts[name] ?? 0, name).toBe(0);
    expect(expectedCounts(report)).toMatchObject({ crashes: 0, 'frames lost': 0, 'leader changes': 0 });
  });
});

describe('the floor of a seed', () => {
  const good = (): SeedReport => reports()[0] ?? runSeed({ seed: 1, settings: TURNED_UP });

  it.each([
    ['that ended early', { simulatedMs: 59_000 }, /59000 ms were simulated/],
    ['that nobody led', { ballotsThatLed: 0 }, /no leader led/],
    ['that chose nothing', { slots: 0 }, /no slot was chosen/],
    [
      'that answered little',
      { clients: { answered: 4 }, counts: {} },
      /4 requests were answered.* at least \d+ should be/,
    ],
  ])('is missed by one %s', { timeout: 120_000 }, (_, change, says) => {
    const report = good();
    const clients = { ...report.clients, ...('clients' in change ? change.clients : {}) };
    const poor: SeedReport = { ...report, ...change, clients };
    expect(seedFloor(poor)).toMatch(says);
    expect(failureOf(poor)).toMatchObject({ seed: report.seed, failure: 'floor' });
  });

  it('does not hide what a checker found', () => {
    const finding = { failure: 'history', atMs: 3, what: 'stale' } as const;
    expect(failureOf({ ...good(), slots: 0, finding })).toEqual({ seed: good().seed, ...finding });
  });
});

describe('the floors of a batch', () => {
  /** As many seeds as a batch has, by counting these again and again. */
  const whole = (): Totals =>
    Array.from({ length: Math.ceil(BATCH / SEEDS.length) }, totalsOfAll).reduce(add, NOTHING);

  it('are reached by the faults that were turned up', () => {
    expect(batchFloors(whole())).toEqual([]);
    const demanded = Object.values(whole().expected).filter((n) => leastOf(n) > 0);
    expect(demanded.length).toBeGreaterThan(20);
  });

  it('are missed where a fault is in the settings and was never injected', () => {
    const { counts, expected } = whole();
    for (const [name, n] of Object.entries(expected)) {
      if (leastOf(n) === 0) continue;
      const missing = batchFloors({ ...whole(), counts: { ...counts, [name]: 0 } });
      expect(missing, name).toEqual([`${name}: 0; under these settings at least ${leastOf(n)} should be`]);
    }
  });

  it('are missed where too little was answered, and are not looked at in a small batch', () => {
    const poor = { ...whole(), met: whole().due / 10 };
    expect(batchFloors(poor)).toEqual([expect.stringMatching(/requests were answered; at least/)]);
    expect(batchFloors({ ...poor, seeds: BATCH - 1 })).toEqual([]);
  });
});
