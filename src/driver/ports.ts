/**
 * What the one loop needs from the world. Each port has an in-memory implementation (src/sim) and a real one
 * (src/runtime) under one contract suite (test/contract). Callbacks, not promises: a simulated run must be
 * deterministic, and a promise hides when its reaction runs.
 */
import type { Message, MessageId } from '../core/messages.js';
import type { Command, LogRecord, Member, Slot, SnapshotHandle, Value } from '../core/types.js';
import type { DecreeError } from '../errors.js';
import type { Change, ChangeAnswer } from './changes.js';

export interface Disk {
  /** Hands records to the operating system, in order. Not durable until a later sync is done. */
  append(records: readonly LogRecord[]): void;
  /**
   * Makes every record appended before this call durable, then calls done once, never inside this call. One
   * sync at a time. After an error the disk must not be used again: what is durable is then unknown.
   */
  sync(done: (error: Error | null) => void): void;
  /**
   * Nothing at or below the slot is asked for again: what is only about such slots may go. The last durable
   * record stays, since it carries the promise.
   */
  cut(upTo: Slot): void;
}

/** A snapshot of which all but the digest is known. */
export type Begun = Omit<SnapshotHandle, 'digest'>;

/**
 * The snapshot files of a member. Where a call throws a DecreeError or tells one, that file is lost and
 * nothing else: the log does not rest on it.
 */
export interface SnapshotStore {
  /** Begins a file aside, for a state that this replica serialises. */
  write(begun: Begun): SnapshotFile;
  /** Begins a file aside, for the bytes of another replica's file. */
  receive(handle: SnapshotHandle): SnapshotFile;
  /** The bytes of a file that has its name; fewer at its end; null where it is kept no more. */
  read(id: MessageId, offset: number, length: number): Uint8Array | null;
  /** Its size in bytes; 0 where it is kept no more. */
  size(id: MessageId): number;
  /**
   * Removes all but the two newest and those that are given to peers; the slot of the oldest of them, below
   * which the log may go; 0 where there are fewer than two.
   */
  prune(given: ReadonlySet<MessageId>): Slot;
}

export interface SnapshotFile {
  /** Its bytes so far. */
  readonly bytes: number;
  /** The next part of the state, or the next bytes of a file that is received. */
  part(bytes: Uint8Array): void;
  /** The parts of the state in a file that was received whole, each checked as it is read; all at the end. */
  parts(): Iterator<Uint8Array>;
  /** Ends it and makes it durable, then calls done once, never inside this call. */
  sync(done: (error: DecreeError | null) => void): void;
  /** Gives it its name, durably. */
  publish(): SnapshotHandle;
  abandon(): void;
}

/** A command, and the epoch in which its handling began: it is executed in that epoch or not at all. */
export interface Handled extends Command {
  readonly epoch: number;
}

/** What one replica says to another on their link. Links may lose, repeat and reorder frames. */
export type Frame =
  | { readonly kind: 'parts'; readonly parts: readonly Message[] }
  /** A client command or a read passed on to the leader; what was passed on is never passed on again. */
  | ({ readonly kind: 'forward'; readonly read?: true } & Handled)
  | { readonly kind: 'answer'; readonly id: string; readonly epoch: number; readonly answer: Answer }
  /** To the leader, once a heartbeat: what is known, and what of it is on the disk. No step of the spec. */
  | { readonly kind: 'saved'; readonly prefix: Slot; readonly saved: Slot }
  /** Before a campaign: does a quorum hear the sender, and would it promise? And what the answer is. */
  | { readonly kind: 'question'; readonly n: number }
  | { readonly kind: 'reply'; readonly n: number; readonly free: boolean; readonly prefix: Slot }
  /** The leader hands over: the receiver shall campaign. */
  | { readonly kind: 'lead' }
  /** A change of the configuration passed on to the leader, and what came of it. */
  | { readonly kind: 'change'; readonly id: string; readonly change: Change }
  | { readonly kind: 'changed'; readonly id: string; readonly answer: ChangeAnswer }
  | { readonly kind: 'snapshot'; readonly part: SnapshotPart };

/** How a snapshot gets to who lacks it; no part of the protocol, for which it is a fact. */
export type SnapshotPart =
  | { readonly kind: 'offer'; readonly snapshot: SnapshotHandle; readonly bytes: number }
  | { readonly kind: 'ask'; readonly id: MessageId; readonly offset: number }
  | {
      readonly kind: 'bytes';
      readonly id: MessageId;
      readonly offset: number;
      readonly bytes: Uint8Array;
      /** CRC-32 of the bytes. */
      readonly crc: number;
    };

/**
 * The state machine's answer, or why there is none. After 'no leader', 'leader changed' and 'too many
 * requests' the command is certain not to be executed; after 'timed out' and 'stopping' it may or may not
 * be.
 */
export type Answer =
  | {
      readonly ok: true;
      readonly result: Uint8Array;
      readonly slot: Slot;
      readonly round: number;
      /** A read that the leader answered from its own state, and why it may; `slot` is the last executed. */
      readonly by?: 'lease' | 'quorum';
      /** In which it was executed; of a read, that of the state that it saw. */
      readonly epoch: number;
    }
  | { readonly ok: false; readonly reason: Unavailable };

export type Unavailable = 'no leader' | 'leader changed' | 'timed out' | 'too many requests' | 'stopping';

export interface Transport {
  /**
   * Queues a frame. True: it is on a link that is up, and may arrive. False: the link is down or its bounded
   * queue is full, the frame was dropped and never arrives. Who made the transport is told when a link that
   * was up breaks, and tells the replica (Replica.linkBroke).
   */
  send(to: Member, frame: Frame): boolean;
  /** Where members are that a configuration names; absent where all can be reached anyway. */
  reach?(addresses: Readonly<Record<Member, string>>): void;
}

export interface Clock {
  /** Monotonic milliseconds from an arbitrary origin. */
  now(): number;
  /** Wall time in milliseconds, if there is any: only compared with now(), to notice a suspended machine. */
  wall?(): number;
  /**
   * Runs the callback once after ms, never inside this call; the returned function cancels it. With ms = 0
   * it runs as soon as what is at hand has been read (a real clock uses setImmediate): the loop takes its
   * turns so.
   */
  after(ms: number, run: () => void): () => void;
}

export interface Random {
  /** A uniform integer in [min, max]. */
  integer(min: number, max: number): number;
}

/** The replicated state machine behind the log; one result per command of the value, in order. */
export interface StateMachine {
  apply(slot: Slot, value: Value): readonly Uint8Array[];
  /** The result of an operation that changes nothing, on the state as it is. */
  read(op: Uint8Array): Uint8Array;
  /**
   * The whole state as it is now, as parts of bytes: equal states give the same bytes, however they are cut.
   * The copy is made at once and cheaply; each part is a bounded amount of work, when it is asked for.
   */
  snapshot(): Iterator<Uint8Array>;
  /** Begins to take a state over; the machine keeps its own until done(). */
  restore(): Restoring;
}

export interface Restoring {
  part(bytes: Uint8Array): void;
  /** From now on the machine is in the state after that slot. */
  done(slot: Slot): void;
}

/** Where the trace goes: off, a ring buffer, a file. */
export interface TraceSink {
  /** One line without its newline. */
  write(line: string): void;
  /** Hands what was written to the operating system (no sync), before anything that rests on it leaves. */
  flush(): void;
}
