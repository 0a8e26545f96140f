/**
 * How much must happen for a run to prove anything: per seed, and over many seeds. What must happen follows
 * from the settings, so that a fault that is drawn and never injected is noticed.
 */
import { sessionClients } from './clients.js';
import type { KnobName, Settings } from './knobs.js';
import type { SeedReport } from './run.js';
import { MOST_SILENCE_MS } from './session-client.js';

/** The least that a batch must have for its floors to be looked at. */
export const BATCH = 50;

/** For each knob that says how often per 1,000 s: the count of what it injects. */
export const RATES = {
  bursts: 'overloads',
  partitions: 'partitions',
  isolations: 'isolations',
  oneWayCuts: 'one-way cuts',
  partialMeshes: 'partial meshes',
  cloggedLinks: 'clogged links',
  crashes: 'crashes',
  effectCrashes: 'crashes between effects',
  massCrashes: 'crashes of all',
  pauses: 'pauses',
  slowdowns: 'slow processes',
  slowSyncs: 'slow disks',
  failedSyncs: 'failed syncs',
  fullDisks: 'full disks',
  clockJumps: 'clock jumps',
  suspensions: 'suspensions',
  campaigns: 'needless campaigns',
  boosts: 'boosted ballots',
  handOvers: 'hand-overs asked for',
  changes: 'changes asked for',
  longSilences: 'long silences',
} as const satisfies Partial<Record<KnobName, string>>;

/** Faults of links; a cell of one has none. */
const OF_LINKS: readonly string[] = [
  ...['partitions', 'isolations', 'one-way cuts', 'partial meshes', 'clogged links'],
];

/** What can take its leader from a cell. */
const DEPOSE: readonly string[] = [
  ...['partitions', 'isolations', 'crashes', 'crashes between effects', 'crashes of all'],
  ...['pauses', 'suspensions'],
];

/** How often each thing is to be expected in such a run under its settings, by the names of the counts. */
export function expectedCounts(report: SeedReport): Readonly<Record<string, number>> {
  const { settings, simulatedMs, counts, clients } = report;
  const seconds = Math.min(settings.safetySeconds, simulatedMs / 1_000);
  const expected = new Map<string, number>();
  for (const [knob, count] of Object.entries(RATES) as [keyof typeof RATES, string][]) {
    const possible = isPossible(count, settings);
    expected.set(count, possible ? (settings[knob] * seconds) / 1_000 : 0);
  }
  const sent = counts['frames sent'] ?? 0;
  const unanswered = clients.asked - clients.answered;
  expected.set('frames lost', (sent * settings.lossPerMille) / 1_000);
  expected.set('frames duplicated', (sent * settings.duplicatePerMille) / 1_000);
  expected.set('frames late', (sent * settings.tailPerMille) / 1_000);
  // Most frames of a link are alone on their way.
  expected.set('frames overtaking', settings.reorder === 1 && settings.delayMs > 5 ? sent / 40 : 0);
  expected.set('drifting clocks', settings.driftPerMille > 0 ? settings.members : 0);
  expected.set('requests put again', (unanswered * settings.retryPerMille) / 1_000);
  expected.set('requests put twice', (clients.asked * settings.doublePerMille) / 1_000);
  expected.set(
    'processes ended by their disk',
    ((settings.failedSyncs + settings.fullDisks) * seconds) / 1_000,
  );
  const reads = counts['reads'] ?? 0;
  // Also where there is a lease: after a new ballot, a stall or a jump of the clock.
  const renewed = settings.leaseMs >= 2 * settings.heartbeatMs;
  expected.set('reads', (clients.asked * settings.readsPerMille) / 1_000 / 8);
  expected.set('reads under the lease', renewed ? reads / 4 : 0);
  expected.set('reads by a quorum', settings.leaseMs === 0 ? reads / 4 : reads / 500);
  expected.set('hand-overs: made', settings.members > 1 ? (settings.handOvers * seconds) / 4_000 : 0);
  expected.set('leader changes', settings.members === 1 ? 0 : deposed(expected));
  expected.set('re-proposals', settings.members === 1 ? 0 : deposed(expected) / 2);
  for (const [count, n] of expectedOfSessions(report)) expected.set(count, n);
  return Object.fromEntries(expected);
}

function isPossible(count: string, settings: Settings): boolean {
  if (OF_LINKS.includes(count)) return settings.members > 1;
  return count !== 'long silences' || sessionClients(settings) > 0;
}

/** What clients with sessions do, and what must become of it: about half of what each of them asks for. */
function expectedOfSessions(report: SeedReport): readonly (readonly [string, number])[] {
  const { settings, counts } = report;
  const { pipeline, sessionWindow, lateCopiesPerMille } = settings;
  const of = (name: string): number => counts[name] ?? 0;
  const share = sessionClients(settings) / settings.clients;
  const numbered = of('numbered requests');
  // A new master looks at each session anew: it must be one for as long as a session may be silent.
  const mastershipMs = report.simulatedMs / (1 + of('masterships'));
  const lasting = Math.min(1, mastershipMs / settings.sessionSilenceMs);
  const ends = settings.sessionSilenceMs < MOST_SILENCE_MS / 2 ? lasting * of('long silences') : 0;
  // Of a round of n numbers at once, those behind the window are refused until the first are answered.
  const beyond = Math.max(0, pipeline - sessionWindow);
  const refused = (beyond * (beyond + 1)) / (pipeline * (pipeline + 1));
  return [
    ['numbered requests', BATCH_OF_DUE * share * requestsDue(report)],
    ['answers lost', (numbered * settings.lostAnswersPerMille) / 2_000],
    ['late copies of numbered requests', (numbered * lateCopiesPerMille) / 2_000],
    ['numbers answered from their session', of('answers lost') / 2],
    ['numbers refused below the window', of('late copies of numbered requests') / 4],
    ['numbers refused above the window', (numbered * refused) / 2],
    ['numbers refused after the end of their session', ends / 4],
    ['sessions ended by an entry', ends / 2],
  ];
}

/** A fault hits one member of several, and some are over before an election. */
function deposed(expected: ReadonlyMap<string, number>): number {
  return DEPOSE.reduce((sum, name) => sum + (expected.get(name) ?? 0), 0) / 2;
}

/** The least count of what is expected so often: far below chance, and 0 where chance may give none. */
export function leastOf(expected: number): number {
  return Math.max(0, Math.floor(expected / 5) - 3);
}

/** Requests that were answered, with a session and without. */
export function requestsAnswered({ clients, counts }: Pick<SeedReport, 'clients' | 'counts'>): number {
  return clients.answered + (counts['numbered requests answered'] ?? 0);
}

/** Requests that the clients would put in that time if each were answered at once, overloads left out. */
export function requestsDue({ settings, simulatedMs }: SeedReport): number {
  const { clients, thinkMs, pipeline, delayMs, syncMs } = settings;
  const atOnce = (1 + pipeline) / 2;
  return (clients * atOnce * simulatedMs) / (thinkMs + 2 * delayMs + syncMs);
}

/** Of the requests that are due, so many must be answered by a seed, whatever its faults. */
const OF_DUE = 0.02;
/** A smaller cell stands still at each fault: it must answer the probes at the end. */
const BEARS_A_FAULT = 3;
/** And by a batch. */
const BATCH_OF_DUE = 0.3;

/** What is missing in a seed that ran to its end; null if nothing is. */
export function seedFloor(report: SeedReport): string | null {
  const { settings, simulatedMs, ballotsThatLed, slots, recovery } = report;
  if (simulatedMs < settings.safetySeconds * 1_000)
    return `${simulatedMs} ms were simulated, and ${settings.safetySeconds} s are set`;
  if (settings.members > 1 && ballotsThatLed === 0) return 'no leader led';
  if (slots === 0) return 'no slot was chosen';
  const ofDue = settings.members < BEARS_A_FAULT ? 0 : OF_DUE;
  const least = Math.max(recovery?.core.length ?? 1, Math.floor(ofDue * requestsDue(report)));
  const answered = requestsAnswered(report);
  if (answered < least)
    return `${answered} requests were answered in ${simulatedMs} ms; at least ${least} should be`;
  return null;
}

/** What a batch must have, in numbers that add up. */
export interface Measured {
  readonly seeds: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly expected: Readonly<Record<string, number>>;
  /** Requests that were due, and those answered of them. */
  readonly due: number;
  readonly met: number;
}

/** What is missing in a batch; empty if nothing is, or if it is too small to tell. */
export function batchFloors({ seeds, counts, expected, due, met }: Measured): readonly string[] {
  if (seeds < BATCH) return [];
  const missing = Object.entries(expected).flatMap(([name, n]) => {
    const least = leastOf(n);
    const had = counts[name] ?? 0;
    return had < least ? [`${name}: ${had}; under these settings at least ${least} should be`] : [];
  });
  if (met < BATCH_OF_DUE * due)
    missing.push(
      `${Math.floor(met)} of ${Math.floor(due)} requests were answered; ` +
        `at least ${Math.floor(BATCH_OF_DUE * due)} should be`,
    );
  return missing;
}
