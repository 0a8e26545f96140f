/**
 * The disk of a simulated member as the real process has it: the write-ahead log of src/storage on simulated
 * files, recovered as in src/runtime/replica-process.ts. Beside it a list of what was appended and of what
 * the log called synced: each recovery must yield a prefix of the first that includes the second.
 */
import type { LogRecord, Slot, SnapshotHandle } from '../core/types.js';
import type { Clock, Disk } from '../driver/ports.js';
import { DecreeError } from '../errors.js';
import { NO_STORAGE_FAULTS, type StorageFaults } from '../storage/faults.js';
import type { LogIdentity } from '../storage/format.js';
import { slotOf } from '../storage/cut.js';
import { WriteAheadLog } from '../storage/log.js';
import { pack } from '../storage/msgpack.js';
import { readLog, segmentPath, segmentsIn, type Recovery } from '../storage/recover.js';
import { scanSegment } from '../storage/scan.js';
import { chooseSnapshot } from '../storage/snapshots.js';
import { settle, type Settled } from '../storage/settle.js';
import { SimFiles, type SyncLatency } from './files.js';
import type { DiskStart, NodeDisk } from './node-disk.js';
import type { SimRandom } from './random.js';
import { SnapshotShelf } from './snapshot-shelf.js';

export interface WalSetup {
  readonly identity: LogIdentity;
  /** A segment that reached this many bytes is closed; small, so that runs rotate. 4,096 if absent. */
  readonly segmentBytes?: number;
  /** How many of 1,000 crashes are of the process alone and leave the page cache; 300 if absent. */
  readonly killPerMille?: number;
  readonly faults?: Partial<StorageFaults>;
}

const DIRECTORY = '/log';

const NOTHING: readonly LogRecord[] = [];

export class SimWalDisk implements NodeDisk {
  readonly files: SimFiles;
  readonly counts = { syncs: 0, appended: 0, lost: 0, survived: 0 };
  private readonly faults: StorageFaults;
  /** What the log called synced, and what was appended after it. */
  private readonly durable: LogRecord[] = [];
  private waiting: LogRecord[] = [];
  private readonly shelf: SnapshotShelf;
  private log: WriteAheadLog | null = null;
  private inUse = false;
  private fullBy: Error | null = null;
  /** The starts that the marker knows of: it is written after the log knows of the start. */
  private starts = 0;

  constructor(
    private readonly random: SimRandom,
    latency: SyncLatency,
    private readonly setup: WalSetup,
  ) {
    this.files = new SimFiles(random.fork('files'), [DIRECTORY]);
    this.files.latency = latency;
    this.faults = { ...NO_STORAGE_FAULTS, ...setup.faults };
    const { files, faults } = this;
    this.shelf = new SnapshotShelf({ files, directory: DIRECTORY, cell: setup.identity.cell, faults });
  }

  get latency(): SyncLatency {
    return this.files.latency;
  }

  set latency(latency: SyncLatency) {
    this.files.latency = latency;
  }

  get failNextSync(): Error | null {
    return this.files.failNextSync;
  }

  set failNextSync(error: Error | null) {
    this.files.failNextSync = error;
  }

  get full(): Error | null {
    return this.fullBy;
  }

  /** A full disk takes a few bytes more, so that a write may be cut. */
  set full(error: Error | null) {
    this.fullBy = error;
    this.files.room = error === null ? Infinity : this.random.integer(0, 500);
  }

  start(clock: Clock, onFatal: (error: DecreeError) => void): DiskStart {
    if (this.inUse) throw new Error('the disk is in use');
    this.files.attach(clock);
    const recovery = this.read(this.files);
    const found = this.shelf.find();
    chooseSnapshot(found, recovery.cutUpTo, DIRECTORY);
    this.compare(recovery.records, recovery.cutUpTo);
    const settled = settle(this.files, DIRECTORY, recovery, this.faults);
    this.durable.push(...this.waiting.splice(0));
    this.inUse = true;
    const opened = (): WriteAheadLog => {
      if (this.log === null) throw new Error('the log is not open');
      return this.log;
    };
    return {
      start: recovery.lastStart + 1,
      records: recovery.records,
      ...this.shelf.start(found),
      begin: () => this.begin(settled, onFatal),
      disk: {
        append: (records) => this.append(opened(), records),
        sync: (done) => this.sync(opened(), clock, done),
        cut: (upTo) => opened().cut(upTo),
      },
    };
  }

  crash(survivors?: number): void {
    const keeps = survivors === undefined ? null : this.endOf(survivors);
    this.log?.abandon();
    this.log = null;
    this.inUse = false;
    if (keeps !== null) this.files.cutPowerAt(keeps.path, keeps.offset);
    else if (this.random.chance(this.setup.killPerMille ?? 300)) this.files.kill();
    else this.files.cutPower();
  }

  close(): void {
    if (this.log?.close() === true) this.durable.push(...this.waiting.splice(0));
    this.files.release();
    this.log = null;
    this.inUse = false;
  }

  snapshot(): SnapshotHandle | null {
    return this.shelf.newest();
  }

  recover(): readonly LogRecord[] {
    return this.read(this.files.durable()).records;
  }

  since(position: number): readonly LogRecord[] {
    // Asked with every frame, and mostly for nothing.
    return position === this.durable.length ? NOTHING : this.durable.slice(position);
  }

  unsynced(): number {
    return this.waiting.length;
  }

  private read(files: SimFiles): Recovery {
    return readLog(files, DIRECTORY, this.setup.identity, this.starts, this.faults);
  }

  private begin(settled: Settled, onFatal: (error: DecreeError) => void): void {
    const { files, faults } = this;
    const { identity, segmentBytes = 4_096 } = this.setup;
    this.log = new WriteAheadLog(DIRECTORY, identity, settled, { files, segmentBytes, faults, onFatal });
    this.starts = this.log.start;
  }

  /** What cannot be on the disk any more is forgotten; the rest is durable once the log is settled. */
  private compare(found: readonly LogRecord[], cutUpTo: Slot): void {
    const written = [...this.durable, ...this.waiting];
    const [first] = found;
    const cut = first === undefined || cutUpTo === 0 ? 0 : written.findIndex((record) => same(record, first));
    const kept = written.slice(0, cut).find((record) => slotOf(record) > cutUpTo);
    if (kept !== undefined) throw wrong(`a record of slot ${slotOf(kept)} was cut, above slot ${cutUpTo}`);
    this.comparePrefix(written, [...written.slice(0, cut), ...found]);
  }

  private comparePrefix(written: readonly LogRecord[], found: readonly LogRecord[]): void {
    const differs = found.findIndex((record, i) => !same(record, written[i]));
    if (differs !== -1) {
      const place = differs < this.durable.length ? 'synced' : 'appended';
      throw wrong(`record ${differs + 1} of the log is not the one that was ${place}`);
    }
    if (found.length < this.durable.length) {
      throw wrong(`the log has ${found.length} records, but ${this.durable.length} had been synced`);
    }
    this.counts.survived += found.length - this.durable.length;
    this.counts.lost += written.length - found.length;
    this.waiting = written.slice(this.durable.length, found.length);
  }

  private append(log: WriteAheadLog, records: readonly LogRecord[]): void {
    this.counts.appended += records.length;
    this.waiting.push(...records);
    log.append(records);
  }

  private sync(log: WriteAheadLog, clock: Clock, done: Parameters<Disk['sync']>[0]): void {
    const covered = this.waiting.length;
    const whenDone = (error: Error | null): void => {
      if (error === null) {
        this.counts.syncs += 1;
        this.durable.push(...this.waiting.splice(0, covered));
      }
      done(error);
    };
    if (this.faults.syncDoesNotWait) clock.after(0, () => whenDone(null));
    else log.sync(whenDone);
  }

  /** Where the first `survivors` unsynced records end, or what is synced after them. */
  private endOf(survivors: number): { readonly path: string; readonly offset: number } {
    const segment = segmentsIn(this.files, DIRECTORY)?.at(-1) ?? 0;
    const path = segmentPath(DIRECTORY, segment);
    const data = this.files.read(path) ?? Buffer.alloc(0);
    const { entries } = scanSegment(data, segment, this.setup.identity);
    const last = survivors === 0 ? this.durable[this.durable.length - 1] : this.waiting[survivors - 1];
    const at = entries.findIndex(({ entry }) => same(entry.record, last ?? null));
    return { path, offset: entries[at + 1]?.offset ?? data.length };
  }
}

function same(a: LogRecord | null, b: LogRecord | null | undefined): boolean {
  return b !== undefined && pack(a).equals(pack(b));
}

function wrong(what: string): DecreeError {
  return new DecreeError('internal', `recovery contradicts what was written: ${what}`);
}
