/**
 * Random faults under random seeds, the store as state machine. A failure prints its seed and a command that
 * runs it again; DECREE_SEED sets the first seed and DECREE_RUNS how many.
 */
import { describe, expect, it } from 'vitest';
import { StoreMachine } from '../../src/driver/store-machine.js';
import { SimRandom } from '../../src/sim/random.js';
import { Storm, type StormReport, type StormSetup } from '../../src/sim/storm.js';
import { encodeOperation } from '../../src/store/codec.js';
import { Store } from '../../src/store/store.js';

const SEED = Number(process.env['DECREE_SEED'] ?? 1);
const RUNS = Number(process.env['DECREE_RUNS'] ?? 25);

const text = (words: string): Uint8Array => Uint8Array.from(Buffer.from(words));

/** Puts and deletes over few keys, so that their order shows in the state. */
const operation = (n: number, random: SimRandom): Uint8Array => {
  const key = text(`key ${random.integer(0, 9)}`);
  const none = new Uint8Array(0);
  if (random.chance(200)) return encodeOperation({ kind: 'delete', key, rangeEnd: none, previous: false });
  const flags = { lease: 0n, previous: false, ignoreValue: false, ignoreLease: false };
  return encodeOperation({ kind: 'put', key, value: text(`value ${n}`), ...flags });
};

const setupOf = (seed: number): StormSetup => {
  const random = new SimRandom(seed).fork('setup');
  return {
    seed,
    members: random.chance(700) ? 3 : 5,
    alpha: random.integer(1, 8),
    rounds: 80,
    sync: { minMs: 1, maxMs: random.integer(1, 40) },
    network: {
      minMs: 1,
      maxMs: random.integer(2, 40),
      lossPerMille: random.chance(600) ? random.integer(0, 200) : 0,
      duplicatePerMille: random.integer(0, 200),
      reorder: random.chance(600),
    },
    operation,
    machine: () => {
      const store = new Store();
      return { machine: new StoreMachine(store), digest: () => store.digest() };
    },
  };
};

const again = (seed: number): string =>
  `seed ${seed}; again: DECREE_SEED=${seed} DECREE_RUNS=1 npx vitest run test/sim/storm.test.ts`;

describe('a cell under random faults', () => {
  const reports: StormReport[] = [];

  it.each(Array.from({ length: RUNS }, (_, i) => SEED + i))(
    'keeps every invariant, loses no acknowledged write and ends in one state: seed %i',
    (seed) => {
      const report = new Storm(setupOf(seed)).run();
      reports.push(report);
      expect(report.wrong, again(seed)).toEqual([]);
    },
  );

  it.runIf(RUNS >= 20)('met the faults that it is for', () => {
    const total = (name: keyof StormReport['counts']): number =>
      reports.reduce((sum, { counts }) => sum + counts[name], 0);
    expect(total('crashes')).toBeGreaterThan(RUNS);
    expect(total('partitions')).toBeGreaterThan(RUNS);
    expect(total('lostFrames')).toBeGreaterThan(10 * RUNS);
    expect(total('repeatedFrames')).toBeGreaterThan(10 * RUNS);
    expect(total('lostRecords')).toBeGreaterThan(10);
    expect(total('acknowledged')).toBeGreaterThan(50 * RUNS);
    expect(total('ballots')).toBeGreaterThan(3 * RUNS);
    expect(total('slots')).toBeGreaterThan(30 * RUNS);
  });

  it.each([
    'holdNothing',
    'acceptIgnoresPromise',
    'prepareIgnoresPromise',
    'proposeIgnoresPromises',
    'chooseWithoutQuorum',
  ] as const)('notices the planted mistake %s', (fault) => {
    const noticed = [1, 2, 3, 4, 5, 6, 7, 8].some((seed) => {
      const network = { minMs: 1, maxMs: 10, lossPerMille: 50, duplicatePerMille: 50, reorder: true };
      const setup = { ...setupOf(seed), sync: { minMs: 1, maxMs: 40 }, members: 3, network };
      return new Storm({ ...setup, faults: { [fault]: true } }).run().wrong.length > 0;
    });
    expect(noticed).toBe(true);
  });

  it('runs the same way each time', () => {
    const folder = (): [string, string][] => [...new Storm(setupOf(SEED)).run().cell.folder()];
    expect(folder()).toEqual(folder());
  });
});
