/** What a replica is made of. */
import type { Faults } from '../core/index.js';
import type { Birth, LogRecord, Member, SnapshotHandle } from '../core/types.js';
import type { DecreeError } from '../errors.js';
import type { ReplicaOptions } from './options.js';
import type { Clock, Disk, Random, SnapshotStore, StateMachine, TraceSink, Transport } from './ports.js';

export interface ReplicaPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
  /** Absent: no snapshot is taken, given or got. */
  readonly snapshots?: SnapshotStore;
  readonly transport: Transport;
  readonly machine: StateMachine;
  readonly trace: TraceSink;
}

export interface ReplicaSetup {
  readonly self: Member;
  readonly birth: Birth;
  /** Counts the process starts of this member from 1. */
  readonly start: number;
  /** What the log held when it was opened. */
  readonly records: Iterable<LogRecord>;
  /** The newest intact snapshot that was found then, and the parts of its state. */
  readonly snapshot?: FoundSnapshot | null;
  readonly options: ReplicaOptions;
  readonly ports: ReplicaPorts;
  /** Called once, when the replica stopped by itself: it must not go on, and nothing is tried again. */
  readonly onFatal: (error: DecreeError) => void;
  /** Addresses of the members of the birth record, for configurations to come; none if absent. */
  readonly addresses?: () => Readonly<Record<Member, string>>;
  /** Planted mistakes; only tests have any. */
  readonly faults?: Partial<Faults>;
}

export interface FoundSnapshot {
  readonly handle: SnapshotHandle;
  readonly parts: () => Iterable<Uint8Array>;
}
