/** Who votes in a slot, how many of them are enough, and who must hear. */
import type { State } from './state.js';
import type { Change, Configuration, Member, NamedConfiguration } from './types.js';
import type { Slot, SnapshotHandle, Value } from './types.js';

/**
 * The configuration in force for a slot: the newest known one that is alpha slots below it or more; where
 * there is none, that of the birth record (spec: Configuration). A slot is settled once all slots up to
 * slot - alpha are known: the window lets a leader propose in no other.
 */
export function configurationOf(state: State, slot: Slot): Configuration {
  const { changes, faults, birth } = state;
  // Planted: in force as soon as known; and only once executed.
  const alpha = faults.configurationAtOnce ? 1 : birth.alpha;
  for (let i = changes.length - 1; i >= 0; i--) {
    const change = changes[i];
    if (change === undefined || change.slot + alpha > slot) continue;
    if (faults.configurationOfStart && change.slot > state.recovered) continue;
    return change.configuration;
  }
  return beforeChanges(state);
}

/** Whose votes count in a slot. Planted (votesOfRemoved): of those who governed a window before. */
export function electorateOf(state: State, slot: Slot): Configuration {
  const { faults, birth } = state;
  return configurationOf(state, faults.votesOfRemoved ? Math.max(1, slot - birth.alpha) : slot);
}

/**
 * What governs the slots that no known configuration does: that of the birth record, or, of slots that the
 * snapshot covers, the oldest one that its handle names.
 */
function beforeChanges({ birth, changes, snapshot }: State): Configuration {
  const [oldest] = changes;
  const always = oldest !== undefined && oldest.slot + birth.alpha <= snapshot.upTo + 1;
  return always ? oldest.configuration : { members: birth.members };
}

/**
 * More than half of the configuration's members are among the voters; others do not count (spec:
 * IsQuorum).
 */
export function isQuorum(voters: Iterable<Member>, configuration: Configuration): boolean {
  const distinct: ReadonlySet<Member> = voters instanceof Set ? voters : new Set(voters);
  let present = 0;
  for (const member of configuration.members) if (distinct.has(member)) present += 1;
  return 2 * present > configuration.members.length;
}

/** What governs a slot from `first` on, as far as it is known or proposed by this replica. */
export function configurationsFrom(state: State, first: Slot): readonly Configuration[] {
  const later = state.changes.filter(({ slot }) => slot + state.birth.alpha > first);
  const proposed = state.attempt?.configurations ?? [];
  return [
    configurationOf(state, first),
    ...later.map(({ configuration }) => configuration),
    ...proposed.map(({ configuration }) => configuration),
  ];
}

/**
 * Everybody who must hear: members and learners of every configuration that governs a slot above the known
 * prefix, and of those of a window before, so that removed members learn that they are.
 */
export function everybody(state: State): readonly Member[] {
  if (state.changes.length === 0 && (state.attempt?.configurations ?? []).length === 0)
    return beforeChanges(state).members;
  const named = new Set<Member>();
  for (const configuration of configurationsFrom(state, Math.max(1, state.prefix + 1 - state.birth.alpha)))
    for (const member of [...configuration.members, ...learnersOf(configuration)]) named.add(member);
  return [...named].sort();
}

/** The others of them; where an Outgoing to 'peers' goes. */
export function peersOf(state: State): readonly Member[] {
  return everybody(state).filter((member) => member !== state.self);
}

export function learnersOf(configuration: Configuration): readonly Member[] {
  return 'learners' in configuration
    ? (configuration as NamedConfiguration).learners.map(({ member }) => member)
    : [];
}

/** Votes in the slot behind the known prefix: who does not starts no ballot. */
export function isVoter(state: State): boolean {
  return configurationOf(state, state.prefix + 1).members.includes(state.self);
}

/** A configuration is in force here that does not name it, and no later one does. */
export function isRemoved(state: State, member: Member): boolean {
  const { changes, prefix, birth, faults } = state;
  if (faults.removedDisturbs || !changes.some(({ slot }) => slot + birth.alpha <= prefix + 1)) return false;
  return configurationsFrom(state, prefix + 1).every(
    (one) => !one.members.includes(member) && !learnersOf(one).includes(member),
  );
}

/** What tells who governs the slots from `first` on: what does in that one, and the changes behind it. */
export function changesFrom(changes: readonly Change[], first: Slot, alpha: number): readonly Change[] {
  const newest = changes.findLastIndex(({ slot }) => slot + alpha <= first);
  return newest <= 0 ? changes : changes.slice(newest);
}

/**
 * The changes once a snapshot is there: those of its handle where it covers more than is known; else those
 * that tell who governs from the window before on, who must hear of what was changed there.
 */
export function changesBehind(
  { changes, prefix, birth, faults }: State,
  { upTo, inForce }: Pick<SnapshotHandle, 'upTo' | 'inForce'>,
): readonly Change[] {
  if (upTo > prefix) return faults.installKeepsConfiguration ? changes : inForce;
  return changesFrom(changes, upTo + 1 - birth.alpha, birth.alpha);
}

/** The changes, and those among the values of the slots first, first + 1, ... */
export function withChanges(
  changes: readonly Change[],
  first: Slot,
  values: readonly Value[],
): readonly Change[] {
  const more = values.flatMap((value, i): readonly Change[] =>
    value.kind === 'configuration' ? [{ slot: first + i, configuration: value }] : [],
  );
  return more.length === 0 ? changes : [...changes, ...more];
}
