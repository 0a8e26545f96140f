/** What a checker found wrong. Each class of failures has an exit code of its own; see README.md. */
import { EXIT, type ExitName } from '../../errors.js';

export const FAILURES = {
  /** An invariant of the spec does not hold of what is on disk, in memory, or has left. */
  invariant: EXIT.invariant,
  /** An acknowledged write was not durable, is lost, or was executed twice. */
  durability: EXIT.durability,
  /** What the clients saw is not linearizable. */
  history: EXIT.history,
  /** A numbered request was executed twice, was answered in two ways, or was refused against the rule. */
  exactlyOnce: EXIT.exactlyOnce,
  /** Two replicas executed the same slots and are in different states. */
  divergence: EXIT.divergence,
  /** The spec does not allow the recorded events. */
  conformance: EXIT.conformance,
  /** After the faults a connected quorum did not go on. */
  liveness: EXIT.liveness,
  /** A queue or a buffer grew beyond its bound. */
  bound: EXIT.bound,
  /** A process ended by itself, and no injected fault explains it. */
  stop: EXIT.stop,
  /** Too little happened: the run proves nothing. */
  floor: EXIT.floor,
} as const satisfies Partial<Record<ExitName, number>>;

export type FailureClass = keyof typeof FAILURES;

export const FAILURE_CLASSES = Object.keys(FAILURES) as readonly FailureClass[];

export interface Finding {
  readonly failure: FailureClass;
  /** Milliseconds of simulated time. */
  readonly atMs: number;
  readonly what: string;
}
