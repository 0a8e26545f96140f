/**
 * Taking snapshots without stopping: a frozen copy of the state machine is serialised in slices of bounded
 * work, each a turn of its own on the clock, into a file aside; once that is durable it gets its name, and in
 * the same breath the core is told. One that fails costs nothing but the file, and another is begun later.
 */
import { beginSnapshot, snapshotBlocked, type State } from '../core/index.js';
import type { Input } from '../core/step-types.js';
import type { MessageId } from '../core/messages.js';
import type { LogRecord, Slot, SnapshotHandle } from '../core/types.js';
import { DecreeError } from '../errors.js';
import type { ReplicaOptions } from './options.js';
import { valueBytes } from './outbox.js';
import type { Begun, Clock, Disk, SnapshotFile, SnapshotStore, StateMachine } from './ports.js';

/** A slice ends after so many milliseconds, or with the part that fills it. */
const SLICE_MS = 0.5;

export interface SnapshotPorts {
  readonly clock: Clock;
  readonly store: SnapshotStore;
  readonly machine: StateMachine;
  readonly disk: Disk;
  readonly options: ReplicaOptions;
  state(): State;
  /** Whether the replica runs: what it does not do any more is given up. */
  running(): boolean;
  /** A turn for one input, at once. */
  step(input: Input): void;
  /** Those of which a peer fetches pieces: they stay, or it would begin anew again and again. */
  given(): ReadonlySet<MessageId>;
  /** Runs a callback of the clock as a turn of the replica: what it throws ends the replica. */
  guarded(what: string, run: () => void): void;
}

export interface SnapshotCounts {
  taken: number;
  installed: number;
  failed: number;
  /** Ended late, or when more had been learnt: dropped. */
  dropped: number;
  offered: number;
}

export const NO_SNAPSHOTS: Readonly<SnapshotCounts> = {
  ...{ taken: 0, installed: 0, failed: 0, dropped: 0, offered: 0 },
};

export function addCounts(to: SnapshotCounts, more: Readonly<SnapshotCounts> | undefined): void {
  if (more === undefined) return;
  to.taken += more.taken;
  to.installed += more.installed;
  to.failed += more.failed;
  to.dropped += more.dropped;
  to.offered += more.offered;
}

interface Taking {
  readonly begun: Begun;
  readonly file: SnapshotFile;
  readonly parts: Iterator<Uint8Array>;
}

export class Snapshots {
  readonly counts: SnapshotCounts = { ...NO_SNAPSHOTS };
  private taking: Taking | null = null;
  /** Slot and bytes of the log behind which the next one is begun. */
  private since: Slot;
  private bytes = 0;
  private trimming = false;
  /** The last that was taken. */
  private before: SnapshotHandle | null = null;

  constructor(private readonly ports: SnapshotPorts) {
    this.since = ports.state().snapshot.upTo;
  }

  /** Records were appended to the log. */
  appended(records: readonly LogRecord[]): void {
    for (const { body } of records) if (body.kind === 'accept') this.bytes += valueBytes(body.value);
  }

  /** At the end of a turn: the state machine has executed all that is applied. */
  consider(): void {
    const { options } = this.ports;
    const state = this.ports.state();
    const slots = state.applied - this.since;
    const due = slots >= options.snapshotSlots || (slots > 0 && this.bytes >= options.snapshotBytes);
    if (this.taking === null && due) this.begin(state);
  }

  /** The core has a newer snapshot: what it covers may go, in files and in the log. */
  trim(upTo: Slot): void {
    this.since = Math.max(this.since, upTo);
    this.bytes = 0;
    if (this.trimming) return;
    this.trimming = true;
    this.later('cutting the log', () => {
      this.trimming = false;
      let cut: Slot = 0;
      if (this.tried(() => (cut = this.ports.store.prune(this.ports.given()))) && cut > 0)
        this.ports.disk.cut(cut);
    });
  }

  private begin(state: State): void {
    const { store, machine } = this.ports;
    this.since = state.applied;
    this.bytes = 0;
    const all = beginSnapshot(state);
    // Planted (snapshotLabelOff).
    const begun = state.faults.snapshotLabelOff ? mislabelled(all) : all;
    if (begun.upTo <= state.snapshot.upTo) return;
    this.tried(() => {
      this.taking = { begun, file: store.write(begun), parts: machine.snapshot() };
    });
    if (this.taking !== null) this.next();
  }

  private next(): void {
    this.later('a slice of a snapshot', () => this.slice());
  }

  private slice(): void {
    const { taking } = this;
    if (taking === null) return;
    let done = false;
    const wrote = this.tried(() => {
      done = takeSlice(taking.parts, this.ports, (part) => taking.file.part(part));
      if (done) taking.file.sync((error) => this.ports.guarded('a snapshot', () => this.synced(error)));
    });
    if (wrote && !done) this.next();
  }

  /** The file is durable under another name: the last moment to drop it. */
  private synced(error: DecreeError | null): void {
    const { taking } = this;
    if (taking === null || !this.ports.running()) return;
    if (error !== null) return this.failed();
    const blocked = snapshotBlocked(this.ports.state(), taking.begun);
    if (blocked !== null) {
      this.counts.dropped += 1;
      return this.giveUp();
    }
    let snapshot: SnapshotHandle | null = null;
    this.tried(() => (snapshot = taking.file.publish()));
    if (snapshot === null) return;
    this.taking = null;
    this.counts.taken += 1;
    this.ports.step({ kind: 'takeSnapshot', snapshot });
    const { before } = this;
    // Planted (lateSnapshotTaken): that the one before is done is told once more, late.
    if (before !== null && snapshotBlocked(this.ports.state(), before) === null)
      this.ports.step({ kind: 'takeSnapshot', snapshot: before });
    this.before = snapshot;
  }

  private later(what: string, run: () => void): void {
    this.ports.clock.after(this.ports.options.sliceRestMs, () => {
      if (this.ports.running()) this.ports.guarded(what, run);
    });
  }

  /** False where the disk refused: that snapshot failed, and the replica goes on. */
  private tried(run: () => void): boolean {
    try {
      run();
      return true;
    } catch (error) {
      if (!(error instanceof DecreeError) || error.exit !== 'disk') throw error;
      this.failed();
      return false;
    }
  }

  private failed(): void {
    this.counts.failed += 1;
    this.giveUp();
  }

  private giveUp(): void {
    const { taking } = this;
    this.taking = null;
    abandon(taking?.file ?? null);
  }
}

/** Hands on the next parts, as many as a slice may; whether those were the last. */
export function takeSlice(
  parts: Iterator<Uint8Array>,
  { clock, options }: Pick<SnapshotPorts, 'clock' | 'options'>,
  take: (part: Uint8Array) => void,
): boolean {
  const began = clock.now();
  for (let bytes = 0; bytes < options.sliceBytes && clock.now() - began < SLICE_MS;) {
    const next = parts.next();
    if (next.done === true) return true;
    take(next.value);
    bytes += next.value.length;
  }
  return false;
}

const mislabelled = (begun: Begun): Begun => {
  const upTo = begun.upTo - 1;
  return { ...begun, upTo, id: begun.id.replace(/\d+$/, String(upTo)) };
};

/** What cannot be removed either is removed before the next one. */
export function abandon(file: SnapshotFile | null): void {
  try {
    file?.abandon();
  } catch (error) {
    if (!(error instanceof DecreeError)) throw error;
  }
}
