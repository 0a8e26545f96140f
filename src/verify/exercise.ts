/** The run of the cell: clients at work, leaders killed, the dead restarted, until the floors are reached. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FLOORS, OPERATIONS_A_SECOND } from './options.js';
import { gather } from './evidence.js';
import type { Evidence } from './evidence.js';
import { Nemesis } from './nemesis.js';
import type { Blow, Replacement, Transfer, Victims } from './nemesis.js';
import type { KvPort } from './port.js';
import type { Progress } from './progress.js';
import { pickFrom } from '../history/index.js';
import { Workload } from './workload.js';

export interface ExerciseSetup {
  readonly clients: readonly KvPort[];
  readonly victims: Victims;
  readonly seed: number;
  readonly seconds: number;
  readonly progress: Progress;
  /** The trace files so far; still being written. */
  readonly traceFiles: () => readonly string[];
}

export interface Exercise {
  readonly workload: Workload;
  readonly blows: readonly Blow[];
  readonly replacements: readonly Replacement[];
  readonly transfers: readonly Transfer[];
  readonly seconds: number;
}

/** Kills beyond the two of every run, where those left no value for the next leader to finish. */
const MORE_KILLS = 4;
/** A run that is short of a floor goes on for at most so many times its length. */
const LONGEST = 3;

/** What happens at which part of the run's length. */
const PLAN: readonly (readonly [part: number, what: 'kill' | 'restart' | 'replace' | 'transfer'])[] = [
  [0.15, 'kill'],
  [0.3, 'restart'],
  [0.4, 'replace'],
  [0.55, 'transfer'],
  [0.68, 'kill'],
  [0.82, 'restart'],
  [1, 'restart'],
];

export async function exercise(setup: ExerciseSetup): Promise<Exercise> {
  const { clients, seed, progress, seconds } = setup;
  const began = performance.now();
  const passed = (): number => (performance.now() - began) / 1000;
  const nemesis = new Nemesis(setup.victims, pickFrom(seed), (line) => progress.say(line));
  const workload = new Workload({ clients, seed, rate: OPERATIONS_A_SECOND });
  const tell = (): string => {
    const { writes, reads, txns, refused, unknown } = workload.counts;
    return `${writes} writes, ${reads} reads, ${txns} Txns; ${refused} refused, ${unknown} unknown`;
  };
  const run = async (): Promise<void> => {
    for (const [part, what] of PLAN) {
      await sleep(Math.max(0, part * seconds - passed()) * 1000);
      if (what === 'kill') await blow(nemesis, workload);
      else if (what === 'replace') await nemesis.replaceFollower();
      else if (what === 'transfer') await nemesis.transfer();
      else await nemesis.restart();
    }
    await more(setup, nemesis, workload, passed);
  };
  try {
    await progress.during(5, tell, run());
  } finally {
    await workload.stop();
  }
  progress.say(`clients are done: ${tell()}`);
  const { blows, replacements, transfers } = nemesis;
  return { workload, blows, replacements, transfers, seconds: passed() };
}

/** A kill hits proposals in flight: the clients hurry around it. */
async function blow(nemesis: Nemesis, workload: Workload): Promise<void> {
  workload.hurry(true);
  try {
    await nemesis.killLeader();
  } finally {
    workload.hurry(false);
  }
}

/** Goes on where a floor is not reached yet: with a further kill for what needs one, else with more work. */
async function more(
  setup: ExerciseSetup,
  nemesis: Nemesis,
  workload: Workload,
  passed: () => number,
): Promise<void> {
  const missing = (evidence: Evidence): boolean =>
    evidence.reproposals < FLOORS.reproposals || evidence.ballotsThatLed.length < FLOORS.ballotsThatLed;
  for (let kill = 0; kill < MORE_KILLS && missing(gather(setup.traceFiles())); kill++) {
    setup.progress.say('no leader had to finish what another began yet: killing one more');
    await blow(nemesis, workload);
    await sleep(500);
    await nemesis.restart();
  }
  const { counts } = workload;
  const short = (): boolean =>
    counts.writes < FLOORS.writes || counts.reads < FLOORS.reads || counts.txns < FLOORS.txns;
  while (short() && passed() < LONGEST * setup.seconds) await sleep(100);
}
