/** Who votes in a slot, and how many of them are enough. */
import type { State } from './state.js';
import type { Configuration, Member, Slot } from './types.js';

/**
 * The configuration in force for a slot: that of the birth record, which governs every slot as long as no
 * value is a configuration (spec: Members(s)).
 */
export function configurationOf(state: State, _slot: Slot): Configuration {
  return { members: state.birth.members };
}

/**
 * More than half of the configuration's members are among the voters; others do not count (spec:
 * IsQuorum).
 */
export function isQuorum(voters: Iterable<Member>, configuration: Configuration): boolean {
  const distinct = new Set(voters);
  const present = configuration.members.filter((member) => distinct.has(member)).length;
  return 2 * present > configuration.members.length;
}

/** Every other member that this replica knows of; where an Outgoing to 'peers' goes. */
export function peersOf(state: State): readonly Member[] {
  return state.birth.members.filter((member) => member !== state.self);
}
