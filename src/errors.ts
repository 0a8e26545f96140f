/** Errors that a person is meant to read, and the one table of exit codes. */

/** Exit codes of every command; README.md shows the same table and a test compares them. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  notRun: 3,
  undecided: 4,
  invalidInput: 5,
  internal: 6,
  /** The disk of a serving replica is full or failed a write or a sync; what is durable is unknown. */
  disk: 7,
  /** A directory or a port is in use by another process. */
  inUse: 8,
  /** The classes of what the simulator finds wrong; src/sim/checks/finding.ts says what each means. */
  invariant: 10,
  durability: 11,
  history: 12,
  divergence: 13,
  conformance: 14,
  liveness: 15,
  bound: 16,
  stop: 17,
  floor: 18,
  exactlyOnce: 19,
} as const;

export type ExitName = keyof typeof EXIT;

/** Whether it is an error of the operating system with this code, such as ENOSPC. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** A failure with a cause that the user can act on: what, where and what to do. Printed without a stack. */
export class DecreeError extends Error {
  override readonly name = 'DecreeError';
  constructor(
    readonly exit: ExitName,
    message: string,
  ) {
    super(message);
  }
}
