/**
 * Random faults under random seeds, the store as state machine. A failure prints its seed and a command that
 * runs it again; DECREE_SEED sets the first seed and DECREE_RUNS how many.
 */
import { describe, expect, it } from 'vitest';
import { StoreMachine } from '../../src/driver/store-machine.js';
import type { SimFiles } from '../../src/sim/files.js';
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

/** The log that ships, on files, whose disks fail and fill up, too. */
const onFiles = (seed: number): StormSetup => ({
  ...setupOf(seed),
  storage: 'files',
  failingDisks: true,
});

const again = (seed: number): string =>
  `seed ${seed}; again: DECREE_SEED=${seed} DECREE_RUNS=1 npx vitest run test/sim/storm.test.ts`;

const SOME = [1, 2, 3, 4, 5, 6, 7, 8];

/** Slow disks and a bad network, in which a planted mistake shows soon. */
const harsh = (seed: number): StormSetup => {
  const network = { minMs: 1, maxMs: 10, lossPerMille: 50, duplicatePerMille: 50, reorder: true };
  return { ...setupOf(seed), sync: { minMs: 1, maxMs: 40 }, members: 3, network };
};

describe('a cell under random faults', () => {
  const reports: StormReport[] = [];
  const fileReports: StormReport[] = [];

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
    const noticed = SOME.some((seed) => {
      return new Storm({ ...harsh(seed), faults: { [fault]: true } }).run().wrong.length > 0;
    });
    expect(noticed).toBe(true);
  });

  it.each(Array.from({ length: Math.ceil(RUNS / 3) }, (_, i) => SEED + i))(
    'keeps all of that with the log that ships, on files, on disks that fail: seed %i',
    (seed) => {
      const report = new Storm(onFiles(seed)).run();
      fileReports.push(report);
      expect(report.wrong, again(seed)).toEqual([]);
    },
  );

  it.runIf(RUNS >= 20)('met the faults of disks', () => {
    const runs = fileReports.length;
    const total = (count: (report: StormReport) => number): number =>
      fileReports.reduce((sum, report) => sum + count(report), 0);
    const onDisks = (name: keyof SimFiles['counts']): number =>
      total(({ cell }) =>
        cell.names.reduce((sum, r) => sum + (cell.node(r).disk.files?.counts[name] ?? 0), 0),
      );
    expect(onDisks('kills')).toBeGreaterThan(runs);
    expect(onDisks('powerCuts')).toBeGreaterThan(runs);
    expect(onDisks('failedSyncs')).toBeGreaterThan(runs);
    expect(onDisks('full')).toBeGreaterThan(runs);
    expect(onDisks('lost')).toBeGreaterThan(10 * runs);
    expect(onDisks('kept')).toBeGreaterThan(10 * runs);
    expect(total(({ counts }) => counts.failedDisks)).toBeGreaterThan(runs);
    expect(total(({ counts }) => counts.acknowledged)).toBeGreaterThan(50 * runs);
  });

  it.each(['holdNothing', 'acceptIgnoresPromise'] as const)('notices %s on files, too', (fault) => {
    const noticed = SOME.some((seed) => {
      const setup = { ...harsh(seed), storage: 'files' as const };
      return new Storm({ ...setup, faults: { [fault]: true } }).run().wrong.length > 0;
    });
    expect(noticed).toBe(true);
  });

  it.each(['syncDoesNotWait', 'retrySync', 'splitRecords', 'trustRecovered', 'skipDirectorySync'] as const)(
    'notices the mistake %s planted in the log',
    (fault) => {
      const caught = SOME.find((seed) => {
        const setup = { ...onFiles(seed), storageFaults: { [fault]: true } };
        return new Storm(setup).run().wrong.length > 0;
      });
      expect(caught, 'a seed notices it').toBeDefined();
      expect(new Storm(onFiles(caught ?? 0)).run().wrong, 'the same seed without it').toEqual([]);
    },
  );

  it('runs the same way each time', () => {
    for (const setup of [setupOf(SEED), onFiles(SEED)]) {
      const folder = (): [string, string][] => [...new Storm(setup).run().cell.folder()];
      expect(folder()).toEqual(folder());
    }
  });
});
