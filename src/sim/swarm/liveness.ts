/**
 * The second phase of a seed: the faults stop and a random connected quorum heals, while the rest may stay
 * broken. Then requests must be answered and the quorum must come to know the same, within a bound; if not,
 * the report says what the cell waits for.
 */
import { configurationOf, isQuorum, type State } from '../../core/index.js';
import type { Configuration, NamedConfiguration, Slot } from '../../core/types.js';
import type { SimCell } from '../cell.js';
import type { SimRandom } from '../random.js';
import type { Clients } from './clients.js';
import { reasonsOf } from './reasons.js';
import type { World } from './world.js';

/** What may become of a member outside of the quorum. One that is `deaf` is heard and hears nobody. */
export const REST = ['sound', 'down', 'cut off', 'stopped', 'deaf and dumb to one', 'deaf'] as const;
type Left = (typeof REST)[number];

/** Members of the quorum that the leader outside of it does not reach. */
export const UNHEARD = 'spared: does not hear the leader';

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
  world.stopFaults();
  world.endFaults();
  heal(world);
  const core = chooseCore(world, random);
  const rest = cell.others(...core).filter((name) => !world.destroyed.has(name));
  const left = rest.map((name) => damage(world, name, core, random));
  for (const name of core) if (cell.node(name).process === null) cell.start(name);
  clients.askOnly(core);
  const limit = boundMs(world);
  const began = cell.clock.now();
  const answered = new Set<string>();
  // Those of them that vote in the end: a change that is under way may still be made.
  const voters = (): readonly string[] => votersAmong(cell, core);
  const probe = (name: string): void => {
    if (answered.has(name) || cell.node(name).process === null) return;
    clients.probe(name, () => answered.add(name));
  };
  const allAnswered = (): boolean =>
    voters().every((name) => answered.has(name) || hearsNothing(world, name, voters()));
  const done = (): boolean => allAnswered() && knowTheSame(world, voters(), clients.newest);
  while (cell.clock.now() - began < limit) {
    for (const name of voters()) probe(name);
    // Where a checker found something the run is over.
    for (let i = 0; i < 10 && !done(); i++) if (!look()) return { core, tookMs: null, why: [] };
    if (allAnswered()) clients.stop();
    if (!done()) continue;
    const unheard = voters().filter((name) => !answered.has(name));
    if (unheard.length > 0) world.count(UNHEARD, unheard.length);
    const tookMs = cell.clock.now() - began;
    return { core: voters(), tookMs, why: unsteady(world, left, look) };
  }
  return { core, tookMs: null, why: reasonsOf(cell, voters(), answered) };
}

/**
 * Whether one that is deaf deposes who leads. Two that do not hear each other and the same others may
 * take turns for ever where there are no leases: nothing is said then.
 */
function unsteady({ cell, settings }: World, left: readonly Left[], look: () => boolean): readonly string[] {
  if (!left.includes('deaf') || left.includes('deaf and dumb to one')) return [];
  const until = cell.clock.now() + PATIENCE * 2 * settings.heartbeatMs * settings.electionFactor;
  let leader = cell.leader();
  let changes = 0;
  while (cell.clock.now() < until && look()) {
    const now = cell.leader();
    if (now === null || now === leader) continue;
    leader = now;
    changes += 1;
  }
  return changes > PATIENCE / 2 ? [`one that is deaf deposed who led: ${changes} times`] : [];
}

/** So many election timeouts are watched; a leader change in every second of them is too much. */
const PATIENCE = 8;

/** More than a state of a seed takes in a snapshot, sessions with their answers included. */
const MOST_STATE_BYTES = 200_000;

/** A few elections, a few timeouts of requests, and the slowest catch-up: a snapshot piece by piece. */
function boundMs({ settings }: World): number {
  const { chunkBytes, delayMs } = settings;
  const electionMaxMs = 2 * settings.heartbeatMs * settings.electionFactor;
  const fetchMs = (MOST_STATE_BYTES / chunkBytes) * 2 * delayMs;
  return 20 * electionMaxMs + 4 * settings.requestTimeoutMs + 10_000 + fetchMs;
}

/**
 * At random, with a quorum of every configuration that governs or may come to: those that are known, those
 * that somebody voted for, and whoever becomes a member by itself.
 */
function chooseCore({ cell, destroyed }: World, random: SimRandom): readonly string[] {
  const alive = cell.names.filter((name) => !destroyed.has(name));
  for (const name of alive) if (cell.node(name).process === null) cell.start(name);
  const states = alive.flatMap((name) => cell.node(name).process?.replica.inspect() ?? []);
  const needed = states.flatMap(configurationsAt);
  const waits = alive.some((name) => cell.node(name).process?.replica.membership.waits === true);
  if (waits || states.length < alive.length) return alive;
  const enough = (names: readonly string[]): boolean => {
    const members = names.map((name) => cell.node(name).member);
    return needed.every((one) => isQuorum(members, one));
  };
  const least = Math.floor(alive.length / 2) + 1;
  const size = random.integer(least, alive.length);
  let left = alive;
  for (let tries = 0; left.length > size && tries < 20; tries++) {
    const out = left[random.integer(0, left.length - 1)];
    const rest = left.filter((name) => name !== out);
    if (enough(rest)) left = rest;
  }
  return left;
}

/** What a replica knows to govern, and what may: a due learner alone is its own quorum. */
function configurationsAt(state: State): readonly Configuration[] {
  const { accepted, prefix, changes, attempt } = state;
  const votes = accepted.getRange(prefix + 1, Number.POSITIVE_INFINITY).map(([, { value }]) => value);
  const named: NamedConfiguration[] = [
    ...changes.slice(-3).map(({ configuration }) => configuration),
    ...votes.flatMap((value) => (value.kind === 'configuration' ? [value] : [])),
    ...(attempt?.configurations ?? []).map(({ configuration }) => configuration),
  ];
  const due = named.flatMap(({ learners }) => learners.map(({ member }) => ({ members: [member] })));
  const governing = [prefix + 1, Math.max(1, prefix + 1 - state.birth.alpha)];
  return [...governing.map((slot) => configurationOf(state, slot)), ...named, ...due];
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

function damage(world: World, name: string, core: readonly string[], random: SimRandom): Left {
  const { cell } = world;
  const kind = REST[random.integer(0, REST.length - 1)] ?? 'sound';
  world.count(`left ${kind}`);
  const node = cell.node(name);
  if (kind === 'down') {
    if (node.process !== null) cell.crash(name);
    return kind;
  }
  if (node.process === null) cell.start(name);
  switch (kind) {
    case 'sound':
      return kind;
    case 'cut off':
      cell.isolate(name);
      return kind;
    case 'deaf':
      for (const other of cell.others(name)) cell.network.break(cell.node(other).member, node.member, 'cut');
      return kind;
    case 'stopped':
      node.process?.clock.stop();
      return kind;
    case 'deaf and dumb to one': {
      const one = core[random.integer(0, core.length - 1)] ?? '';
      cell.partition([name], [one]);
    }
  }
  return kind;
}

/**
 * Whether one outside of the quorum leads, by a lease of acceptors that it reaches, and this member is not
 * among them: it follows nobody and takes nobody's place (spec/Elections.tla: SteadyLeader), and no request
 * that is put to it reaches who leads.
 */
function hearsNothing({ cell }: World, name: string, voters: readonly string[]): boolean {
  const leader = cell.leader();
  if (leader === null || leader === name || voters.includes(leader)) return false;
  if (cell.birth.leaseMs === 0) return false;
  const [from, to] = [cell.node(leader).member, cell.node(name).member];
  return !cell.network.passes(from, to) || !cell.network.passes(to, from);
}

/** The members of the newest configuration that any of them knows. */
function votersAmong(cell: SimCell, core: readonly string[]): readonly string[] {
  const states = core.flatMap((name) => cell.node(name).process?.replica.inspect() ?? []);
  const changes = states.flatMap((state) => state.changes).sort((a, b) => b.slot - a.slot);
  const members = changes[0]?.configuration.members ?? cell.birth.members;
  return core.filter((name) => members.includes(cell.node(name).member));
}

/** A leader outside of the quorum may have answered in a slot of which none inside knows yet. */
function knowTheSame({ cell }: World, core: readonly string[], newest: Slot): boolean {
  const states = core.flatMap((name) => cell.node(name).process?.replica.inspect() ?? []);
  const most = Math.max(newest, ...states.map(({ prefix }) => prefix));
  return states.length === core.length && states.every((one) => one.prefix === most && one.applied === most);
}
