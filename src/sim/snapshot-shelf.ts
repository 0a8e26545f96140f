/** The snapshot files of a simulated member: those of src/storage on files that crash. */
import type { SnapshotHandle } from '../core/types.js';
import type { SnapshotStore } from '../driver/ports.js';
import type { FoundSnapshot } from '../driver/setup.js';
import type { StorageFaults } from '../storage/faults.js';
import { findSnapshots, SnapshotFolder, type SnapshotsFound } from '../storage/snapshots.js';
import type { SimFiles } from './files.js';

export interface ShelfSetup {
  readonly files: SimFiles;
  readonly directory: string;
  readonly cell: string;
  readonly faults?: StorageFaults;
}

export interface ShelfStart {
  readonly snapshot: FoundSnapshot | null;
  readonly snapshots: SnapshotStore;
}

export class SnapshotShelf {
  /** The newest that has its name, as the process that runs said last, or as the last start found. */
  private published: SnapshotHandle | null = null;

  constructor(private readonly setup: ShelfSetup) {}

  /** Throws a DecreeError where the disk fails. */
  find(): SnapshotsFound {
    return findSnapshots(this.setup.files, this.setup.directory, this.setup.cell);
  }

  start(found = this.find()): ShelfStart {
    const folder = new SnapshotFolder({ ...this.setup, found });
    const [newest = null] = found.intact;
    this.published = newest;
    const snapshot = newest === null ? null : { handle: newest, parts: () => folder.parts(newest.id) };
    return { snapshot, snapshots: this.watched(folder) };
  }

  newest(): SnapshotHandle | null {
    return this.published;
  }

  private watched(folder: SnapshotFolder): SnapshotStore {
    folder.onPublished = (handle) => {
      if (handle.upTo > (this.published?.upTo ?? 0)) this.published = handle;
    };
    return folder;
  }
}
