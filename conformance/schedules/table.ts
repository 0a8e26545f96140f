/** What is recorded: which broken specs, in which model, and which random runs. */

/** A broken spec of which TLC's counterexample is recorded. */
export interface Broken {
  /** Of the schedule; unique. */
  readonly name: string;
  /** The patch without `.json`, in spec/broken, or in broken/ beside this file where `planted`. */
  readonly patch: string;
  /** A planted fault of src/core/faults.ts said as a broken spec. */
  readonly planted?: true;
  /** The configuration, relative to spec/. */
  readonly cfg: string;
  /** An action of MCPaxosReplica that the model leaves out, and that is taken as well. */
  readonly also?: string;
  /** How the behaviour begins, an operator of Schedules.tla; default: with any step. */
  readonly script?: string;
  /** A replica may be told its own Chosen, which the code ignores. */
  readonly echo?: true;
  /** Only this invariant is checked; default: those of the configuration. */
  readonly invariant?: string;
}

/** A fault of src/core/faults.ts; `chooseWithoutQuorum` is W03. */
const planted = (fault: string): Broken => ({
  name: fault,
  patch: fault,
  planted: true,
  cfg: 'broken/choose-2x1.cfg',
});
const WINDOW = 'WindowScript(r1, r2, v, w)';
const DEPOSED = 'DeposedScript(r1, r2, r3, v, w)';

/**
 * The broken specs of PaxosReplica's modules that speak of what the code has, as in
 * spec/models/ladder.json.
 */
export const BROKEN: readonly Broken[] = [
  { name: 'M03-round', patch: 'M03-round', cfg: 'broken/waits-2x1.cfg' },
  { name: 'M03-promise', patch: 'M03-promise', cfg: 'broken/waits-2x1.cfg' },
  { name: 'M03-vote', patch: 'M03-vote', cfg: 'broken/waits-2x1.cfg' },
  { name: 'M05', patch: 'M05', cfg: 'broken/crash-2x1.cfg' },
  { name: 'M06', patch: 'M06', cfg: 'broken/decide-2x1.cfg' },
  { name: 'M07', patch: 'M07', cfg: 'broken/decide-3x1.cfg' },
  { name: 'M08', patch: 'M08', cfg: 'broken/decide-2x1.cfg' },
  { name: 'M08-promise', patch: 'M08-promise', cfg: 'broken/refines-multipaxos.cfg' },
  { name: 'M09', patch: 'M09', cfg: 'broken/decide-3x1.cfg' },
  { name: 'M10', patch: 'M10', cfg: 'broken/decide-2x1.cfg' },
  { name: 'M11', patch: 'M11', cfg: 'broken/choose-3x1.cfg' },
  { name: 'M12', patch: 'M12', cfg: 'broken/choose-2x1.cfg' },
  { name: 'M13', patch: 'M13', cfg: 'broken/waits-2x1.cfg' },
  { name: 'M14', patch: 'M14', cfg: 'broken/answer-2x1.cfg' },
  { name: 'M16', patch: 'M16', cfg: 'MCPaxosReplica.window.cfg', script: WINDOW },
  { name: 'M19', patch: 'M19', cfg: 'MCPaxosReplica.window.cfg', script: WINDOW },
  { name: 'M24', patch: 'M24', cfg: 'broken/apply-1x2.cfg' },
  { name: 'W01', patch: 'W01', cfg: 'broken/window-2x2.cfg', script: WINDOW },
  { name: 'W02', patch: 'W02', cfg: 'broken/deposed-2x1.cfg', script: DEPOSED, echo: true },
  { name: 'W03', patch: 'W03', cfg: 'broken/choose-2x1.cfg' },
  { name: 'W03-agreement', patch: 'W03', cfg: 'broken/choose-2x1.cfg', invariant: 'Agreement' },
  { name: 'propose-known', patch: 'propose-known', cfg: 'MCPaxosReplica.window.cfg', script: WINDOW },
  { ...planted('acceptIgnoresPromise'), also: 'AcceptReject', invariant: 'Agreement' },
  { ...planted('prepareIgnoresPromise'), also: 'PrepareReject', invariant: 'PromiseIsDurable' },
  { ...planted('proposeIgnoresPromises'), invariant: 'ChosenOnce' },
  { ...planted('holdNothing'), cfg: 'broken/waits-2x1.cfg' },
  {
    ...planted('holdNothing'),
    name: 'holdNothing-crash',
    cfg: 'broken/waits-2x1.cfg',
    also: 'Crashing',
    invariant: 'OneValue',
  },
];

/** Modules of models whose broken specs are no schedules for the code, with the reason. */
export const NOT_PLAYED: Readonly<Record<string, string>> = {
  MCSnapshots:
    'PaxosReplica with snapshots and changes of the configuration, which the core does not have yet',
  MCReplicaLeases: 'PaxosReplica with master leases, which the core does not grant yet',
  MCLiveness: 'what is broken is that something never happens: the counterexample is a loop, no wrong step',
  MCSimulate: 'W03 with five replicas, recorded with three; TLC cannot print how its draws came there',
  MCMultiPaxos: 'ballots and votes without replicas, queues or messages: a step of it is many of the code',
  MCMembership: 'the same, with changes of the configuration',
  MCRejoin: 'the same, with a replica that lost its disk and comes back',
  MCDisks: 'the life of disks and identities, without a log',
  MCDamagedEntries:
    'records that rot on the disk: the core is given records that were read, src/runtime reads them',
  MCElections: 'who may campaign when: timers, which the core does not have',
  MCLeasedLog: 'leases on an abstract log, which the core does not grant yet',
  MCLeaseConfig: 'leases across changes of the configuration',
  MCSessions: 'sessions of clients in the replicated state, which the core knows nothing of',
  MCEpochs: 'epochs of masters and leases of clients in the replicated state',
};

/** Random runs of the right spec. */
export interface Runs {
  readonly name: string;
  readonly replicas: number;
  readonly slots: number;
  readonly alpha: number;
  readonly ballots: number;
  /** Drawn; those are kept that show a kind of step which none before them shows. */
  readonly runs: number;
  /** States of a run, those that repeat included. */
  readonly depth: number;
  readonly seed: number;
}

export const RUNS: readonly Runs[] = [
  { name: 'three', replicas: 3, slots: 3, alpha: 2, ballots: 5, runs: 60, depth: 500, seed: 11 },
  { name: 'five', replicas: 5, slots: 3, alpha: 2, ballots: 5, runs: 6, depth: 700, seed: 12 },
  { name: 'one-at-a-time', replicas: 3, slots: 3, alpha: 1, ballots: 6, runs: 8, depth: 500, seed: 13 },
];
