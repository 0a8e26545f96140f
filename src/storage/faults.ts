/**
 * Mistakes that a test may plant in the log, to show that the simulator notices them. Nothing but a test or
 * a simulated run sets them. Each is read at one place.
 */
export interface StorageFaults {
  /** A sync is reported done at once and never made (read by the simulated disk). */
  readonly syncDoesNotWait: boolean;
  /** A failed sync is tried again, and its success is believed. */
  readonly retrySync: boolean;
  /** Recovery takes a record whatever its checksum says. */
  readonly keepTorn: boolean;
  /** The vote and the promise of one step are two writes. */
  readonly splitRecords: boolean;
  /** A start rests on what it read back without writing and syncing it first. */
  readonly trustRecovered: boolean;
  /** The entries of new segments are left to the file system. */
  readonly skipDirectorySync: boolean;
  /** Damage is cut with all that follows it, be it in a part that was synced (M41; PAR). */
  readonly rotIsCut: boolean;
  /** No sync writes how far the log was synced. */
  readonly positionNotWritten: boolean;
}

export const NO_STORAGE_FAULTS: StorageFaults = {
  syncDoesNotWait: false,
  retrySync: false,
  keepTorn: false,
  splitRecords: false,
  trustRecovered: false,
  skipDirectorySync: false,
  rotIsCut: false,
  positionNotWritten: false,
};
