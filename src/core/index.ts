/** What the core offers to the others. */
export { compareBallots, equalBallots, formatBallot, higherBallot, parseBallot } from './ballot.js';
export {
  configurationOf,
  configurationsFrom,
  isQuorum,
  isRemoved,
  isVoter,
  learnersOf,
  peersOf,
} from './configuration.js';
export {
  FAULT_NAMES,
  FAULTS,
  NO_FAULTS,
  SIMULATED_NAMES,
  withFaults,
  type FaultName,
  type Faults,
} from './faults.js';
export { clientBlocked } from './guards.js';
export { NOOP } from './leader.js';
export { nextInternal } from './next-internal.js';
export { distrusted, marginMs, mayPromise } from './lease.js';
export { leaseUntil, readBlocked, roundBlocked } from './reads.js';
export { recoverRecord, recoverSnapshot, recoverState } from './recover.js';
export { beginSnapshot, installBlocked, snapshotBlocked } from './snapshots.js';
export { BIRTH_SNAPSHOT, initialState, type State } from './state.js';
export { step } from './step.js';
export type { Transition } from './transition.js';
