/**
 * Appends records and syncs them in groups: one sync at a time, each covers all that was appended before
 * it, so a slow disk makes larger groups. An error is final: what is on disk is then unknown, and nothing
 * is retried.
 */
import { NO_FAULTS, type Faults } from '../core/index.js';
import type { LogRecord } from '../core/types.js';
import { DecreeError } from '../errors.js';
import type { Disk } from './ports.js';

export class GroupCommit {
  /** Records appended and in no sync yet; in the running sync. */
  private uncovered = 0;
  private covered: number | null = null;

  constructor(
    private readonly disk: Disk,
    /** The first `count` records that were not yet said to be durable are now. */
    private readonly persisted: (count: number) => void,
    private readonly failed: (error: DecreeError) => void,
    private readonly faults: Faults = NO_FAULTS,
  ) {}

  /** Every record appended is known to be durable. */
  get idle(): boolean {
    return this.uncovered === 0 && this.covered === null;
  }

  append(records: readonly LogRecord[]): void {
    if (records.length === 0) return;
    try {
      this.disk.append(records);
    } catch (error) {
      throw unusable('appending to the log', error);
    }
    this.uncovered += records.length;
  }

  /** Starts a sync if there is something to sync and none is running. */
  sync(): void {
    if (this.uncovered > 0 && this.covered !== null && this.faults.syncProgressOverwritten) {
      this.covered = this.uncovered;
      this.uncovered = 0;
    }
    if (this.uncovered === 0 || this.covered !== null) return;
    this.covered = this.uncovered;
    this.uncovered = 0;
    this.disk.sync((error) => {
      const count = this.covered ?? 0;
      if (error !== null && this.faults.failedSyncRetried) {
        this.uncovered += count;
        this.covered = null;
        return this.sync();
      }
      if (error !== null && !this.faults.failedSyncCounts) {
        this.failed(unusable('syncing the log', error));
        return;
      }
      this.covered = null;
      this.persisted(count);
    });
  }
}

function unusable(what: string, error: unknown): DecreeError {
  const text = error instanceof Error ? error.message : String(error);
  return new DecreeError(
    'internal',
    `${what} failed (${text}): what is on disk is unknown, so the replica stops`,
  );
}
