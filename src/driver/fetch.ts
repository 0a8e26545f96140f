/**
 * Getting a snapshot from a peer, and giving it. Who asks for slots that were cut is offered the snapshot by
 * its handle, takes it in pieces, each checked, and goes on where it stopped: the question for entries comes
 * with each heartbeat, so an offer comes again after a loss, perhaps from another member that has the same
 * file. What came whole is read part by part, in slices, into a state aside, made durable, named, and then
 * installed in the same breath.
 */
import { crc32 } from 'node:zlib';
import { installBlocked } from '../core/index.js';
import type { MessageId } from '../core/messages.js';
import type { Member, SnapshotHandle } from '../core/types.js';
import { DecreeError } from '../errors.js';
import type { Restoring, SnapshotFile, SnapshotPart } from './ports.js';
import { abandon, takeSlice, type SnapshotCounts, type SnapshotPorts } from './snapshots.js';

/** A peer that has asked for no piece for so many heartbeats fetches no more. */
const GIVEN_BEATS = 20;

export interface FetchPorts extends SnapshotPorts {
  send(to: Member, part: SnapshotPart): void;
}

interface Fetching {
  readonly snapshot: SnapshotHandle;
  readonly bytes: number;
  readonly file: SnapshotFile;
  /** When the last piece came, or was asked for again. */
  moved: number;
  restoring: Restoring | null;
  /** A peer that offered another one was asked for this one, and nothing has come since. */
  askedAgain: boolean;
}

export class Fetch {
  private fetching: Fetching | null = null;
  /** When a piece of each snapshot was last asked for by a peer. */
  private readonly asked = new Map<MessageId, number>();
  /** The state that the core is being told to take over. */
  private installing: Restoring | null = null;

  constructor(
    private readonly ports: FetchPorts,
    private readonly counts: SnapshotCounts,
  ) {}

  /** A member asked for what was cut. */
  offer(to: Member, snapshot: SnapshotHandle): void {
    const bytes = this.sizeOf(snapshot);
    if (bytes === 0) return;
    this.counts.offered += 1;
    this.ports.send(to, { kind: 'offer', snapshot, bytes });
  }

  receive(from: Member, part: SnapshotPart): void {
    switch (part.kind) {
      case 'offer':
        return this.offered(from, part.snapshot, part.bytes);
      case 'ask':
        return this.give(from, part.id, part.offset);
      case 'bytes':
        return this.take(from, part);
    }
  }

  /** The state of the snapshot that was just installed. */
  installed(): Restoring {
    const { installing } = this;
    if (installing === null) throw new Error('a snapshot is installed of which there is no state');
    this.installing = null;
    return installing;
  }

  /** One that lies under its name already, and was read. */
  installCopy(snapshot: SnapshotHandle, restoring: Restoring): void {
    if (installBlocked(this.ports.state(), snapshot) === null) this.install(snapshot, restoring);
  }

  private install(snapshot: SnapshotHandle, restoring: Restoring | null): void {
    this.installing = restoring;
    this.counts.installed += 1;
    this.ports.step({ kind: 'installSnapshot', snapshot });
  }

  given(): ReadonlySet<MessageId> {
    const { clock, options } = this.ports;
    const since = clock.now() - GIVEN_BEATS * options.heartbeatMs;
    for (const [id, at] of this.asked) if (at < since) this.asked.delete(id);
    return new Set(this.asked.keys());
  }

  private give(to: Member, id: string, offset: number): void {
    const bytes = this.read(id, offset);
    if (bytes === null) return this.offer(to, this.ports.state().snapshot);
    this.asked.set(id, this.ports.clock.now());
    this.ports.send(to, { kind: 'bytes', id, offset, bytes, crc: crc32(bytes) });
  }

  private sizeOf({ id }: SnapshotHandle): number {
    try {
      return this.ports.store.size(id);
    } catch (error) {
      if (!(error instanceof DecreeError)) throw error;
      return 0;
    }
  }

  private read(id: string, offset: number): Uint8Array | null {
    try {
      return this.ports.store.read(id, offset, this.ports.options.chunkBytes);
    } catch (error) {
      if (!(error instanceof DecreeError)) throw error;
      return null;
    }
  }

  private offered(from: Member, snapshot: SnapshotHandle, bytes: number): void {
    const { clock, options } = this.ports;
    if (installBlocked(this.ports.state(), snapshot) !== null) return;
    const { fetching } = this;
    const stalled = fetching !== null && clock.now() - fetching.moved >= options.heartbeatMs;
    if (fetching !== null && !stalled) return;
    if (fetching !== null && fetching.restoring !== null) return;
    // Who offers a newer one may still keep this one; if not, it will offer again.
    if (fetching !== null && (fetching.snapshot.id === snapshot.id || !fetching.askedAgain)) {
      fetching.moved = clock.now();
      fetching.askedAgain = fetching.snapshot.id !== snapshot.id;
      return this.ask(from, fetching);
    }
    this.giveUp();
    this.tried(() => {
      const file = this.ports.store.receive(snapshot);
      this.fetching = { snapshot, bytes, file, moved: clock.now(), restoring: null, askedAgain: false };
    });
    if (this.fetching !== null) this.ask(from, this.fetching);
  }

  private ask(of: Member, { snapshot, file }: Fetching): void {
    this.ports.send(of, { kind: 'ask', id: snapshot.id, offset: file.bytes });
  }

  private take(from: Member, { id, offset, bytes, crc }: Extract<SnapshotPart, { kind: 'bytes' }>): void {
    const { fetching } = this;
    if (fetching === null || fetching.snapshot.id !== id || fetching.file.bytes !== offset) return;
    if (crc32(bytes) !== crc || bytes.length === 0 || fetching.restoring !== null) return;
    if (installBlocked(this.ports.state(), fetching.snapshot) !== null) return this.giveUp();
    if (!this.tried(() => fetching.file.part(bytes))) return;
    fetching.moved = this.ports.clock.now();
    fetching.askedAgain = false;
    if (fetching.file.bytes < fetching.bytes) return this.ask(from, fetching);
    this.tried(() => this.restore(fetching, fetching.file.parts(), this.ports.machine.restore()));
  }

  /** Reads the next parts of the file that came whole. */
  private restore(fetching: Fetching, parts: Iterator<Uint8Array>, restoring: Restoring): void {
    fetching.restoring = restoring;
    const { clock, options } = this.ports;
    clock.after(options.sliceRestMs, () => {
      if (!this.ports.running() || this.fetching !== fetching) return;
      this.ports.guarded('a slice of a snapshot', () => {
        let done = false;
        const read = this.tried(() => {
          done = takeSlice(parts, this.ports, (part) => restoring.part(part));
          if (done) fetching.file.sync((error) => this.ports.guarded('a snapshot', () => this.synced(error)));
        });
        if (read && !done) this.restore(fetching, parts, restoring);
      });
    });
  }

  private synced(error: DecreeError | null): void {
    const { fetching } = this;
    if (fetching === null || !this.ports.running()) return;
    if (error !== null) return this.failed();
    if (installBlocked(this.ports.state(), fetching.snapshot) !== null) return this.giveUp();
    let snapshot: SnapshotHandle | null = null;
    this.tried(() => (snapshot = fetching.file.publish()));
    if (snapshot === null) return;
    this.fetching = null;
    this.install(snapshot, fetching.restoring);
  }

  /** False where the disk refused, or the file is no snapshot: it is fetched anew, with the next offer. */
  private tried(run: () => void): boolean {
    try {
      run();
      return true;
    } catch (error) {
      if (!(error instanceof DecreeError)) throw error;
      this.failed();
      return false;
    }
  }

  private failed(): void {
    this.counts.failed += 1;
    this.giveUp();
  }

  private giveUp(): void {
    const { fetching } = this;
    this.fetching = null;
    abandon(fetching?.file ?? null);
  }
}
