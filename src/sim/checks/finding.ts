/** What a checker found wrong. Each class of failures has an exit code of its own; see README.md. */

export const FAILURES = {
  /** An invariant of the spec does not hold of what is on disk, in memory, or has left. */
  invariant: 10,
  /** An acknowledged write was not durable, is lost, or was executed twice. */
  durability: 11,
  /** What the clients saw is not linearizable. */
  history: 12,
  /** Two replicas executed the same slots and are in different states. */
  divergence: 13,
  /** The spec does not allow the recorded events. */
  conformance: 14,
  /** After the faults a connected quorum did not go on. */
  liveness: 15,
  /** A queue or a buffer grew beyond its bound. */
  bound: 16,
  /** A process ended by itself, and no injected fault explains it. */
  stop: 17,
  /** Too little happened: the run proves nothing. */
  floor: 18,
} as const;

export type FailureClass = keyof typeof FAILURES;

export interface Finding {
  readonly failure: FailureClass;
  /** Milliseconds of simulated time. */
  readonly atMs: number;
  readonly what: string;
}
