/**
 * What the one loop needs from the world. Each port has an in-memory implementation (src/sim) and a real one
 * (src/runtime) under one contract suite (test/contract). Callbacks, not promises: a simulated run must be
 * deterministic, and a promise hides when its reaction runs.
 */
import type { Message } from '../core/messages.js';
import type { Command, LogRecord, Member, Slot, Value } from '../core/types.js';
import type { Change, ChangeAnswer } from './changes.js';

export interface Disk {
  /** Hands records to the operating system, in order. Not durable until a later sync is done. */
  append(records: readonly LogRecord[]): void;
  /**
   * Makes every record appended before this call durable, then calls done once, never inside this call. One
   * sync at a time. After an error the disk must not be used again: what is durable is then unknown.
   */
  sync(done: (error: Error | null) => void): void;
}

/** A command, and the epoch in which its handling began: it is executed in that epoch or not at all. */
export interface Handled extends Command {
  readonly epoch: number;
}

/** What one replica says to another on their link. Links may lose, repeat and reorder frames. */
export type Frame =
  | { readonly kind: 'parts'; readonly parts: readonly Message[] }
  /** A client command passed on to the leader; one that was passed on is never passed on again. */
  | ({ readonly kind: 'forward' } & Handled)
  | { readonly kind: 'answer'; readonly id: string; readonly epoch: number; readonly answer: Answer }
  /** To the leader, once a heartbeat: what is known, and what of it is on the disk. No step of the spec. */
  | { readonly kind: 'saved'; readonly prefix: Slot; readonly saved: Slot }
  /** A change of the configuration passed on to the leader, and what came of it. */
  | { readonly kind: 'change'; readonly id: string; readonly change: Change }
  | { readonly kind: 'changed'; readonly id: string; readonly answer: ChangeAnswer };

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
      /** In which it was executed. */
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
}

/** Where the trace goes: off, a ring buffer, a file. */
export interface TraceSink {
  /** One line without its newline. */
  write(line: string): void;
  /** Hands what was written to the operating system (no sync), before anything that rests on it leaves. */
  flush(): void;
}
