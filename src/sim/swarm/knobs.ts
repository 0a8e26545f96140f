/**
 * Everything that a seed decides about a run, as one table of numbers: what it means, its unit, its value
 * under the default faults and where the fault is off, and how a seed draws it. One table serves the draw,
 * the command line, the print-out and the shrinking of a failure.
 *
 * Rates are events per 1,000 simulated seconds of the whole cell; faults of that kind are spread at random.
 */
import type { SimRandom } from '../random.js';

export interface Knob {
  /** Knobs of one group exist together or not at all in a seed; `cell` and `clients` always do. */
  readonly group:
    | 'cell'
    | 'clients'
    | 'network'
    | 'links'
    | 'crashes'
    | 'pauses'
    | 'disks'
    | 'clocks'
    | 'elections'
    | 'membership'
    | 'snapshots'
    | 'sessions';
  readonly what: string;
  /** What `decree simulate --faults default` and the benchmark use. */
  readonly standard: number;
  /** Where nothing of the kind happens; of the cell and its clients: the plainest value. */
  readonly off: number;
  /** The least and the most that a seed draws, both whole and both possible. */
  readonly range: readonly [number, number];
}

const knob = (
  group: Knob['group'],
  what: string,
  standard: number,
  off: number,
  range: readonly [number, number],
): Knob => ({ group, what, standard, off, range });

export const KNOBS = {
  members: knob('cell', 'members of the cell', 5, 3, [1, 7]),
  alpha: knob('cell', 'slots that may be open at once', 8, 8, [1, 16]),
  safetySeconds: knob('cell', 'simulated seconds with faults', 120, 120, [20, 150]),
  heartbeatMs: knob('cell', 'ms between heartbeats', 400, 250, [50, 400]),
  electionFactor: knob(
    'cell',
    'election timeout, in heartbeats, at least; at most twice that',
    3,
    5,
    [3, 10],
  ),
  requestTimeoutMs: knob('cell', 'ms after which a request is given up', 4_000, 4_000, [300, 6_000]),
  leaderWaitMs: knob('cell', 'ms that a request waits for a leader', 2_000, 2_000, [0, 3_000]),
  batchCommands: knob('cell', 'commands in a batch, at most', 1_000, 1_000, [1, 1_000]),
  pendingLimit: knob('cell', 'requests that wait at one replica, at most', 10_000, 10_000, [5, 2_000]),
  leaseMs: knob(
    'cell',
    'ms of the master lease, shorter than the election timeout; 0: none',
    1_000,
    0,
    [0, 1_000],
  ),
  storage: knob('cell', '0: records in memory; 1: the write-ahead log on simulated files', 0, 0, [0, 1]),

  clients: knob('clients', 'clients', 4, 2, [1, 8]),
  thinkMs: knob('clients', 'ms between the requests of a client, on average', 3_450, 1_000, [200, 6_000]),
  pipeline: knob('clients', 'requests that a client puts at once, at most', 8, 1, [1, 12]),
  leaderPerMille: knob('clients', 'requests put to who leads, in a thousand', 800, 0, [0, 1_000]),
  retryPerMille: knob('clients', 'unanswered requests that are put again, in a thousand', 500, 0, [0, 1_000]),
  doublePerMille: knob('clients', 'requests put at two replicas at once, in a thousand', 20, 0, [0, 200]),
  readsPerMille: knob('clients', 'reads that take no place in the log, in a thousand', 800, 0, [0, 1_000]),
  bursts: knob('clients', 'overloads per 1,000 s', 5, 0, [0, 100]),
  burstSize: knob('clients', 'requests in an overload', 50, 0, [20, 1_000]),

  delayMs: knob('network', 'ms that a frame takes, at most', 10, 3, [1, 60]),
  lossPerMille: knob('network', 'frames lost, in a thousand', 10, 0, [0, 300]),
  duplicatePerMille: knob('network', 'frames that arrive twice, in a thousand', 10, 0, [0, 300]),
  reorder: knob('network', '1: frames of a link overtake each other', 1, 0, [0, 1]),
  tailPerMille: knob('network', 'frames with a long delay, in a thousand', 2, 0, [0, 50]),
  tailMs: knob('network', 'ms of a long delay, at most', 500, 0, [100, 3_000]),

  partitions: knob('links', 'cuts of the cell in two, per 1,000 s', 4, 0, [0, 100]),
  isolations: knob('links', 'members cut off, per 1,000 s', 8, 0, [0, 100]),
  oneWayCuts: knob('links', 'links cut in one direction, per 1,000 s', 4, 0, [0, 200]),
  partialMeshes: knob('links', 'pairs that see each other no more, per 1,000 s', 4, 0, [0, 200]),
  cloggedLinks: knob('links', 'links that hold all frames for a while, per 1,000 s', 4, 0, [0, 200]),
  linkFaultMs: knob('links', 'ms that a fault of links lasts, on average', 4_000, 0, [100, 12_000]),

  crashes: knob('crashes', 'processes killed between two steps, per 1,000 s', 12, 0, [0, 150]),
  effectCrashes: knob(
    'crashes',
    'processes killed between two effects of a turn, per 1,000 s',
    12,
    0,
    [0, 150],
  ),
  massCrashes: knob('crashes', 'all processes killed at once, per 1,000 s', 1, 0, [0, 20]),
  downMs: knob('crashes', 'ms until a killed process is started again, on average', 2_000, 0, [10, 8_000]),

  pauses: knob('pauses', 'processes stopped for a while, per 1,000 s', 4, 0, [0, 100]),
  pauseMs: knob('pauses', 'ms of a stop, on average', 1_500, 0, [20, 6_000]),
  slowdowns: knob('pauses', 'processes slowed down, per 1,000 s', 2, 0, [0, 60]),
  slowTurnMs: knob('pauses', 'ms that a turn of a slow process waits', 20, 0, [1, 200]),

  syncMs: knob('disks', 'ms that a sync takes, at most', 4, 2, [1, 60]),
  slowSyncs: knob('disks', 'disks that become slow for a while, per 1,000 s', 4, 0, [0, 100]),
  slowSyncMs: knob('disks', 'ms of a sync of a slow disk, at most', 300, 0, [20, 3_000]),
  failedSyncs: knob('disks', 'syncs that fail, per 1,000 s', 2, 0, [0, 40]),
  fullDisks: knob('disks', 'disks that are full for a while, per 1,000 s', 2, 0, [0, 40]),
  diskFaultMs: knob('disks', 'ms that a disk is slow or full, on average', 3_000, 0, [100, 10_000]),

  driftPerMille: knob('clocks', 'clocks run faster or slower by, in a thousand, at most', 10, 0, [0, 10]),
  wildDriftPerMille: knob(
    'clocks',
    'clocks run faster or slower by, beyond what the cell declares, in a thousand; never drawn',
    0,
    0,
    [0, 0],
  ),
  clockJumps: knob('clocks', 'clocks that jump ahead, per 1,000 s', 2, 0, [0, 60]),
  clockJumpMs: knob('clocks', 'ms of a jump, at most', 2_000, 0, [10, 10_000]),
  suspensions: knob('clocks', 'machines suspended, clock and all, per 1,000 s', 2, 0, [0, 60]),
  suspensionMs: knob('clocks', 'ms of a suspension, on average', 3_000, 0, [50, 20_000]),

  campaigns: knob('elections', 'campaigns that nobody needs, per 1,000 s', 4, 0, [0, 150]),
  boosts: knob('elections', 'leaders that raise their ballot, per 1,000 s', 5, 0, [0, 300]),

  handOvers: knob('elections', 'leaders that hand over to another member, per 1,000 s', 5, 0, [0, 200]),

  changes: knob('membership', 'changes of the configuration, per 1,000 s', 4, 0, [0, 300]),
  newMachines: knob('membership', 'machines that may join, at most', 4, 0, [1, 6]),

  snapshotSlots: knob('snapshots', 'slots from one snapshot to the next', 150, 1_000_000, [2, 150]),
  sliceBytes: knob('snapshots', 'bytes of a snapshot written in one turn', 4_096, 65_536, [64, 16_384]),
  sliceRestMs: knob('snapshots', 'ms between two such turns', 5, 1, [1, 400]),
  chunkBytes: knob('snapshots', 'bytes of a snapshot in one frame', 4_096, 4_096, [64, 8_192]),
  sessionsPerMille: knob(
    'sessions',
    'clients that number their requests in a session, in a thousand',
    250,
    0,
    [200, 1_000],
  ),
  lostAnswersPerMille: knob(
    'sessions',
    'numbered requests whose first answer is lost, in a thousand',
    20,
    0,
    [0, 300],
  ),
  lateCopiesPerMille: knob(
    'sessions',
    'numbered requests of which a copy comes late, in a thousand',
    10,
    0,
    [0, 200],
  ),
  longSilences: knob(
    'sessions',
    'clients that are silent until their session has ended, per 1,000 s',
    5,
    0,
    [0, 60],
  ),
  sessionSilenceMs: knob(
    'sessions',
    'ms without use after which a session is ended',
    10_000,
    3_600_000,
    [1_000, 15_000],
  ),
  sessionLimit: knob('sessions', 'sessions that are kept at once, at most', 10_000, 10_000, [1, 12]),
  sessionWindow: knob('sessions', 'numbers of a session that are kept at once', 12, 128, [1, 16]),
} as const satisfies Readonly<Record<string, Knob>>;

export type KnobName = keyof typeof KNOBS;
/** A value for each knob: with the seed, all that a run depends on. */
export type Settings = Readonly<Record<KnobName, number>>;

export const KNOB_NAMES = Object.keys(KNOBS) as readonly KnobName[];

/** Those of the table under the default faults. */
export function standardSettings(): Settings {
  return settings((name) => KNOBS[name].standard);
}

export function settings(value: (name: KnobName) => number): Settings {
  return Object.fromEntries(KNOB_NAMES.map((name) => [name, value(name)])) as Settings;
}

/** Faults of these groups exist in half of the seeds each. */
const OPTIONAL: readonly Knob['group'][] = [
  'network',
  'links',
  'crashes',
  'pauses',
  'disks',
  'clocks',
  'elections',
  'membership',
  'snapshots',
  'sessions',
];

/**
 * The settings of a seed (swarm testing, Groce et al. 2012: a run without some kinds of faults reaches what
 * a run with all of them does not). A group of faults exists or not; so does each kind in it; how often and
 * how much is drawn, small values more often.
 */
export function drawSettings(random: SimRandom): Settings {
  const exists = new Map(OPTIONAL.map((group) => [group, random.chance(500)]));
  return settings((name) => {
    const { group, off } = KNOBS[name];
    if (exists.get(group) === false) return off;
    const drawn = draw(name, random);
    const always = group === 'cell' || group === 'clients' || isMeasure(name);
    return always || random.chance(600) ? drawn : off;
  });
}

const MEASURES: readonly KnobName[] = ['burstSize', 'newMachines', 'sessionsPerMille'];

/** How long or how much, as against how often: it matters only with a fault that happens. */
function isMeasure(name: KnobName): boolean {
  return name.endsWith('Ms') || MEASURES.includes(name) || KNOBS[name].group === 'snapshots';
}

function draw(name: KnobName, random: SimRandom): number {
  const [least, most] = KNOBS[name].range;
  switch (name) {
    case 'members':
      return [3, 3, 3, 5, 5, 5, 4, 7, 2, 1][random.integer(0, 9)] ?? 3;
    case 'storage':
      return random.chance(200) ? 1 : 0;
    case 'leaseMs':
      return random.chance(200) ? 0 : random.integer(100, most);
    case 'batchCommands':
    case 'pendingLimit':
    case 'requestTimeoutMs':
      return random.chance(600) ? KNOBS[name].standard : random.integer(least, most);
    case 'thinkMs':
      return random.integer(least, most);
    default:
      // The lesser of two: rare faults let the cell go far between them.
      return Math.min(random.integer(least, most), random.integer(least, most));
  }
}
