/**
 * Why a trace has no merge: it cannot be read (invalid), or no order of its events is possible (rejected).
 */

/** Where a rejected event stands and what it was. `file` is a path as given, `line` counts from 1. */
export interface EventRef {
  readonly file: string;
  readonly line: number;
  readonly replica: string;
  readonly action: string;
  readonly start: number;
  readonly seq: number;
}

/**
 * order: events wait for each other in a circle, or a message is used that never left. guard: the action is
 * not enabled in the spec. ids: other messages than the spec's were named, made or released. post-state: a
 * variable differs. invariant: two replicas know different values of a slot, or a batch is executed in two
 * slots.
 */
export type RejectionClass = 'order' | 'guard' | 'ids' | 'post-state' | 'invariant';

export interface Invalid {
  readonly verdict: 'invalid';
  readonly file: string;
  readonly line?: number;
  readonly reason: string;
}

export interface Rejected {
  readonly verdict: 'rejected';
  readonly class: RejectionClass;
  readonly event: EventRef;
  readonly reason: string;
}

/** Nothing is wrong with the files, but they show too little. */
export interface TooLittle {
  readonly verdict: 'undecided';
  readonly reason: string;
}

export type Failure = Invalid | Rejected | TooLittle;

export class MergeError extends Error {
  constructor(readonly failure: Failure) {
    super(failure.reason);
  }
}

export function invalid(file: string, line: number | undefined, reason: string): MergeError {
  return new MergeError({ verdict: 'invalid', file, reason, ...(line !== undefined && { line }) });
}

export function rejected(kind: RejectionClass, event: EventRef, reason: string): MergeError {
  return new MergeError({ verdict: 'rejected', class: kind, event, reason });
}

export function tooLittle(reason: string): MergeError {
  return new MergeError({ verdict: 'undecided', reason });
}
