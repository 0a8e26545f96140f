/** Planted mistakes about when things happen: nothing is early and nothing races unless a test says so. */
import { NO_FAULTS, type State } from '../core/index.js';
import type { Input, Outgoing } from '../core/step-types.js';

/** The messages that leave before the sync that they rest on. */
export function leavingEarly(state: State, held: readonly Outgoing[]): readonly Outgoing[] {
  return state.faults === NO_FAULTS ? [] : held.filter((one) => leavesEarly(state, one));
}

function leavesEarly({ faults, self }: State, { to, message }: Outgoing): boolean {
  if (faults.holdNothing) return true;
  switch (message.type) {
    case 'Promise':
      return faults.promiseNotHeld;
    case 'Prepare':
      return faults.prepareNotHeld;
    case 'Accepted':
      return to === self ? faults.ownVoteNotHeld : faults.voteNotHeld;
    default:
      return false;
  }
}

/** What a leader repeats, and what repeats it. */
export function isHeartbeat(input: Input): boolean {
  return input.kind === 'heartbeat' || (input.kind === 'message' && input.message.type === 'Chosen');
}

/** A member whose disk is emptied while it lives on under its id; the simulator makes the disks. */
export function losesDisk({ faults }: State, removed: boolean): boolean {
  return faults.wipedKeepsId || (faults.removedComesBackEmpty && removed);
}
