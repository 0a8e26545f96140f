/**
 * A file system in memory with the semantics of a real one. Writes are volatile until a sync of their file
 * is done, entries of a directory until it is synced; the death of a process leaves both in the page cache,
 * a power cut leaves a subset that the seed picks. Syncs take time, fail, and the disk fills up.
 */
import type { Clock } from '../driver/ports.js';
import type { Files } from '../storage/files.js';
import { Inode, type Survival } from './inode.js';
import type { SimRandom } from './random.js';

/** How long a sync takes, in milliseconds of virtual time. */
export interface SyncLatency {
  readonly minMs: number;
  readonly maxMs: number;
}

/** How many of 1,000 files are read from the disk again after a process died: the system may forget pages. */
const EVICTED = 200;
const SURVIVALS: readonly Survival[] = ['nothing', 'everything', 'prefix', 'subset'];

function failure(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}

export class SimFiles implements Files {
  private readonly directories: Set<string>;
  /** The entries as processes see them, and as they are on the disk. */
  private entries = new Map<string, Inode>();
  private synced = new Map<string, Inode>();
  private readonly handles = new Map<number, Inode>();
  private lastHandle = 2;
  private order = 0;
  /** Counts the times that all handles were lost: what was asked for before is not answered any more. */
  private life = 0;
  private clock: Clock | null = null;
  private calls: number | null = null;
  /** Bytes that the disk still takes. */
  room = Infinity;
  latency: SyncLatency = { minMs: 1, maxMs: 1 };
  /** Makes the next sync fail with this error. */
  failNextSync: Error | null = null;
  /** What happened since the file system was made; sectors are those of writes that no sync covered. */
  readonly counts = { syncs: 0, failedSyncs: 0, full: 0, kills: 0, powerCuts: 0, kept: 0, lost: 0 };

  constructor(
    private readonly random: SimRandom,
    directories: readonly string[],
  ) {
    this.directories = new Set(directories);
  }

  /** The clock by which asynchronous syncs of the process that runs now are done. */
  attach(clock: Clock): void {
    this.clock = clock;
  }

  /** The power is cut in the middle of things: all calls but the next `calls` throw, until it is back. */
  failAfter(calls: number): void {
    this.calls = calls;
  }

  /** The power is gone, or about to be: see failAfter. */
  get failing(): boolean {
    return this.calls !== null;
  }

  /** The process ended in peace: as killed, but not counted. */
  release(): void {
    this.dropHandles();
  }

  /** The process is dead; what it wrote is in the page cache. */
  kill(): void {
    this.counts.kills += 1;
    for (const inode of this.entries.values()) if (this.random.chance(EVICTED)) inode.evict();
    this.dropHandles();
  }

  /** The machine is dead. What no sync covered survives as told, or as the seed picks for each file. */
  cutPower(survival?: Survival): void {
    this.counts.powerCuts += 1;
    const pick = (): Survival => survival ?? SURVIVALS[this.random.integer(0, 3)] ?? 'nothing';
    this.loseEntries(pick());
    for (const inode of this.entries.values()) this.count(inode.lose(pick(), this.random));
    this.dropHandles();
  }

  /** The machine is dead; everything was written but what one file holds from an offset on. */
  cutPowerAt(path: string, offset: number): void {
    this.counts.powerCuts += 1;
    this.loseEntries('everything');
    for (const [each, inode] of this.entries) inode.loseFrom(each === path ? offset : Infinity);
    this.dropHandles();
  }

  /** What the disk holds if nothing survives that no sync covered: files of their own. */
  durable(): SimFiles {
    const copy = new SimFiles(this.random.fork('copy'), [...this.directories]);
    for (const [path, inode] of this.synced) copy.entries.set(path, inode.durable());
    copy.synced = new Map(copy.entries);
    return copy;
  }

  list(directory: string): readonly string[] | null {
    this.call();
    if (!this.directories.has(directory)) return null;
    const start = `${directory}/`;
    return [...this.entries.keys()].flatMap((path) =>
      path.startsWith(start) ? [path.slice(start.length)] : [],
    );
  }

  read(path: string): Buffer | null {
    this.call();
    return this.entries.get(path)?.read() ?? null;
  }

  readAt(path: string, offset: number, length: number): Buffer | null {
    this.call();
    return (
      this.entries
        .get(path)
        ?.read()
        .subarray(offset, offset + length) ?? null
    );
  }

  size(path: string): number | null {
    this.call();
    return this.entries.get(path)?.size ?? null;
  }

  create(path: string): number {
    this.call();
    if (this.entries.has(path)) throw failure('EEXIST', `file already exists, open '${path}'`);
    if (this.room <= 0) throw this.full(`open '${path}'`);
    const inode = new Inode();
    this.entries.set(path, inode);
    return this.handle(inode);
  }

  reopen(path: string): number {
    this.call();
    return this.handle(this.entry(path));
  }

  write(fd: number, data: Uint8Array, from: number, length: number, offset: number): number {
    this.call();
    const inode = this.inode(fd);
    const lacking = Math.max(0, offset + length - inode.size) - this.room;
    const taken = Math.min(length, length - lacking);
    if (taken <= 0 && length > 0) throw this.full('write');
    this.room -= Math.max(0, offset + taken - inode.size);
    inode.write(data.subarray(from, from + taken), offset, ++this.order);
    return taken;
  }

  fdatasync(fd: number, done: (error: Error | null) => void): void {
    // Without power nothing answers.
    if (this.calls === 0) return;
    this.call();
    if (this.clock === null) throw new Error('no process has these files open');
    const { life, order } = this;
    const inode = this.inode(fd);
    // An error is told to one of two syncs under way: pages that this one lost are clean for the other.
    const failed = this.failNextSync === null ? null : this.writeBack(inode, order);
    this.clock.after(this.random.integer(this.latency.minMs, this.latency.maxMs), () => {
      if (this.life === life) done(failed ?? this.writeBack(inode, order));
    });
  }

  fdatasyncSync(fd: number): void {
    this.call();
    const error = this.writeBack(this.inode(fd), this.order);
    if (error !== null) throw error;
  }

  truncate(fd: number, length: number): void {
    this.call();
    const inode = this.inode(fd);
    this.room += inode.size - length;
    inode.truncate(length, ++this.order);
  }

  /** At once: a process may die right before it, or right behind. */
  unlinkLater(path: string): void {
    this.unlink(path);
  }

  unlink(path: string): void {
    this.call();
    this.room += this.entry(path).size;
    this.entries.delete(path);
  }

  rename(from: string, to: string): void {
    this.call();
    const inode = this.entry(from);
    this.room += this.entries.get(to)?.size ?? 0;
    this.entries.delete(from);
    this.entries.set(to, inode);
  }

  syncDirectory(directory: string): void {
    this.call();
    if (!this.directories.has(directory)) throw failure('ENOENT', `no such directory, open '${directory}'`);
    this.synced = new Map(this.entries);
  }

  close(fd: number): void {
    if (!this.handles.delete(fd)) throw failure('EBADF', 'bad file descriptor, close');
  }

  /** How many files are open. */
  get open(): number {
    return this.handles.size;
  }

  private call(): void {
    if (this.calls === null) return;
    if (this.calls === 0) throw failure('EIO', 'the power was cut');
    this.calls -= 1;
  }

  private writeBack(inode: Inode, upTo: number): Error | null {
    const error = this.failNextSync;
    this.failNextSync = null;
    this.counts.syncs += 1;
    if (error === null) {
      inode.writeBack(upTo);
      return null;
    }
    this.counts.failedSyncs += 1;
    this.count(inode.failWriteBack(upTo, this.random));
    return error;
  }

  private count({ kept, lost }: { readonly kept: number; readonly lost: number }): void {
    this.counts.kept += kept;
    this.counts.lost += lost;
  }

  private full(what: string): Error {
    this.counts.full += 1;
    return failure('ENOSPC', `no space left on device, ${what}`);
  }

  private handle(inode: Inode): number {
    this.lastHandle += 1;
    this.handles.set(this.lastHandle, inode);
    return this.lastHandle;
  }

  private inode(fd: number): Inode {
    const inode = this.handles.get(fd);
    if (inode === undefined) throw failure('EBADF', `bad file descriptor ${fd}`);
    return inode;
  }

  private entry(path: string): Inode {
    const inode = this.entries.get(path);
    if (inode === undefined) throw failure('ENOENT', `no such file or directory, '${path}'`);
    return inode;
  }

  /** Each entry that was made or removed since the last sync of the directory is so on the disk, or not. */
  private loseEntries(survival: Survival): void {
    const kept = new Map<string, Inode>();
    for (const path of [...new Set([...this.synced.keys(), ...this.entries.keys()])]) {
      const [now, then] = [this.entries.get(path), this.synced.get(path)];
      const written =
        now === then || survival === 'everything' || (survival !== 'nothing' && this.random.chance(500));
      const inode = written ? now : then;
      if (inode !== undefined) kept.set(path, inode);
    }
    this.entries = kept;
    this.synced = new Map(kept);
  }

  private dropHandles(): void {
    this.handles.clear();
    this.life += 1;
    this.calls = null;
    this.clock = null;
    this.failNextSync = null;
  }
}
