/** What a simulated member needs of its disk: one of whole records (disk.ts) or the log on files. */
import type { LogRecord } from '../core/types.js';
import type { SnapshotHandle } from '../core/types.js';
import type { Clock, Disk, SnapshotStore } from '../driver/ports.js';
import type { FoundSnapshot } from '../driver/setup.js';
import type { DecreeError } from '../errors.js';
import type { SimFiles, SyncLatency } from './files.js';

export interface DiskStart {
  /** Counts the process starts from 1. */
  readonly start: number;
  readonly disk: Disk;
  /** What the log held, in the order in which it was appended. */
  readonly records: readonly LogRecord[];
  /** The newest intact snapshot that was found. */
  readonly snapshot: FoundSnapshot | null;
  readonly snapshots: SnapshotStore;
  /** Makes the start count; before it `disk` must not be used. Throws a DecreeError where it cannot. */
  readonly begin: () => void;
}

export interface NodeDisk {
  /**
   * Records appended; records that no sync had covered at a crash and that were on the disk all the same, or
   * were not; syncs that were done.
   */
  readonly counts: {
    readonly syncs: number;
    readonly appended: number;
    readonly lost: number;
    readonly survived: number;
  };
  latency: SyncLatency;
  /** Makes the next sync fail with this error. */
  failNextSync: Error | null;
  /** While it is set the disk is full: appending fails, with this error or that of the file system. */
  full: Error | null;
  /** The file system below, or null where there is none. */
  readonly files: SimFiles | null;
  /**
   * Begins a process start: reads the log and makes durable what it read. `onFatal` is told once if the disk
   * fails under the log later. Throws a DecreeError where the disk fails, or where the log is refused or
   * contradicts what was synced.
   */
  start(clock: Clock, onFatal: (error: DecreeError) => void): DiskStart;
  /**
   * The process is gone. At least the first `survivors` unsynced records turn out to be on the disk, and
   * those alone if no later one was synced; without the argument the seed picks.
   */
  crash(survivors?: number): void;
  /** The process ended in peace. Throws a DecreeError where its last write fails. */
  close(): void;
  /** The newest snapshot that is durable under its name, or null. */
  snapshot(): SnapshotHandle | null;
  /** The durable records that a start would read, in the order in which they were appended. */
  recover(): readonly LogRecord[];
  /** The durable records from a position on, also those cut off since; a reader may remember it. */
  since(position: number): readonly LogRecord[];
  /** How many records wait for a sync. */
  unsynced(): number;
}
