/**
 * After any crash the log yields a prefix of what was appended that includes all that was synced.
 * DECREE_SEED sets the first seed and DECREE_RUNS how many.
 */
import { describe, expect, it } from 'vitest';
import { SimCell } from '../../src/sim/cell.js';
import { SimClock } from '../../src/sim/clock.js';
import { SimRandom } from '../../src/sim/random.js';
import { SimWalDisk } from '../../src/sim/wal-disk.js';
import type { StorageFaults } from '../../src/storage/faults.js';
import { A, acceptRecords } from '../contract/samples.js';
import { WalRun, type WalRunReport } from './wal-runs.js';

const SEED = Number(process.env['DECREE_SEED'] ?? 1);
const RUNS = Number(process.env['DECREE_RUNS'] ?? 1_000);
const STEPS = 60;

const again = (seed: number): string =>
  `seed ${seed}; again: DECREE_SEED=${seed} DECREE_RUNS=1 npx vitest run test/sim/wal-disk.test.ts`;

const mistakes: readonly (readonly [fault: keyof StorageFaults, notice: RegExp])[] = [
  ['syncDoesNotWait', /records are on the disk after a sync|had been synced/],
  ['retrySync', /had been synced|records are on the disk after a sync|was synced/],
  ['keepTorn', /is not the one that was appended/],
  ['splitRecords', /is not the one that was appended/],
  ['trustRecovered', /is damaged at offset|had been synced/],
  ['skipDirectorySync', /is missing|the segment is gone/],
];

describe('the log on simulated files', () => {
  const reports: WalRunReport[] = [];

  it('recovers a prefix that includes all that was synced, whatever happened', { timeout: 180_000 }, () => {
    for (let seed = SEED; seed < SEED + RUNS; seed += 1) {
      const report = new WalRun(seed).run(STEPS);
      reports.push(report);
      expect(report.wrong, again(seed)).toBeNull();
    }
  });

  it('does so where disks never fail and nothing but crashes happens', { timeout: 60_000 }, () => {
    for (let seed = SEED; seed < SEED + RUNS / 5; seed += 1) {
      const { wrong, files } = new WalRun(seed, {}, false).run(STEPS);
      expect(wrong, again(seed)).toBeNull();
      expect(files).toMatchObject({ failedSyncs: 0, full: 0 });
    }
  });

  it.runIf(RUNS >= 100)('met the faults that it is for', () => {
    const runs = reports.length;
    const total = (of: (report: WalRunReport) => number): number =>
      reports.reduce((sum, report) => sum + of(report), 0);
    expect(total(({ appended }) => appended)).toBeGreaterThan(30 * runs);
    expect(total(({ synced }) => synced)).toBeGreaterThan(3 * runs);
    expect(total(({ starts }) => starts)).toBeGreaterThan(3 * runs);
    expect(total(({ files }) => files.failedSyncs)).toBeGreaterThan(runs / 2);
    expect(total(({ files }) => files.full)).toBeGreaterThan(runs / 2);
    expect(total(({ files }) => files.kills)).toBeGreaterThan(runs);
    expect(total(({ files }) => files.powerCuts)).toBeGreaterThan(3 * runs);
    expect(total(({ files }) => files.kept)).toBeGreaterThan(5 * runs);
    expect(total(({ files }) => files.lost)).toBeGreaterThan(5 * runs);
  });

  it.each(mistakes)('notices the planted mistake %s', { timeout: 60_000 }, (fault, notice) => {
    const seeds = Array.from({ length: 200 }, (_, i) => i + 1);
    const caught = seeds.find((seed) => new WalRun(seed, { [fault]: true }).run(STEPS).wrong !== null);
    expect(caught, 'a seed notices it').toBeDefined();
    expect(new WalRun(caught ?? 0, { [fault]: true }).run(STEPS).wrong).toMatch(notice);
    expect(new WalRun(caught ?? 0).run(STEPS).wrong, 'the same seed without it').toBeNull();
  });
});

describe('SimWalDisk', () => {
  const identity = { cell: 'test', member: A };

  it('keeps of the unsynced records as many as told, in whatever segment they are', () => {
    for (const segmentBytes of [200, 500, 4_000]) {
      for (let survivors = 0; survivors <= 6; survivors += 1) {
        const disk = new SimWalDisk(new SimRandom(1), { minMs: 1, maxMs: 1 }, { identity, segmentBytes });
        const clock = new SimClock();
        const opened = disk.start(clock, () => undefined);
        opened.begin();
        opened.disk.append(acceptRecords(0, 2));
        opened.disk.sync(() => undefined);
        clock.run(2);
        opened.disk.append(acceptRecords(3, 8));
        expect(disk.unsynced()).toBe(6);
        disk.crash(survivors);
        expect(disk.start(clock, () => undefined).records).toEqual(acceptRecords(0, 2 + survivors));
        expect(disk.counts).toMatchObject({ survived: survivors, lost: 6 - survivors });
      }
    }
  });

  it('starts after two starts that ended at any two calls', () => {
    const ended = { died: 0, began: 0 };
    const attempt = (disk: SimWalDisk, calls: number): void => {
      disk.files.failAfter(calls);
      try {
        disk.start(new SimClock(), () => undefined).begin();
        ended.began += 1;
      } catch {
        ended.died += 1;
      }
      disk.crash();
    };
    for (let first = 5; first < 10; first += 1) {
      for (let second = 9; second < 16; second += 1) {
        for (let seed = 0; seed < 150; seed += 1) {
          const setup = { identity, killPerMille: 500 };
          const disk = new SimWalDisk(new SimRandom(seed), { minMs: 1, maxMs: 1 }, setup);
          attempt(disk, first);
          attempt(disk, second);
          const opened = disk.start(new SimClock(), () => undefined);
          opened.begin();
          expect(opened.records).toEqual([]);
        }
      }
    }
    expect(Math.min(ended.died, ended.began)).toBeGreaterThan(500);
  });

  it('tells why the disk failed and refuses a log that lost what was synced', () => {
    const disk = new SimWalDisk(new SimRandom(1), { minMs: 1, maxMs: 1 }, { identity, killPerMille: 1_000 });
    const clock = new SimClock();
    const fatal: string[] = [];
    const opened = disk.start(clock, ({ message }) => fatal.push(message));
    opened.begin();
    opened.disk.append(acceptRecords(0, 2));
    disk.failNextSync = new Error('EIO');
    opened.disk.sync((error) => expect(error?.message).toContain('could not sync'));
    clock.run(2);
    expect(fatal).toEqual([expect.stringContaining('the disk failed: could not sync /log/segment-00000001')]);
    disk.crash();
    disk.files.unlink('/log/segment-00000001.log');
    expect(() => disk.start(clock, () => undefined)).toThrow('the marker knows of 1 starts, the log of 0');
  });
});

describe('a simulated member on files', () => {
  it('is down, and the run knows why, where its log is refused or its disk fails at a start', () => {
    const cell = new SimCell({ seed: 3, storage: 'files' }).start();
    cell.run(500);
    const node = cell.node('r1');
    cell.crash('r1');
    if (node.disk.files === null) throw new Error('no files');
    node.disk.files.room = 10;
    cell.start('r1');
    expect(node.process).toBeNull();
    expect(node.fatal.map(({ exit }) => exit)).toEqual(['disk']);
    node.disk.files.room = Infinity;
    cell.start('r1').run(500);
    expect(node.process?.start).toBe(2);
    cell.crash('r1');
    node.disk.files.unlink('/log/segment-00000001.log');
    cell.start('r1');
    expect(node.process).toBeNull();
    expect(node.fatal[1]?.message).toContain(
      '/log/segment-00000001.log is damaged at offset 0: the file is missing',
    );
  });
});
