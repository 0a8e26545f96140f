/**
 * The write-ahead log, the real Disk: append hands records to the operating system in one write, sync
 * makes all that was appended durable in one fdatasync (group commit). After any error the log is dead:
 * what a failed sync left on disk is unknown, and trying again may report success for pages that the
 * kernel dropped.
 */
import type { LogRecord, Slot } from '../core/types.js';
import type { Disk } from '../driver/ports.js';
import type { DecreeError } from '../errors.js';
import { diskFailure } from './failure.js';
import { NO_STORAGE_FAULTS, type StorageFaults } from './faults.js';
import { writeAll, type Files } from './files.js';
import { encodeEntry, encodeHeader, type LogEntry, type LogIdentity, type Position } from './format.js';
import { writeCut, type LogShape } from './cut.js';
import { segmentPath, segmentsIn } from './recover.js';
import type { Settled } from './settle.js';
import { SyncedFile } from './synced.js';

export interface LogOptions {
  /** A segment that reached this many bytes is closed before the next append that meets no sync under way. */
  readonly segmentBytes: number;
  /** Called once, with a DecreeError, when the disk failed: the process must end. */
  readonly onFatal: (error: DecreeError) => void;
  readonly files: Files;
  /** Planted mistakes; only tests have any. */
  readonly faults?: StorageFaults;
}

export const SEGMENT_BYTES = 64 * 1024 * 1024;

export interface LogCounts {
  readonly records: number;
  readonly bytes: number;
  readonly syncs: number;
  /** Segments that were removed at the front. */
  readonly cut: number;
}

export class WriteAheadLog implements Disk {
  readonly start: number;
  private readonly files: Files;
  private readonly faults: StorageFaults;
  private readonly syncedFile: SyncedFile;
  private fd = -1;
  /** Files that a sync under way may still use; closed after it. */
  private readonly retired: number[] = [];
  private segment: number;
  private offset = 0;
  private synced: Position | null;
  private readonly shape: LogShape;
  private syncing = false;
  private failure: DecreeError | null = null;
  private closed = false;
  /** For the planted mistake splitRecords alone. */
  private promised: LogRecord['promised'] = null;
  private readonly counted = { records: 0, bytes: 0, syncs: 0, cut: 0 };

  /**
   * Begins the segment of a new start; it is durable, with its directory entry, before the first record. A
   * DecreeError, of which onFatal is told too, where the disk fails.
   */
  constructor(
    private readonly directory: string,
    private readonly identity: LogIdentity,
    recovery: Settled,
    private readonly options: LogOptions,
  ) {
    this.files = options.files;
    this.faults = options.faults ?? NO_STORAGE_FAULTS;
    this.start = recovery.lastStart + 1;
    this.synced = recovery.end;
    this.shape = recovery.shape;
    this.segment = recovery.end?.segment ?? 0;
    this.syncedFile = this.guard(
      'open the note beside',
      () => new SyncedFile(this.files, directory, identity),
    );
    this.guard('begin a segment', () => this.beginSegment());
  }

  counts(): LogCounts {
    return { ...this.counted };
  }

  append(records: readonly LogRecord[]): void {
    if (records.length === 0) return;
    this.checkUsable();
    this.guard('write', () => {
      if (this.offset >= this.options.segmentBytes && !this.syncing) this.rotate();
      this.write(records);
      for (const record of records) this.shape.add(this.segment, record);
    });
    this.counted.records += records.length;
  }

  sync(done: (error: Error | null) => void): void {
    this.checkUsable();
    if (this.syncing) throw new Error('a sync is under way: one at a time');
    this.syncing = true;
    const reached = { segment: this.segment, offset: this.offset };
    const { mark } = this.shape;
    const synced = (error: Error | null): void => {
      if (error !== null && this.faults.retrySync && !this.closed)
        return this.files.fdatasync(this.fd, synced);
      this.syncing = false;
      for (const fd of this.retired.splice(0)) this.files.close(fd);
      if (this.closed) return;
      if (error === null) this.shape.reached(mark);
      done(error === null ? this.noteSynced(reached) : this.fail('sync', error));
    };
    this.files.fdatasync(this.fd, synced);
  }

  /**
   * Removes the first segments that are about no slot above upTo, once a note says that they may be missing.
   * A disk that refuses costs nothing but room: it is tried again after the next snapshot.
   */
  cut(upTo: Slot): void {
    this.checkUsable();
    const { files, directory, identity, shape } = this;
    const segment = shape.keptFrom(upTo);
    if (segment === shape.first) return;
    try {
      writeCut(files, directory, identity, { segment, upTo });
      for (const gone of segmentsIn(files, directory) ?? [])
        if (gone < segment) files.unlinkLater(segmentPath(directory, gone));
      this.counted.cut += segment - shape.first;
      shape.first = segment;
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error)) throw error;
    }
  }

  /**
   * Writes the mark of a clean stop and makes it durable; gives whether it is. There is none while a sync is
   * under way, whose error would go unseen; its callback is then not called.
   */
  close(): boolean {
    if (this.closed) return false;
    this.closed = true;
    const clean = this.failure === null && !this.syncing;
    if (clean) {
      this.guard('stop', () => {
        this.writeEntries([{ synced: this.synced, record: null }]);
        this.files.fdatasyncSync(this.fd);
        this.reached({ segment: this.segment, offset: this.offset });
      });
    }
    this.closeWhenIdle(this.fd);
    this.syncedFile.close();
    return clean;
  }

  /** Lets go of the files as the death of the process would: nothing is written, no callback is called. */
  abandon(): void {
    if (this.closed) return;
    this.closed = true;
    this.closeWhenIdle(this.fd);
    this.syncedFile.close();
  }

  private checkUsable(): void {
    if (this.failure !== null) throw this.failure;
    if (this.closed) throw new Error('the log is closed');
  }

  private noteSynced(reached: Position): DecreeError | null {
    try {
      this.reached(reached);
      return null;
    } catch (error) {
      return this.fail('note a sync', error);
    }
  }

  private reached(at: Position): void {
    this.counted.syncs += 1;
    if (this.faults.positionNotWritten) return;
    this.synced = at;
    this.syncedFile.write(at);
  }

  private write(records: readonly LogRecord[]): void {
    const entries = records.map((record) => ({ synced: this.synced, record }));
    if (!this.faults.splitRecords) return this.writeEntries(entries);
    for (const { synced, record } of entries) {
      this.writeEntries([{ synced, record: { ...record, promised: this.promised } }]);
      this.writeEntries([{ synced, record }]);
      this.promised = record.promised;
    }
  }

  private writeEntries(entries: readonly LogEntry[]): void {
    let { offset } = this;
    const encoded = entries.map((entry) => {
      const bytes = encodeEntry(this.identity, { segment: this.segment, offset }, entry);
      offset += bytes.length;
      return bytes;
    });
    this.writeBytes(encoded.length === 1 && encoded[0] !== undefined ? encoded[0] : Buffer.concat(encoded));
  }

  private writeBytes(data: Uint8Array): void {
    writeAll(this.files, this.fd, data, this.offset);
    this.offset += data.length;
    this.counted.bytes += data.length;
  }

  /**
   * Everything in the old segment is durable before the new one is begun, so damage in a segment that another
   * follows is always rot. Not while another sync is under way: the system tells an error to one of the two,
   * and calls the pages that it lost clean, so that the other succeeds.
   */
  private rotate(): void {
    const old = this.fd;
    this.files.fdatasyncSync(old);
    this.shape.reached(this.shape.mark);
    this.synced = { segment: this.segment, offset: this.offset };
    this.beginSegment();
    this.files.close(old);
  }

  private closeWhenIdle(fd: number): void {
    if (this.syncing) this.retired.push(fd);
    else this.files.close(fd);
  }

  private beginSegment(): void {
    const { cell, member } = this.identity;
    const previous = this.synced;
    this.segment += 1;
    this.offset = 0;
    this.fd = this.files.create(segmentPath(this.directory, this.segment));
    this.writeBytes(encodeHeader({ cell, member, segment: this.segment, start: this.start, previous }));
    this.files.fdatasyncSync(this.fd);
    if (!this.faults.skipDirectorySync) this.files.syncDirectory(this.directory);
    this.reached({ segment: this.segment, offset: this.offset });
  }

  private guard<T>(what: string, run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw this.fail(what, error);
    }
  }

  private fail(what: string, cause: unknown): DecreeError {
    if (this.failure !== null) return this.failure;
    this.failure = diskFailure(`${what} ${segmentPath(this.directory, this.segment)}`, cause);
    this.options.onFatal(this.failure);
    return this.failure;
  }
}
