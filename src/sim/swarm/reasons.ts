/** Why a connected quorum does not go on, as far as the states of its members tell. */
import { compareBallots, equalBallots, formatBallot, isQuorum, type State } from '../../core/index.js';
import type { SimCell } from '../cell.js';

/**
 * What the members of the quorum `core` wait for; `answered` are those that answered a new request. Nothing
 * is said of what is as it should be.
 */
export function reasonsOf(
  cell: SimCell,
  core: readonly string[],
  answered: ReadonlySet<string>,
): readonly string[] {
  const why: string[] = [];
  for (const name of core) {
    if (cell.node(name).process === null) why.push(`${name} is down`);
    if (!answered.has(name)) why.push(`${name} did not answer a new request`);
  }
  return [...why, ...stateReasons(statesOf(cell, core), statesOf(cell, cell.names))];
}

/** The same of the states of a quorum, among the states of all members that run. */
export function stateReasons(states: readonly State[], all: readonly State[]): readonly string[] {
  const why: string[] = [];
  for (const { self, unsynced, prefix, applied } of states) {
    if (unsynced.length > 0) why.push(`${unsynced.length} steps of ${self} wait for a sync`);
    if (applied < prefix) why.push(`${self} knows ${prefix} slots and executed ${applied}`);
  }
  const leader = leaderAmong(all);
  return [...why, ...(leader === undefined ? withoutLeader(states) : withLeader(leader, states))];
}

function statesOf(cell: SimCell, names: readonly string[]): readonly State[] {
  return names.flatMap((name) => cell.node(name).process?.replica.inspect() ?? []);
}

/** The one of the highest ballot. Also one outside of the quorum may lead it. */
function leaderAmong(states: readonly State[]): State | undefined {
  return states
    .filter(({ role }) => role === 'leader')
    .sort((a, b) => compareBallots(b.promised, a.promised))[0];
}

function withoutLeader(states: readonly State[]): readonly string[] {
  const candidates = states.filter(({ role }) => role === 'candidate');
  if (candidates.length === 0) return ['no leader, and nobody campaigns'];
  return candidates.map(({ self, attempt, promised, birth }) => {
    const from = [...(attempt?.promises.keys() ?? [])];
    const enough = isQuorum(from, { members: birth.members });
    const quorum = enough ? 'a promise quorum, and does not lead' : 'no promise quorum';
    const promises = from.length === 0 ? 'nobody promised' : `promises of ${from.join(', ')}`;
    return `no leader: ${self} campaigns in ${ballotOf(promised)} with ${quorum}: ${promises}`;
  });
}

function withLeader(leader: State, states: readonly State[]): readonly string[] {
  const { self, promised, prefix } = leader;
  const inside = states.includes(leader) ? '' : ', outside of the quorum';
  const why = [`${self} leads in ${ballotOf(promised)}${inside}; it knows ${prefix} slots`];
  const above = states.filter((one) => compareBallots(one.promised, promised) > 0);
  if (above.length > 0) why.push(`a higher ballot was promised by ${names(above)}`);
  why.push(...nextSlotOf(leader, states));
  for (const one of states) {
    if (one.prefix < prefix) why.push(`${one.self} lacks the slots from ${one.prefix + 1} on`);
    if (one.prefix > prefix) why.push(`${one.self} knows ${one.prefix} slots, more than the leader`);
  }
  return why;
}

/** What became of the slot behind the known prefix of the leader, if it is needed. */
function nextSlotOf({ attempt, prefix, promised }: State, states: readonly State[]): readonly string[] {
  if (attempt === null) return [];
  const slot = prefix + 1;
  const open = attempt.open.get(slot);
  if (open !== undefined) {
    const counted = [...open.accepteds.keys()].join(', ') || 'nobody';
    const voted = states.filter(({ accepted }) => equalBallots(accepted.get(slot)?.ballot ?? null, promised));
    const took = voted.length === 0 ? 'nobody' : names(voted);
    return [`slot ${slot} is proposed and not chosen: it counts votes of ${counted}; ${took} took it`];
  }
  const knowing = [...attempt.promises].filter(([, promise]) => promise.prefix > prefix);
  if (knowing.length > 0)
    return [`slot ${slot} is missing: ${knowing.map(([member]) => member).join(', ')} reported to know it`];
  if (attempt.reported > prefix)
    return [`slot ${slot} is missing: promises report votes up to slot ${attempt.reported}`];
  return [];
}

const names = (states: readonly State[]): string => states.map(({ self }) => self).join(', ');

const ballotOf = (ballot: State['promised']): string =>
  ballot === null ? 'no ballot' : formatBallot(ballot);
