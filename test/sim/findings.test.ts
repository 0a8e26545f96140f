/** Each class of failures is found where its mistake is planted, and the same seed passes without it. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { StoreMachine } from '../../src/driver/store-machine.js';
import { BoundCheck, boundsOf } from '../../src/sim/checks/bounds.js';
import { SimCell } from '../../src/sim/cell.js';
import { failureOf } from '../../src/sim/swarm/batch.js';
import type { Planted } from '../../src/sim/planted.js';
import { settingsFor, type Overrides } from '../../src/sim/swarm/choice.js';
import { runSeed, type SeedReport } from '../../src/sim/swarm/run.js';
import { Store } from '../../src/store/store.js';

afterEach(() => vi.restoreAllMocks());

const SEED = 7;
const SHORT: Overrides = { members: 3, safetySeconds: 20, thinkMs: 200 };
/** A store that forgets commands forgets sessions, which another checker sees first. */
const NO_SESSIONS: Overrides = { sessionsPerMille: 0 };

/** A seed under short default faults, or those that are given. */
const run = (seed = SEED, planted: Planted = {}, set: Overrides = {}): SeedReport =>
  runSeed({ seed, planted, settings: settingsFor({ faults: 'default', set: { ...SHORT, ...set } }, seed) });

type Apply = (machine: StoreMachine, ...call: Parameters<StoreMachine['apply']>) => readonly Uint8Array[];

/** Every call of every state machine goes through what `plant` makes of the real one. */
function plantApply(plant: (real: Apply) => Apply): void {
  const method = Object.getOwnPropertyDescriptor(StoreMachine.prototype, 'apply')
    ?.value as StoreMachine['apply'];
  const apply = plant((machine, slot, value) => method.call(machine, slot, value));
  vi.spyOn(StoreMachine.prototype, 'apply').mockImplementation(function (this: StoreMachine, slot, value) {
    return apply(this, slot, value);
  });
}

describe('without a mistake', () => {
  it('nothing is found', { timeout: 60_000 }, () => {
    expect(failureOf(run())).toBeNull();
  });
});

describe('invariant', () => {
  /** Often a partition, and crashes: there ballots contend. */
  const rough: Overrides = {
    ...{ partitions: 100, isolations: 100, crashes: 100, syncMs: 40, lossPerMille: 100 },
    // Who holds a lease, and who asks before it campaigns, keeps the peace.
    ...{ leaseMs: 0, campaigns: 150 },
  };

  it.each([
    'acceptIgnoresPromise',
    'prepareIgnoresPromise',
    'proposeIgnoresPromises',
    'chooseWithoutQuorum',
    'holdNothing',
  ] as const)('notices %s', { timeout: 120_000 }, (fault) => {
    for (let seed = 1; seed <= 12; seed++) {
      const { finding } = run(seed, { [fault]: true }, rough);
      if (finding === null) continue;
      expect(['invariant', 'durability', 'divergence']).toContain(finding.failure);
      expect(finding.what).not.toBe('');
      expect(failureOf(run(seed, {}, rough))).toBeNull();
      return;
    }
    expect.unreachable('12 seeds did not notice it');
  });
});

describe('durability', () => {
  it('notices an acknowledgement before the sync where nothing is sent', { timeout: 60_000 }, () => {
    const alone: Overrides = { ...NO_SESSIONS, members: 1, syncMs: 40 };
    // What is not synced at the moment of a look is a finding of the invariants.
    for (let seed = 1; seed <= 12; seed++) {
      const { finding } = run(seed, { holdNothing: true }, alone);
      if (finding?.failure !== 'durability') continue;
      expect(finding.what).toMatch(/in slot \d+: 0 synced votes/);
      expect(failureOf(run(seed, {}, alone))).toBeNull();
      return;
    }
    expect.unreachable('12 seeds did not notice it');
  });
});

describe('history', () => {
  it('notices a store that forgets a command everywhere', { timeout: 60_000 }, () => {
    plantApply((real) => (machine, slot, value) => {
      if (slot % 7 !== 0) return real(machine, slot, value);
      real(machine, slot, { kind: 'noop' });
      return real(new StoreMachine(new Store()), slot, value);
    });
    expect(run(SEED, {}, NO_SESSIONS).finding).toMatchObject({ failure: 'history' });
  });
});

describe('divergence', () => {
  it('notices a store that forgets a command at one replica', { timeout: 60_000 }, () => {
    let calls = 0;
    plantApply((real) => (machine, slot, value) => {
      if (slot !== 12 || ++calls !== 3) return real(machine, slot, value);
      real(machine, slot, { kind: 'noop' });
      return value.kind === 'batch' ? value.commands.map(() => new Uint8Array(0)) : [];
    });
    expect(run(SEED, {}, { ...NO_SESSIONS, crashes: 0, effectCrashes: 0 }).finding).toMatchObject({
      failure: 'divergence',
      what: expect.stringMatching(/the states after slot \d+ differ/),
    });
  });
});

describe('exactlyOnce', () => {
  const sessions: Overrides = { sessionsPerMille: 1_000, lostAnswersPerMille: 300, lateCopiesPerMille: 200 };

  it.each([
    ['retryExecutesAgain', {}, /^(ExactlyOnce|SameAnswer): /],
    [
      'evictionByOwnClock',
      { sessionSilenceMs: 1_000, longSilences: 100 },
      /^(RefusedIsEvicted|SameAnswer|StatesAgree): /,
    ],
    ['evictionRestsOnNothing', { sessionLimit: 1 }, /^EndedUnused: session \S+ was ended at/],
  ] as const)('notices %s', { timeout: 60_000 }, (fault, set, says) => {
    expect(run(SEED, { [fault]: true }, { ...sessions, ...set }).finding).toMatchObject({
      failure: 'exactlyOnce',
      what: expect.stringMatching(says),
    });
    expect(failureOf(run(SEED, {}, { ...sessions, ...set }))).toBeNull();
  });
});

describe('liveness', () => {
  it('notices a cell whose links are slower than its patience', { timeout: 60_000 }, () => {
    const settings = settingsFor({ faults: 'none', set: { ...SHORT, heartbeatMs: 50 } }, SEED);
    const { finding, recovery } = runSeed({ seed: SEED, settings: { ...settings, delayMs: 5_000 } });
    expect(finding).toMatchObject({ failure: 'liveness', what: expect.stringMatching(/no leader/) });
    expect(recovery?.tookMs).toBeNull();
    expect(failureOf(runSeed({ seed: SEED, settings }))).toBeNull();
  });
});

describe('bound', () => {
  it('notices more requests than may wait', () => {
    const cell = new SimCell({ seed: SEED }).start();
    const bounds = { ...boundsOf(10_000, 8), pending: 3 };
    expect(new BoundCheck(cell, bounds).excesses()).toEqual([]);
    for (let i = 0; i < 9; i++) cell.submit('r1', `op ${i}`);
    expect(new BoundCheck(cell, bounds).excesses()).toEqual([
      expect.stringMatching(/^r1: \d+ requests wait for an answer, more than 3$/),
    ]);
  });

  it('is a failure of the seed', () => {
    vi.spyOn(BoundCheck.prototype, 'excesses').mockReturnValue(['r1: 9 requests wait']);
    expect(run().finding).toEqual({ failure: 'bound', atMs: 100, what: 'r1: 9 requests wait' });
  });
});

describe('stop', () => {
  it('notices a process that ends by itself', { timeout: 60_000 }, () => {
    let calls = 0;
    plantApply((real) => (machine, slot, value) => {
      if (++calls === 30) throw new Error('planted in the state machine');
      return real(machine, slot, value);
    });
    expect(run().finding).toMatchObject({
      failure: 'stop',
      what: expect.stringMatching(/^r\d: .*planted in the state machine/),
    });
  });
});
