/** What the core offers to the others. */
export { compareBallots, equalBallots, formatBallot, higherBallot, parseBallot } from './ballot.js';
export { configurationOf, isQuorum, isRemoved, isVoter, learnersOf, peersOf } from './configuration.js';
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
export { recoverRecord, recoverState } from './recover.js';
export { initialState, type State } from './state.js';
export { step } from './step.js';
export type { Transition } from './transition.js';
