/**
 * One seed: a cell under the settings that the seed draws, first with faults (safety), then without
 * (liveness), under all checkers. The same seed and settings give the same run, to the byte.
 */
import type { Clock } from '../../driver/ports.js';
import type { Slot } from '../../core/types.js';
import type { History, KvInput, KvOutput } from '../../history/index.js';
import { addCounts, NO_SNAPSHOTS } from '../../driver/snapshots.js';
import { AnswerCheck } from '../checks/answers.js';
import { BoundCheck, boundsOf, type Queues } from '../checks/bounds.js';
import { ExactlyOnceCheck, type Became } from '../checks/exactly-once.js';
import type { FailureClass, Finding } from '../checks/finding.js';
import { EpochCheck } from '../checks/epochs.js';
import { historyFault } from '../checks/history.js';
import { InvariantCheck } from '../checks/invariants.js';
import { CheckedMachine, StateCheck } from '../checks/states.js';
import { StopCheck } from '../checks/stops.js';
import { ExclusivityCheck } from '../checks/exclusivity.js';
import { SessionTable } from '../../store/sessions.js';
import { storeFaultsIn, type Planted } from '../planted.js';
import { SimRandom } from '../random.js';
import { Clients, type ClientCounts } from './clients.js';
import { injectClockFaults } from './faults/clocks.js';
import { isInjected, injectDiskFaults } from './faults/disks.js';
import { injectElections } from './faults/elections.js';
import { injectLinkFaults } from './faults/links.js';
import { injectChanges, injectWipes } from './faults/membership.js';
import { injectCrashes, injectPauses, Supervisor } from './faults/processes.js';
import { drawSettings, type Settings } from './knobs.js';
import { recover, type Recovery } from './liveness.js';
import { World, type Strike } from './world.js';

export interface SeedSetup {
  readonly seed: number;
  /** What the seed draws, if absent. */
  readonly settings?: Settings;
  /** Planted mistakes; only tests and `npm run mutants` have any. */
  readonly planted?: Planted;
  /** Whether traces are written; false if absent. They change nothing else. */
  readonly traced?: boolean;
  /** Numbers of strikes that are left out; see World.strikes. */
  readonly skip?: ReadonlySet<number>;
}

export interface SeedReport {
  readonly seed: number;
  readonly settings: Settings;
  /** The first thing that is wrong; null if nothing is. */
  readonly finding: Finding | null;
  readonly simulatedMs: number;
  /** How often each fault was injected, and what became of frames and records, by name. */
  readonly counts: Readonly<Record<string, number>>;
  /** What was done at random times, in order: the n-th is number n, from 0, for SeedSetup.skip. */
  readonly strikes: readonly Readonly<Strike>[];
  readonly clients: Readonly<ClientCounts>;
  readonly ballotsThatLed: number;
  readonly reproposals: number;
  readonly slots: number;
  /** The most that was seen in the queues of one replica. */
  readonly peaks: Queues;
  readonly recovery: Recovery | null;
  /** What the clients did and saw, completed by what the log tells; null where the run ended before. */
  readonly history: History<KvInput, KvOutput> | null;
  /** The scenario folder, by file name; empty if no traces were written. */
  readonly folder: () => ReadonlyMap<string, string>;
}

/** What one seed draws. */
export function settingsOf(seed: number): Settings {
  return drawSettings(new SimRandom(seed).fork('settings'));
}

export function runSeed(setup: SeedSetup): SeedReport {
  return new SeedRun(setup).run();
}

/** How often the checkers look, in simulated milliseconds. */
const LOOK_MS = 100;

const INJECTORS = [
  ...[injectLinkFaults, injectCrashes, injectPauses, injectDiskFaults, injectClockFaults, injectElections],
  ...[injectChanges, injectWipes],
];

/** What became of commands of sessions, as it is counted. */
const BECAME: Readonly<Record<Became, string>> = {
  opened: 'sessions in the log',
  ended: 'sessions ended by an entry',
  new: 'numbers executed',
  again: 'numbers answered from their session',
  'unknown session': 'numbers refused after the end of their session',
  'below the window': 'numbers refused below the window',
  'above the window': 'numbers refused above the window',
};

/** For a planted mistake (evictionByCount). */
const OWN_LIMIT = { limit: 1 };

class SeedRun {
  private readonly settings: Settings;
  private readonly world: World;
  private readonly exactly: ExactlyOnceCheck;
  private readonly states: StateCheck;
  private readonly invariants: InvariantCheck;
  private readonly exclusivity: ExclusivityCheck;
  private readonly epochs: EpochCheck;
  private readonly answers: AnswerCheck;
  private readonly bounds: BoundCheck;
  private readonly stops: StopCheck;
  private readonly clients: Clients;
  private readonly supervisor: Supervisor;
  private finding: Finding | null = null;
  private history: SeedReport['history'] = null;

  constructor(private readonly setup: SeedSetup) {
    const { seed, planted = {}, traced = false, skip = new Set<number>() } = setup;
    this.settings = setup.settings ?? settingsOf(seed);
    const { settings } = this;
    this.exactly = new ExactlyOnceCheck(settings.sessionWindow);
    this.states = new StateCheck((slot, done) => this.exactly.executed(slot, done));
    const faults = storeFaultsIn(planted);
    const machine = (clock: Clock): CheckedMachine => {
      const own = { ...OWN_LIMIT, now: () => clock.now(), silenceMs: settings.sessionSilenceMs };
      return this.states.machine(new SessionTable(settings.sessionWindow, faults, own));
    };
    this.world = new World({ seed, settings, planted, traced, skip, machine });
    const { cell } = this.world;
    cell.evicting = (command, executed) => this.exactly.proposed(command, executed);
    this.invariants = new InvariantCheck(cell);
    this.exclusivity = new ExclusivityCheck(cell);
    this.world.resumed = () => this.found('invariant', this.exclusivity.violations());
    this.epochs = new EpochCheck(cell);
    this.states.executes = (slot, value, epoch) => this.epochs.executed(slot, value, epoch);
    this.answers = new AnswerCheck(cell, (slot) => this.invariants.configurationOf(slot));
    this.bounds = new BoundCheck(cell, boundsOf(settings.pendingLimit, settings.alpha));
    this.stops = new StopCheck(cell, isInjected);
    const acknowledged = (id: string, slot: Slot): void => this.answers.answered(id, slot);
    this.clients = new Clients(this.world, acknowledged, this.exactly);
    this.supervisor = new Supervisor(
      this.world,
      (name) => this.world.faultsOn && !this.world.destroyed.has(name),
    );
  }

  run(): SeedReport {
    const { world, settings } = this;
    for (const inject of INJECTORS) inject(world);
    world.cell.start();
    this.clients.start();
    for (let left = settings.safetySeconds * 1_000; left > 0; left -= LOOK_MS) {
      if (!this.pass()) break;
      this.supervisor.look();
    }
    let recovery: Recovery | null = null;
    if (this.finding === null) {
      recovery = recover(world, this.clients, () => this.pass());
      if (recovery.why.length > 0) this.found('liveness', recovery.why);
    }
    if (recovery !== null && this.finding === null) this.compare(recovery.core);
    return this.report(recovery);
  }

  /** Lets a little time pass and looks; false once something is wrong. */
  private pass(): boolean {
    this.world.cell.run(LOOK_MS);
    this.found(
      'invariant',
      this.invariants.violations().map(({ invariant, what }) => `${invariant}: ${what}`),
    );
    this.found('invariant', this.exclusivity.violations());
    this.found('invariant', this.epochs.look());
    this.found('stop', this.stops.unexplained());
    this.found('durability', this.answers.uncovered);
    this.found('exactlyOnce', this.exactly.wrong);
    this.found('divergence', this.states.differences);
    this.found('bound', this.bounds.excesses());
    return this.finding === null;
  }

  /** What can be said once all is over. */
  private compare(core: readonly string[]): void {
    const machines = new Map(core.map((name) => [name, this.machineOf(name)] as const));
    const executed = new Map(
      [...machines].map(([name, machine]) => [name, machine.journal.entries()] as const),
    );
    this.found('durability', this.answers.lost(executed));
    if (!this.states.same([...machines.values()]))
      this.found('divergence', ['members that know the same executed different numbers of slots']);
    this.found('divergence', this.states.differences);
    const resultOf = (id: string): Uint8Array | undefined => this.states.resultOf(id);
    this.found('durability', this.clients.executedAnyway(resultOf));
    this.history = this.clients.history(resultOf);
    const fault = historyFault(this.history);
    if (fault !== null) this.found('history', [fault]);
  }

  private machineOf(name: string): CheckedMachine {
    const { machine } = this.world.cell.process(name);
    if (!(machine instanceof CheckedMachine)) throw new Error('a machine of another run');
    return machine;
  }

  private found(failure: FailureClass, what: readonly string[]): void {
    const [first] = what;
    if (first === undefined || this.finding !== null) return;
    this.finding = { failure, atMs: this.world.cell.clock.now(), what: what.slice(0, 5).join('\n') };
  }

  private report(recovery: Recovery | null): SeedReport {
    const { world, settings, clients, invariants, finding } = this;
    const { cell } = world;
    const disks = cell.names.map((name) => cell.node(name).disk.counts);
    const sum = (of: (counts: (typeof disks)[number]) => number): number =>
      disks.reduce((total, counts) => total + of(counts), 0);
    const frames = Object.entries(cell.network.counts).map(([name, n]) => [`frames ${name}`, n] as const);
    const snapshots = { ...NO_SNAPSHOTS };
    for (const name of cell.names) {
      addCounts(snapshots, cell.node(name).snapshots);
      addCounts(snapshots, cell.node(name).process?.replica.snapshots?.own.counts);
    }
    const counts = Object.fromEntries([
      ...Object.entries(snapshots).map(([name, n]) => [`snapshots ${name}`, n] as const),
      ...world.counts,
      ['processes ended by their disk', this.stops.explained],
      ...frames,
      ['leases looked at', this.exclusivity.held],
      ['configurations chosen', this.invariants.changes],
      ['masterships', this.epochs.masterships],
      ['batches refused', this.epochs.refused],
      ...Object.entries(this.exactly.counts).map(([name, n]) => [BECAME[name as Became], n] as const),
      ['records lost', sum(({ lost }) => lost)],
      ['records kept by a crash', sum(({ survived }) => survived)],
      ['syncs', sum(({ syncs }) => syncs)],
    ]);
    return {
      seed: this.setup.seed,
      settings,
      finding,
      simulatedMs: cell.clock.now(),
      counts,
      strikes: world.strikes,
      clients: clients.counts,
      ballotsThatLed: invariants.ballotsThatLed,
      reproposals: invariants.reproposals,
      slots: Math.max(0, ...cell.up.map((name) => cell.process(name).replica.status().prefix)),
      peaks: this.bounds.peaks,
      recovery,
      history: this.history,
      folder: () => {
        // The run ends like all good ones: everything is switched off.
        cell.crashAll();
        return cell.folder();
      },
    };
  }
}
