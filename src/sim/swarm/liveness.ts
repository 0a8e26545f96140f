/**
 * The second phase of a seed: the faults stop and a random connected quorum heals, while the rest may stay
 * broken. Then requests must be answered and the quorum must come to know the same, within a bound; if not,
 * the report says what the cell waits for.
 */
import { compareBallots, formatBallot, isQuorum, type State } from '../../core/index.js';
import type { SimRandom } from '../random.js';
import type { Clients } from './clients.js';
import type { World } from './world.js';

/**
 * What may become of a member outside of the quorum. Not among them: one that is heard and hears nobody. It
 * would depose every leader until candidates ask first whether a quorum answers them.
 */
const REST = ['sound', 'down', 'cut off', 'stopped', 'deaf and dumb to one'] as const;

export interface Recovery {
  /** The members of the quorum that was healed. */
  readonly core: readonly string[];
  /** Milliseconds until it answered every probe and knew the same, or null if it did not. */
  readonly tookMs: number | null;
  /** Why not; empty if it did. */
  readonly why: readonly string[];
}

/** Runs the phase. Clients that are at work go on, at the members of the quorum. */
export function recover(world: World, clients: Clients, look: () => boolean): Recovery {
  const { cell } = world;
  const random = world.random('liveness');
  const core = chooseCore(world, random);
  world.stopFaults();
  world.endFaults();
  heal(world);
  for (const name of cell.others(...core)) damage(world, name, core, random);
  for (const name of core) if (cell.node(name).process === null) cell.start(name);
  clients.askOnly(core);
  const limit = boundMs(world);
  const began = cell.clock.now();
  const answered = new Set<string>();
  const probe = (name: string): void => {
    if (answered.has(name) || cell.node(name).process === null) return;
    clients.probe(name, () => answered.add(name));
  };
  const done = (): boolean => answered.size === core.length && knowTheSame(world, core);
  while (cell.clock.now() - began < limit) {
    for (const name of core) probe(name);
    // Where a checker found something the run is over.
    for (let i = 0; i < 10 && !done(); i++) if (!look()) return { core, tookMs: null, why: [] };
    if (answered.size === core.length) clients.stop();
    if (done()) return { core, tookMs: cell.clock.now() - began, why: [] };
  }
  return { core, tookMs: null, why: explain(world, core, answered) };
}

/** A few elections, a few timeouts of requests, and the slowest catch-up. */
function boundMs({ settings }: World): number {
  const electionMaxMs = 2 * settings.heartbeatMs * settings.electionFactor;
  return 20 * electionMaxMs + 4 * settings.requestTimeoutMs + 10_000;
}

function chooseCore({ cell }: World, random: SimRandom): readonly string[] {
  const least = Math.floor(cell.names.length / 2) + 1;
  const size = random.integer(least, cell.names.length);
  const left = [...cell.names];
  while (left.length > size) left.splice(random.integer(0, left.length - 1), 1);
  return left;
}

function heal({ cell, settings }: World): void {
  cell.heal();
  const { options } = cell.network;
  cell.network.options = { ...options, lossPerMille: 0, duplicatePerMille: 0, tailPerMille: 0 };
  for (const name of cell.names) {
    const { disk, process } = cell.node(name);
    process?.kill.disarm();
    disk.failNextSync = null;
    disk.full = null;
    disk.latency = { minMs: 1, maxMs: settings.syncMs };
  }
}

function damage(world: World, name: string, core: readonly string[], random: SimRandom): void {
  const { cell } = world;
  const kind = REST[random.integer(0, REST.length - 1)] ?? 'sound';
  world.count(`left ${kind}`);
  const { process } = cell.node(name);
  switch (kind) {
    case 'sound':
      if (process === null) cell.start(name);
      return;
    case 'down':
      if (process !== null) cell.crash(name);
      return;
    case 'cut off':
      cell.isolate(name);
      return;
    case 'stopped':
      process?.clock.stop();
      return;
    case 'deaf and dumb to one': {
      const one = core[random.integer(0, core.length - 1)] ?? '';
      cell.partition([name], [one]);
      if (process === null) cell.start(name);
    }
  }
}

function knowTheSame({ cell }: World, core: readonly string[]): boolean {
  const states = core.flatMap((name) => cell.node(name).process?.replica.inspect() ?? []);
  const most = Math.max(...states.map(({ prefix }) => prefix));
  return states.length === core.length && states.every((one) => one.prefix === most && one.applied === most);
}

/** What the quorum waits for, as far as its states tell. */
function explain(world: World, core: readonly string[], answered: ReadonlySet<string>): readonly string[] {
  const { cell } = world;
  const why: string[] = [];
  const states: State[] = [];
  for (const name of core) {
    const { process } = cell.node(name);
    if (process === null) why.push(`${name} is down`);
    else states.push(process.replica.inspect());
    if (!answered.has(name)) why.push(`${name} did not answer a new request`);
  }
  const leader = states
    .filter(({ role }) => role === 'leader')
    .sort((a, b) => compareBallots(b.promised, a.promised))[0];
  why.push(...(leader === undefined ? withoutLeader(states) : withLeader(leader, states)));
  return why;
}

function withoutLeader(states: readonly State[]): readonly string[] {
  const candidates = states.filter(({ role }) => role === 'candidate');
  if (candidates.length === 0) return ['no leader, and nobody campaigns'];
  return candidates.map(({ self, attempt, promised, birth }) => {
    const from = [...(attempt?.promises.keys() ?? [])];
    const enough = isQuorum(from, { members: birth.members });
    const ballot = promised === null ? 'no ballot' : formatBallot(promised);
    const quorum = enough ? 'a promise quorum, and does not lead' : 'no promise quorum';
    const promises = from.length === 0 ? 'nobody promised' : from.join(', ');
    return `no leader: ${self} campaigns in ${ballot} with ${quorum}: ${promises}`;
  });
}

function withLeader(leader: State, states: readonly State[]): readonly string[] {
  const why = [`${leader.self} leads; it knows ${leader.prefix} slots and executed ${leader.applied}`];
  const next = leader.attempt?.open.get(leader.prefix + 1);
  if (next !== undefined) {
    const voters = [...next.accepteds.keys()].join(', ') || 'nobody';
    why.push(`slot ${leader.prefix + 1} is proposed and not chosen: ${voters} voted`);
  } else if (leader.attempt !== null && leader.attempt.reported > leader.prefix) {
    why.push(`slot ${leader.prefix + 1} is missing: promises report slots up to ${leader.attempt.reported}`);
  }
  if (leader.unsynced.length > 0) why.push(`${leader.unsynced.length} of its steps wait for a sync`);
  for (const { self, prefix } of states) {
    if (prefix < leader.prefix) why.push(`${self} lacks the slots from ${prefix + 1} on`);
    if (prefix > leader.prefix) why.push(`${self} knows ${prefix} slots, more than the leader`);
  }
  return why;
}
