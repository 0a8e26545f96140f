/**
 * One simulated file: what the processes see (the page cache) and what is on the disk. A write is volatile,
 * sector by sector, until a sync writes it back; meanwhile each of its sectors may reach the disk or not.
 */
import type { SimRandom } from './random.js';

/** The grain of the disk, in bytes: a sector holds the old content or the new one. */
export const SECTOR = 512;

/** So many writes of one file wait at most. */
const DIRTY = 64;

/** Which unsynced writes are found on the disk after the power was cut. */
export type Survival = 'nothing' | 'everything' | 'prefix' | 'subset';

/** The sectors that a write touched, as they were after it, and the size of the file then. */
interface Dirty {
  readonly order: number;
  /** Index of the first sector. */
  readonly first: number;
  readonly bytes: Buffer;
  readonly size: number;
  readonly truncates: boolean;
}

/** Sectors kept and lost, of writes that no sync covered. */
export interface Fate {
  kept: number;
  lost: number;
}

const sectorsOf = ({ bytes }: Dirty): number => bytes.length / SECTOR;

const grown = (buffer: Buffer, length: number): Buffer => {
  if (length <= buffer.length) return buffer;
  const wanted = Math.max(length, 2 * buffer.length, 8 * SECTOR);
  const larger = Buffer.alloc(Math.ceil(wanted / SECTOR) * SECTOR);
  buffer.copy(larger);
  return larger;
};

export class Inode {
  private cache: Buffer = Buffer.alloc(0);
  private cacheSize = 0;
  private disk: Buffer = Buffer.alloc(0);
  private diskSize = 0;
  private dirty: Dirty[] = [];

  get size(): number {
    return this.cacheSize;
  }

  /** What a process reads: a copy. */
  read(): Buffer {
    return Buffer.from(this.cache.subarray(0, this.cacheSize));
  }

  /** A file that holds what is on the disk, and nothing else. */
  durable(): Inode {
    const copy = new Inode();
    copy.disk = Buffer.from(this.disk);
    copy.diskSize = this.diskSize;
    copy.reload();
    return copy;
  }

  write(data: Uint8Array, offset: number, order: number): void {
    const end = offset + data.length;
    this.cache = grown(this.cache, end);
    this.cache.set(data, offset);
    this.cacheSize = Math.max(this.cacheSize, end);
    this.touched(Math.floor(offset / SECTOR), Math.ceil(end / SECTOR), order, false);
  }

  truncate(length: number, order: number): void {
    this.cache.fill(0, length);
    this.cacheSize = length;
    this.touched(Math.floor(length / SECTOR), Math.ceil(length / SECTOR), order, true);
  }

  /** A sync that worked: what was written up to then is on the disk. */
  writeBack(upTo: number): void {
    let count = 0;
    for (; (this.dirty[count]?.order ?? Infinity) <= upTo; count += 1) this.apply(this.dirty[count]);
    this.dirty.splice(0, count);
  }

  /**
   * A sync that failed: some sectors were written, and all pages are called clean, so that no later sync
   * writes them unless they are written anew (ext4, XFS; "Can Applications Recover from fsync Failures?",
   * ATC 2020). A truncation is metadata, which the journal keeps: then nothing is forgotten.
   */
  failWriteBack(upTo: number, random: SimRandom): Fate {
    if (this.dirty.some(({ truncates }) => truncates)) return { kept: 0, lost: 0 };
    const rest = this.dirty.filter(({ order }) => order > upTo);
    this.dirty = this.dirty.filter(({ order }) => order <= upTo);
    const fate = this.pick(random.chance(500) ? 'subset' : 'nothing', random);
    this.dirty = rest;
    return fate;
  }

  /** The system forgets the clean pages: who reads them gets what is on the disk. */
  evict(): void {
    this.cache = grown(Buffer.from(this.disk), this.cacheSize);
    this.cache.fill(0, Math.min(this.diskSize, this.cacheSize));
    for (const { bytes, first, size } of this.dirty) {
      bytes.copy(this.cache, first * SECTOR);
      this.cache.fill(0, size);
    }
    this.cache.fill(0, this.cacheSize);
  }

  /** The power was cut. */
  lose(survival: Survival, random: SimRandom): Fate {
    const fate = this.pick(survival, random);
    this.dirty = [];
    this.reload();
    return fate;
  }

  /** The power was cut; all bytes below `length` were written, and none from there on. */
  loseFrom(length: number): void {
    for (const each of this.dirty) this.apply(each);
    this.diskSize = Math.min(this.diskSize, length);
    this.dirty = [];
    this.reload();
  }

  private touched(first: number, end: number, order: number, truncates: boolean): void {
    const bytes = Buffer.from(this.cache.subarray(first * SECTOR, end * SECTOR));
    this.dirty.push({ order, first, bytes, size: this.cacheSize, truncates });
    // The system writes old pages back by itself.
    if (this.dirty.length > DIRTY) for (const each of this.dirty.splice(0, DIRTY / 2)) this.apply(each);
  }

  /** A truncation is not reordered with the writes around it. */
  private pick(survival: Survival, random: SimRandom): Fate {
    const ordered = survival === 'subset' && this.dirty.some(({ truncates }) => truncates);
    switch (ordered ? 'prefix' : survival) {
      case 'nothing':
        return { kept: 0, lost: this.dirty.reduce((sum, each) => sum + sectorsOf(each), 0) };
      case 'everything':
        for (const each of this.dirty) this.apply(each);
        return { kept: this.dirty.reduce((sum, each) => sum + sectorsOf(each), 0), lost: 0 };
      case 'prefix':
        return this.keepPrefix(random);
      case 'subset':
        return this.keepSubset(random);
    }
  }

  /** The first writes whole; the one after them torn: some of its sectors, the size before or after it. */
  private keepPrefix(random: SimRandom): Fate {
    const fate = { kept: 0, lost: 0 };
    const whole = random.integer(0, this.dirty.length);
    this.dirty.forEach((each, i) => {
      if (i < whole) this.apply(each);
      else if (i === whole) this.applySome(each, () => random.chance(500), fate, random.chance(500));
      fate[i < whole ? 'kept' : 'lost'] += i === whole ? 0 : sectorsOf(each);
    });
    return fate;
  }

  /** Each sector in one of the states that it had since the last sync, the size likewise. */
  private keepSubset(random: SimRandom): Fate {
    const versions = new Map<number, number>();
    for (const each of this.dirty) {
      for (let i = 0; i < sectorsOf(each); i += 1) {
        versions.set(each.first + i, (versions.get(each.first + i) ?? 0) + 1);
      }
    }
    const left = new Map([...versions].map(([sector, count]) => [sector, random.integer(0, count)] as const));
    const fate = { kept: 0, lost: 0 };
    const sized = random.integer(0, this.dirty.length);
    this.dirty.forEach((each, i) => {
      const keeps = (sector: number): boolean => {
        const more = left.get(sector) ?? 0;
        left.set(sector, more - 1);
        return more > 0;
      };
      this.applySome(each, keeps, fate, i < sized);
    });
    return fate;
  }

  private apply(each: Dirty | undefined): void {
    if (each === undefined) return;
    this.disk = grown(this.disk, each.first * SECTOR + each.bytes.length);
    each.bytes.copy(this.disk, each.first * SECTOR);
    this.diskSize = each.size;
    if (each.truncates) this.disk.fill(0, each.size);
  }

  private applySome(each: Dirty, keeps: (sector: number) => boolean, fate: Fate, sized: boolean): void {
    for (let i = 0; i < sectorsOf(each); i += 1) {
      const keep = keeps(each.first + i);
      fate[keep ? 'kept' : 'lost'] += 1;
      if (!keep) continue;
      const at = (each.first + i) * SECTOR;
      this.disk = grown(this.disk, at + SECTOR);
      each.bytes.copy(this.disk, at, i * SECTOR, (i + 1) * SECTOR);
    }
    if (sized) this.diskSize = each.size;
  }

  /** What is beyond the end of the file is gone, and the cache begins anew. */
  private reload(): void {
    this.disk = grown(this.disk, this.diskSize);
    this.disk.fill(0, this.diskSize);
    this.cache = Buffer.from(this.disk);
    this.cacheSize = this.diskSize;
  }
}
