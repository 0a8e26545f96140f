/**
 * A disk in memory that does what a real one may: appended records sit in a buffer until a sync is done,
 * and a crash keeps a prefix of the buffer, whose length the seed picks.
 */
import type { LogRecord, Slot, SnapshotHandle } from '../core/types.js';
import type { Clock, Disk } from '../driver/ports.js';
import { slotOf } from '../storage/cut.js';
import { SimFiles, type SyncLatency } from './files.js';
import type { DiskStart, NodeDisk } from './node-disk.js';
import type { SimRandom } from './random.js';
import { SnapshotShelf } from './snapshot-shelf.js';

/** Of the snapshot files, which are real ones on simulated files: a record is never cut in two, a file is. */
const DIRECTORY = '/snapshots';

const NOTHING: readonly LogRecord[] = [];

/** What outlives the processes that use it. */
export class SimDisk implements NodeDisk {
  private readonly durable: LogRecord[] = [];
  /** How many of them were cut off. */
  private cutOff = 0;
  private readonly shelf: SnapshotShelf;
  private readonly snapshotFiles: SimFiles;
  private buffered: LogRecord[] = [];
  private starts = 0;
  private open: OpenDisk | null = null;
  /** Syncs that were done, records appended and records lost, since the disk was made. */
  readonly counts = { syncs: 0, appended: 0, lost: 0, survived: 0 };
  latency: SyncLatency;
  /** Makes the next sync fail with this error. */
  failNextSync: Error | null = null;
  /** While it is set no record can be appended: the error of a full disk. */
  full: Error | null = null;
  readonly files = null;
  /**
   * What becomes of a process that goes on after a failed sync. False: the next call throws. True: it is let
   * on, as Linux does: a later sync succeeds, and what the failed one covered is never written.
   */
  forgets = false;
  /** How many of the buffered records a failed sync covered: no later sync writes them. */
  private forgotten = 0;

  constructor(
    private readonly random: SimRandom,
    latency: SyncLatency,
    cell = 'sim',
  ) {
    this.latency = latency;
    this.snapshotFiles = new SimFiles(random.fork('snapshots'), [DIRECTORY]);
    this.shelf = new SnapshotShelf({ files: this.snapshotFiles, directory: DIRECTORY, cell });
  }

  /** Begins a process start: counts it durably and opens the log. */
  start(clock: Clock): DiskStart {
    if (this.open !== null) throw new Error('the disk is in use');
    this.starts += 1;
    this.open = new OpenDisk(this, clock);
    this.snapshotFiles.attach(clock);
    this.snapshotFiles.latency = this.latency;
    const shelf = this.shelf.start();
    return { start: this.starts, disk: this.open, records: this.recover(), begin: () => undefined, ...shelf };
  }

  /**
   * The process is gone. The first `survivors` unsynced records turn out to be on disk; without the
   * argument the seed picks how many.
   */
  crash(survivors?: number): void {
    const keep = Math.min(this.buffered.length, survivors ?? this.random.integer(0, this.buffered.length));
    this.counts.survived += keep;
    this.counts.lost += this.buffered.length - keep;
    for (const record of this.buffered.slice(0, keep)) this.durable.push(record);
    this.close();
    this.snapshotFiles.cutPower();
  }

  /** The process ended in peace: what it did not sync is lost all the same. */
  close(): void {
    this.snapshotFiles.release();
    this.buffered = [];
    this.forgotten = 0;
    this.open?.end();
    this.open = null;
  }

  /** The durable records, in the order in which they were appended. */
  recover(): readonly LogRecord[] {
    return this.durable.slice(this.cutOff);
  }

  /** The durable records from a position on; nothing durable is ever lost, so a reader may remember it. */
  since(position: number): readonly LogRecord[] {
    // Asked with every frame, and mostly for nothing.
    return position === this.durable.length ? NOTHING : this.durable.slice(position);
  }

  snapshot(): SnapshotHandle | null {
    return this.shelf.newest();
  }

  /** For OpenDisk alone: whole records from the front, but never the last, which carries the promise. */
  cut(upTo: Slot): void {
    while (this.cutOff < this.durable.length - 1 && isUpTo(this.durable[this.cutOff], upTo)) this.cutOff += 1;
  }

  /** How many records wait for a sync. */
  unsynced(): number {
    return this.buffered.length;
  }

  /** For OpenDisk alone. */
  append(records: readonly LogRecord[]): void {
    const taken = this.full === null ? records.length : this.random.integer(0, records.length - 1);
    this.counts.appended += taken;
    for (const record of records.slice(0, taken)) this.buffered.push(record);
    if (this.full !== null) throw this.full;
  }

  /** For OpenDisk alone: the first `count` buffered records are durable now. */
  harden(count: number): void {
    this.counts.syncs += 1;
    const lost = this.buffered.splice(0, this.forgotten).length;
    this.counts.lost += lost;
    this.forgotten = 0;
    for (const record of this.buffered.splice(0, count - lost)) this.durable.push(record);
  }

  /** For OpenDisk alone: a sync of the first `count` buffered records failed. */
  failed(count: number): void {
    this.forgotten = count;
  }

  syncMs(): number {
    return this.random.integer(this.latency.minMs, this.latency.maxMs);
  }
}

const isUpTo = (record: LogRecord | undefined, upTo: Slot): boolean =>
  record !== undefined && slotOf(record) <= upTo;

/** The port as one process start sees it. */
class OpenDisk implements Disk {
  private alive = true;
  private syncing = false;
  private failed = false;

  constructor(
    private readonly disk: SimDisk,
    private readonly clock: Clock,
  ) {}

  append(records: readonly LogRecord[]): void {
    this.assertUsable();
    try {
      this.disk.append(records);
    } catch (error) {
      this.failed = true;
      throw error;
    }
  }

  sync(done: (error: Error | null) => void): void {
    this.assertUsable();
    if (this.syncing) throw new Error('a sync is running already');
    this.syncing = true;
    const count = this.disk.unsynced();
    this.clock.after(this.disk.syncMs(), () => {
      if (!this.alive) return;
      this.syncing = false;
      const error = this.disk.failNextSync;
      this.disk.failNextSync = null;
      if (error === null) this.disk.harden(count);
      else this.fail(count);
      done(error);
    });
  }

  cut(upTo: Slot): void {
    this.assertUsable();
    this.disk.cut(upTo);
  }

  private fail(count: number): void {
    this.failed = !this.disk.forgets;
    this.disk.failed(count);
  }

  end(): void {
    this.alive = false;
  }

  private assertUsable(): void {
    if (!this.alive) throw new Error('the process that used this disk has ended');
    if (this.failed) throw new Error('the disk failed and must not be used again');
  }
}
