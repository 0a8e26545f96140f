/**
 * The snapshot files of a member, beside its log: written aside, synced, renamed, the directory synced. Two
 * are kept, so that the older one can stand in for one that turns out to be damaged; the log is kept from the
 * older one on.
 */
import { join } from 'node:path';
import type { MessageId } from '../core/messages.js';
import type { Slot, SnapshotHandle } from '../core/types.js';
import type { SnapshotFile, SnapshotStore } from '../driver/ports.js';
import { DecreeError } from '../errors.js';
import { diskFailure } from './failure.js';
import { NO_STORAGE_FAULTS, type StorageFaults } from './faults.js';
import { writeAll, type Files } from './files.js';
import {
  checkSnapshot,
  Damaged,
  encodeEnd,
  encodePart,
  encodeSnapshotHeader,
  snapshotParts,
  SnapshotReader,
  StateDigest,
  type Begun,
} from './snapshot-format.js';

const KEPT = 2;
const pattern = /^snapshot-(\d{16})\.snap$/;
const ASIDE = /^snapshot-(\d+)\.new$/;

export function snapshotPath(directory: string, upTo: Slot): string {
  return join(directory, `snapshot-${String(upTo).padStart(16, '0')}.snap`);
}

export interface SnapshotsFound {
  /** Intact ones, the newest first. */
  readonly intact: readonly SnapshotHandle[];
  /** What is wrong with each file that is not. */
  readonly damaged: readonly { readonly file: string; readonly why: string }[];
}

/** Reads and checks all of them. Throws a DecreeError where the disk fails. */
export function findSnapshots(files: Files, directory: string, cell: string): SnapshotsFound {
  const intact: SnapshotHandle[] = [];
  const damaged: { file: string; why: string }[] = [];
  for (const upTo of guard('list', directory, () => slotsIn(files, directory))) {
    const file = snapshotPath(directory, upTo);
    try {
      const handle = checkSnapshot(files, file, cell);
      if (handle.upTo === upTo) intact.push(handle);
      else damaged.push({ file, why: `${file} is the snapshot of slot ${handle.upTo}` });
    } catch (error) {
      if (!(error instanceof Damaged)) throw diskFailure(`read ${file}`, error);
      damaged.push({ file, why: error.message });
    }
  }
  return { intact, damaged };
}

/** The slots of the snapshot files, the highest first. */
function slotsIn(files: Files, directory: string): readonly Slot[] {
  const slots = (files.list(directory) ?? []).flatMap((name) => {
    const digits = pattern.exec(name)?.[1];
    return digits === undefined ? [] : [Number(digits)];
  });
  return slots.sort((a, b) => b - a);
}

/**
 * The snapshot that a start begins at: the newest intact one. A DecreeError where the log was cut and none
 * covers what was.
 */
export function chooseSnapshot(
  { intact, damaged }: SnapshotsFound,
  cutUpTo: Slot,
  directory: string,
): SnapshotHandle | null {
  const [newest = null] = intact;
  if ((newest?.upTo ?? 0) >= cutUpTo) return newest;
  const why = damaged.map(({ why: one }) => one).join('; ') || 'there is none';
  throw new DecreeError(
    'invalidInput',
    `${directory}: the log was cut up to slot ${cutUpTo}, and no intact snapshot covers that: ${why}. ` +
      'Nothing was changed. Copy a snapshot file of a later slot from another replica into this directory',
  );
}

export interface SnapshotFolderSetup {
  readonly files: Files;
  readonly directory: string;
  readonly cell: string;
  readonly found: SnapshotsFound;
  readonly faults?: StorageFaults;
}

export class SnapshotFolder implements SnapshotStore {
  /** Those under their names, the newest first. */
  private kept: SnapshotHandle[];
  private asides = 0;
  /** Told of each that got its name; for checks of simulated runs. */
  onPublished: (handle: SnapshotHandle) => void = () => undefined;

  constructor(private readonly setup: SnapshotFolderSetup) {
    this.kept = [...setup.found.intact];
  }

  write(begun: Begun): SnapshotFile {
    return new Aside(this.setup, this.asidePath(), begun, (handle) => this.published(handle));
  }

  receive(handle: SnapshotHandle): SnapshotFile {
    return new Aside(this.setup, this.asidePath(), handle, (published) => this.published(published), true);
  }

  /** The parts of one that is kept. */
  *parts(id: MessageId): Generator<Uint8Array> {
    const handle = this.kept.find((one) => one.id === id);
    if (handle === undefined) throw new Error(`no snapshot ${id} is kept`);
    const { files, directory, cell } = this.setup;
    yield* snapshotParts(files, snapshotPath(directory, handle.upTo), cell);
  }

  size(id: MessageId): number {
    const handle = this.kept.find((one) => one.id === id);
    if (handle === undefined) return 0;
    const { files, directory } = this.setup;
    const path = snapshotPath(directory, handle.upTo);
    return guard('look at', path, () => files.size(path)) ?? 0;
  }

  read(id: MessageId, offset: number, length: number): Uint8Array | null {
    const handle = this.kept.find((one) => one.id === id);
    if (handle === undefined) return null;
    const { files, directory } = this.setup;
    return guard('read a snapshot in', directory, () =>
      files.readAt(snapshotPath(directory, handle.upTo), offset, length),
    );
  }

  prune(given: ReadonlySet<MessageId>): Slot {
    const { files, directory } = this.setup;
    const kept = this.kept.filter(({ id }, i) => i < KEPT || given.has(id));
    const keep = new Set(kept.map(({ upTo }) => upTo));
    guard('remove old snapshots in', directory, () => {
      for (const upTo of slotsIn(files, directory))
        if (!keep.has(upTo)) files.unlinkLater(snapshotPath(directory, upTo));
    });
    this.kept = kept;
    return kept.length < KEPT ? 0 : (kept.at(-1)?.upTo ?? 0);
  }

  private published(handle: SnapshotHandle): void {
    this.kept = [handle, ...this.kept.filter(({ upTo }) => upTo !== handle.upTo)];
    this.kept.sort((a, b) => b.upTo - a.upTo);
    this.onPublished(handle);
  }

  private asidePath(): string {
    const { directory } = this.setup;
    return guard('begin a snapshot in', directory, () => {
      if (this.asides === 0) this.removeLeft();
      return join(directory, `snapshot-${++this.asides}.new`);
    });
  }

  /** What an earlier process left; its names are not used again. */
  private removeLeft(): void {
    const { files, directory } = this.setup;
    for (const name of files.list(directory) ?? []) {
      const number = ASIDE.exec(name)?.[1];
      if (number === undefined) continue;
      this.asides = Math.max(this.asides, Number(number));
      files.unlinkLater(join(directory, name));
    }
  }
}

/** One file while it is aside. */
class Aside implements SnapshotFile {
  private readonly digest = new StateDigest();
  private fd: number | null;
  private offset = 0;
  private syncing = false;
  private gone = false;

  constructor(
    private readonly setup: SnapshotFolderSetup,
    private readonly path: string,
    private handle: Begun | SnapshotHandle,
    private readonly onPublished: (handle: SnapshotHandle) => void,
    private readonly raw = false,
  ) {
    this.fd = guard('begin', path, () => setup.files.create(path));
    if (!raw) this.append(encodeSnapshotHeader(setup.cell, handle));
  }

  get bytes(): number {
    return this.offset;
  }

  part(bytes: Uint8Array): void {
    if (this.raw) return this.append(bytes);
    if (bytes.length === 0) return;
    this.digest.add(bytes);
    this.append(encodePart(bytes));
  }

  *parts(): Generator<Uint8Array> {
    const { files, cell } = this.setup;
    const begun = this.handle;
    try {
      const found = checkHeader(files, this.path, cell);
      if (found.id !== begun.id || found.upTo !== begun.upTo)
        throw new Damaged(`${this.path} is another one`);
      const digest = yield* snapshotParts(files, this.path, cell);
      if (!('digest' in begun) || digest !== begun.digest) throw new Damaged(`${this.path}: another digest`);
      this.handle = { ...found, digest };
    } catch (error) {
      if (error instanceof Damaged) throw new DecreeError('invalidInput', error.message);
      throw error;
    }
  }

  sync(done: (error: DecreeError | null) => void): void {
    if (!this.raw) {
      const digest = this.digest.end();
      this.append(encodeEnd(digest));
      this.handle = { ...this.handle, digest: digest.toString('hex') };
    }
    const { fd } = this;
    if (fd === null) throw new Error('the file is closed');
    this.syncing = true;
    this.setup.files.fdatasync(fd, (error) => {
      this.syncing = false;
      if (this.gone) return this.close();
      done(error === null ? null : diskFailure(`sync ${this.path}`, error));
    });
  }

  publish(): SnapshotHandle {
    const { files, directory, faults = NO_STORAGE_FAULTS } = this.setup;
    const { handle } = this;
    if (!('digest' in handle)) throw new Error('a snapshot is published before it was synced');
    this.close();
    guard('name a snapshot', this.path, () => {
      files.rename(this.path, snapshotPath(directory, handle.upTo));
      if (!faults.skipDirectorySync) files.syncDirectory(directory);
    });
    this.onPublished(handle);
    return handle;
  }

  abandon(): void {
    if (this.gone) return;
    this.gone = true;
    if (!this.syncing) this.close();
    guard('remove', this.path, () => this.setup.files.unlinkLater(this.path));
  }

  private append(bytes: Uint8Array): void {
    const { fd } = this;
    if (fd === null) throw new Error('the file is closed');
    guard('write', this.path, () => writeAll(this.setup.files, fd, bytes, this.offset));
    this.offset += bytes.length;
  }

  private close(): void {
    if (this.fd !== null) this.setup.files.close(this.fd);
    this.fd = null;
  }
}

function checkHeader(files: Files, path: string, cell: string): Begun {
  return new SnapshotReader(files, path, cell).header();
}

function guard<T>(what: string, path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw diskFailure(`${what} ${path}`, error);
  }
}
