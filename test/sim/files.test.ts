/** What the simulated files keep and lose, as a real disk would. */
import { describe, expect, it } from 'vitest';
import { SimClock } from '../../src/sim/clock.js';
import { SimFiles } from '../../src/sim/files.js';
import { SECTOR, type Survival } from '../../src/sim/inode.js';
import { SimRandom } from '../../src/sim/random.js';

const PATH = '/d/f';
const EIO = Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });

const made = (seed = 1): { files: SimFiles; fd: number; clock: SimClock } => {
  const files = new SimFiles(new SimRandom(seed), ['/d']);
  const clock = new SimClock();
  files.attach(clock);
  const fd = files.create(PATH);
  files.syncDirectory('/d');
  return { files, fd, clock };
};

const block = (byte: number, length = SECTOR): Buffer => Buffer.alloc(length, byte);

const put = (files: SimFiles, fd: number, data: Buffer, offset: number): number =>
  files.write(fd, data, 0, data.length, offset);

/** The first byte of each sector. */
const sectors = (files: SimFiles): readonly number[] => {
  const data = files.read(PATH) ?? Buffer.alloc(0);
  return Array.from({ length: Math.ceil(data.length / SECTOR) }, (_, i) => data[i * SECTOR] ?? -1);
};

describe('SimFiles', () => {
  it('keeps through a power cut what was synced, and reads it back as written', () => {
    const { files, fd } = made();
    put(files, fd, block(7, 700), 0);
    files.fdatasyncSync(fd);
    put(files, fd, block(8, 100), 700);
    files.cutPower('nothing');
    expect(files.read(PATH)).toEqual(block(7, 700));
    expect(files.open).toBe(0);
  });

  it('loses of unsynced writes any subset of sectors, and of the size', () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 400; seed += 1) {
      const { files, fd } = made(seed);
      put(files, fd, block(1), 0);
      put(files, fd, block(2, 2 * SECTOR), SECTOR);
      files.cutPower('subset');
      seen.add(sectors(files).join(''));
    }
    expect([...seen].sort()).toEqual(['', '0', '000', '002', '020', '022', '1', '100', '102', '120', '122']);
  });

  it('keeps of a rewritten sector any of its states, never a mixture', () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 100; seed += 1) {
      const { files, fd } = made(seed);
      put(files, fd, block(1), 0);
      files.fdatasyncSync(fd);
      put(files, fd, block(2, 100), 0);
      put(files, fd, block(3, 100), 100);
      files.cutPower('subset');
      const data = files.read(PATH) ?? Buffer.alloc(0);
      seen.add([data[0], data[100], data[200]].join(''));
    }
    expect([...seen].sort()).toEqual(['111', '211', '231']);
  });

  it('tears the last write of a prefix', () => {
    const torn = Array.from({ length: 100 }, (_, seed) => {
      const { files, fd } = made(seed);
      put(files, fd, block(1), 0);
      put(files, fd, block(2, 3 * SECTOR), SECTOR);
      files.cutPower('prefix');
      return sectors(files).join('');
    });
    expect(torn.filter((each) => each.length === 4 && each.includes('0') && each.includes('2'))).not.toEqual(
      [],
    );
    expect(torn.filter((each) => each.includes('2') && !each.startsWith('1'))).toEqual([]);
  });

  it('keeps writes in the page cache when a process dies, and loses them to a later power cut', () => {
    const { files, fd } = made();
    put(files, fd, block(5, 40), 0);
    files.kill();
    expect(files.read(PATH)).toEqual(block(5, 40));
    files.cutPower('nothing');
    expect(files.read(PATH)).toEqual(Buffer.alloc(0));
  });

  it('tells of a sync after a time, and nothing once the power was cut', () => {
    const { files, fd, clock } = made();
    files.latency = { minMs: 20, maxMs: 20 };
    const told: (Error | null)[] = [];
    put(files, fd, block(1, 10), 0);
    files.fdatasync(fd, (error) => told.push(error));
    put(files, fd, block(2, 10), 10);
    clock.run(19);
    expect(told).toEqual([]);
    clock.run(1);
    expect(told).toEqual([null]);
    files.fdatasync(fd, (error) => told.push(error));
    files.cutPower('nothing');
    clock.run(50);
    expect(told).toEqual([null]);
    expect(files.read(PATH)).toEqual(block(1, 10));
  });

  it('calls pages clean that a failed sync lost: the next succeeds and writes nothing', () => {
    const left = Array.from({ length: 40 }, (_, seed) => {
      const { files, fd, clock } = made(seed);
      put(files, fd, block(1, 2 * SECTOR), 0);
      const told: (Error | null)[] = [];
      files.failNextSync = EIO;
      files.fdatasync(fd, (error) => told.push(error));
      clock.run(2);
      expect(told).toEqual([EIO]);
      files.fdatasyncSync(fd);
      expect(files.read(PATH)).toEqual(block(1, 2 * SECTOR));
      put(files, fd, block(1), 0);
      files.fdatasyncSync(fd);
      files.cutPower('everything');
      return sectors(files).join('');
    });
    // Written anew, the first sector is there; the second only if the failed sync had written it.
    expect([...new Set(left)].sort()).toEqual(['10', '11']);
  });

  it('may read from the disk again after a process died', () => {
    const seen = new Set<number>();
    for (let seed = 0; seed < 60; seed += 1) {
      const { files, fd } = made(seed);
      put(files, fd, block(1), 0);
      files.failNextSync = EIO;
      expect(() => files.fdatasyncSync(fd)).toThrow('EIO');
      files.kill();
      seen.add(files.read(PATH)?.[0] ?? -1);
    }
    expect([...seen].sort()).toEqual([0, 1]);
  });

  it('takes a part of a write when the disk fills up, then nothing, until there is room', () => {
    const { files, fd } = made();
    files.room = 30;
    expect(put(files, fd, block(1, 100), 0)).toBe(30);
    expect(() => put(files, fd, block(1, 70), 30)).toThrow(expect.objectContaining({ code: 'ENOSPC' }));
    expect(put(files, fd, block(2, 30), 0)).toBe(30);
    expect(() => files.create('/d/g')).toThrow('ENOSPC');
    files.truncate(fd, 10);
    expect(put(files, fd, block(3, 50), 10)).toBe(20);
    files.room = Infinity;
    expect(put(files, fd, block(3, 50), 30)).toBe(50);
    expect(files.counts.full).toBe(2);
  });

  it('loses entries that were made or removed since the directory was synced, each by itself', () => {
    const after = (survival: Survival, seed: number): string => {
      const { files } = made(seed);
      files.unlink(PATH);
      files.create('/d/g');
      files.cutPower(survival);
      return (files.list('/d') ?? []).toSorted().join('');
    };
    expect(after('nothing', 1)).toBe('f');
    expect(after('everything', 1)).toBe('g');
    const seen = new Set(Array.from({ length: 60 }, (_, seed) => after('subset', seed)));
    expect([...seen].sort()).toEqual(['', 'f', 'fg', 'g']);
  });

  it('cuts the power between any two calls', () => {
    const { files, fd } = made();
    files.failAfter(1);
    put(files, fd, block(1, 10), 0);
    expect(() => files.fdatasyncSync(fd)).toThrow('the power was cut');
    expect(() => files.read(PATH)).toThrow('the power was cut');
    files.cutPower('nothing');
    expect(files.read(PATH)).toEqual(Buffer.alloc(0));
  });

  it('answers as Node does where a file is missing or there already', () => {
    const { files } = made();
    expect(files.list('/none')).toBeNull();
    expect(files.read('/d/none')).toBeNull();
    expect(() => files.reopen('/d/none')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    expect(() => files.create(PATH)).toThrow(expect.objectContaining({ code: 'EEXIST' }));
    expect(() => files.close(99)).toThrow(expect.objectContaining({ code: 'EBADF' }));
  });
});
