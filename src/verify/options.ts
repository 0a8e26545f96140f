/** What a run of the main job is asked to do. */
import { DecreeError } from '../errors.js';

export interface VerifyOptions {
  /** Processes of the cell. */
  readonly replicas: number;
  /** Clients at work at once, each with one operation in flight. */
  readonly clients: number;
  /** How long the clients work, in seconds; longer where a floor is not reached yet. */
  readonly seconds: number;
  /** Decides every operation and the moments of the kills. */
  readonly seed: number;
  /** Where logs, traces and the history go; a temporary folder that is removed after success where absent. */
  readonly directory?: string;
  /** Keep the folder after success too. */
  readonly keep: boolean;
  /** The --tlc-jar flag. */
  readonly tlcJar?: string;
  /** Skip the models of the spec (they have their own command) and validate the run alone. */
  readonly models: boolean;
  /** How this program was called: the beginning of the commands that are printed. */
  readonly program: string;
}

/** Operations a second of all clients together: enough for the floors, and a trace that TLC replays soon. */
export const OPERATIONS_A_SECOND = 110;

export const DEFAULTS = { replicas: 5, clients: 4, seconds: 24 } as const;

/** What a run must have done, or it proves too little and fails. */
export const FLOORS = {
  clients: 4,
  writes: 1000,
  reads: 500,
  txns: 100,
  ballotsThatLed: 3,
  reproposals: 1,
  leaderKills: 2,
  replacements: 1,
  transfers: 1,
  leasedReads: 100,
  leasedReadsOfKilled: 10,
  snapshotsTaken: 5,
  snapshotsInstalled: 1,
  sentAgain: 20,
} as const;

/** Refuses what cannot work, naming the option. */
export function checkOptions(options: VerifyOptions): void {
  const refuse = (what: string): never => {
    throw new DecreeError('usage', what);
  };
  const { replicas, clients, seconds } = options;
  if (replicas < 3 || replicas > 9 || replicas % 2 === 0) {
    refuse(`--replicas ${replicas}: must be 3, 5, 7 or 9, so that a quorum outlives the leader`);
  }
  if (clients < FLOORS.clients) refuse(`--clients ${clients}: at least ${FLOORS.clients} share the keys`);
  if (seconds < 5) refuse(`--seconds ${seconds}: at least 5, or no leader can be killed twice`);
}
