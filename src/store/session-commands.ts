/**
 * Exactly-once, as commands: a session is opened, a mutation is asked for in it under a number, and it is
 * ended. See spec/Sessions.tla: OpenSession, Request and Retry, Evict.
 */
import type { Operation, Refusal, Result } from './operations.js';
import type { Place } from './place.js';

/** Executed at a place of the log, it opens the session of that name. */
export interface OpenSession {
  readonly kind: 'open';
}

/** Ends a session; one that is unknown stays so. */
export interface EvictSession {
  readonly kind: 'evict';
  readonly session: Place;
  /**
   * Where the session was used last as far as the sender knows; if it was used again since, it is not ended.
   * null ends it in any case.
   */
  readonly used: Place | null;
}

/** A mutation that is executed at most once, however often and wherever it is in the log. */
export interface SessionRequest {
  readonly kind: 'request';
  readonly session: Place;
  /** From 1 on; another operation has another number. */
  readonly seq: number;
  /** The lowest number to which the client has no answer; those below are forgotten. */
  readonly low: number;
  readonly operation: Operation;
}

export type SessionCommand = OpenSession | EvictSession | SessionRequest;

/** All that the store executes. */
export type StoreCommand = Operation | SessionCommand;

export interface Opened {
  readonly kind: 'opened';
  readonly revision: number;
  readonly session: Place;
  /** How many numbers, from the lowest without an answer on, are taken. */
  readonly window: number;
}

export interface Evicted {
  readonly kind: 'evicted';
  readonly revision: number;
  /** False where it was unknown, or was used since. */
  readonly evicted: boolean;
}

/** What a command is answered with. A request gets what its operation gets, or a Refusal of its session. */
export type CommandResult = Result | Opened | Evicted;

/** Why a request was not executed by its session: it changed nothing, and the row is as it was. */
export const SESSION_ERRORS = ['unknown session', 'below the window', 'above the window'] as const;
export type SessionError = (typeof SESSION_ERRORS)[number];

/** A refusal by the table of sessions: no answer to the number, which may have been executed, or be yet. */
export function isSessionRefusal(result: CommandResult): result is Refusal & { error: SessionError } {
  return result.kind === 'refused' && SESSION_ERRORS.some((error) => error === result.error);
}
