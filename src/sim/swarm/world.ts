/**
 * A cell under one seed's settings while it runs: the cell, the counts of all that was done to it, and the
 * means to do something at random times until the faults stop.
 */
import { learnersOf } from '../../core/index.js';
import type { Clock, StateMachine } from '../../driver/ports.js';
import { SimCell } from '../cell.js';
import { SimDisk } from '../disk.js';
import type { Member, Slot } from '../../core/types.js';
import type { SimNode } from '../node.js';
import { faultsIn, type Planted } from '../planted.js';
import type { SimRandom } from '../random.js';
import type { Settings } from './knobs.js';

export interface WorldSetup {
  readonly seed: number;
  readonly settings: Settings;
  /** Planted mistakes, by name; none if absent. */
  readonly planted?: Planted;
  /** Whether traces are written; they change nothing else. */
  readonly traced: boolean;
  readonly machine: (clock: Clock) => StateMachine;
  /** Numbers of strikes that are left out; see World.strikes. None if absent. */
  readonly skip?: ReadonlySet<number>;
}

/** Something done at a random time. A strike that is left out has no number less: the others keep theirs. */
export interface Strike {
  readonly atMs: number;
  /** The name under which it was counted; empty where it was left out or found nothing to do. */
  what: string;
}

/** What repairs a fault that lasts; called at its end, or when all faults end. */
export type Repair = () => void;

export class World {
  readonly cell: SimCell;
  readonly settings: Settings;
  /** How often each thing was done, by name. */
  readonly counts = new Map<string, number>();
  /** All that often() did, in the order in which it was due: the n-th is number n, from 0. */
  readonly strikes: Strike[] = [];
  /** Called when a suspended machine goes on, before it does anything. */
  resumed: () => void = () => undefined;
  /** Machines that are gone with their disks: an answered change removed them. */
  readonly destroyed = new Set<string>();
  /** The slot of the first configuration that names a member. */
  private readonly named = new Map<Member, Slot>();
  private readonly skip: ReadonlySet<number>;
  private striking: Strike | null = null;
  /** How many kinds of strikes there are, whether they happen or not. */
  private kinds = 0;
  private readonly repairs = new Set<Repair>();
  private faulty = true;

  readonly planted: Planted;

  constructor(setup: WorldSetup) {
    const { seed, settings, planted = {}, traced, machine, skip = new Set() } = setup;
    this.skip = skip;
    this.settings = settings;
    this.planted = planted;
    const electionMinMs = settings.heartbeatMs * settings.electionFactor;
    this.cell = new SimCell({
      seed,
      members: settings.members,
      alpha: settings.alpha,
      leaseMs: Math.min(settings.leaseMs, electionMinMs - 1),
      options: {
        heartbeatMs: settings.heartbeatMs,
        electionMinMs,
        electionMaxMs: 2 * electionMinMs,
        requestTimeoutMs: settings.requestTimeoutMs,
        leaderWaitMs: settings.leaderWaitMs,
        batchCommands: settings.batchCommands,
        pendingLimit: settings.pendingLimit,
        snapshotSlots: settings.snapshotSlots,
        sliceBytes: settings.sliceBytes,
        sliceRestMs: settings.sliceRestMs,
        chunkBytes: settings.chunkBytes,
        sessionSilenceMs: settings.sessionSilenceMs,
        sessionLimit: settings.sessionLimit,
      },
      network: {
        minMs: 1,
        maxMs: settings.delayMs,
        lossPerMille: settings.lossPerMille,
        duplicatePerMille: settings.duplicatePerMille,
        reorder: settings.reorder === 1,
        tailPerMille: settings.tailPerMille,
        tailMs: settings.tailMs,
      },
      sync: { minMs: 1, maxMs: settings.syncMs },
      storage: settings.storage === 1 ? 'files' : 'records',
      faults: faultsIn(planted),
      traced,
      machine,
    });
    for (const name of this.cell.names) this.prepare(this.cell.node(name));
  }

  private prepare({ disk }: SimNode): void {
    if (disk instanceof SimDisk) disk.forgets = true;
  }

  /** How many there are or were. */
  get machines(): number {
    return this.cell.names.length;
  }

  /** A new machine with an empty disk. It is down. */
  addMachine(): SimNode {
    const node = this.cell.add(`r${this.machines + 1}`);
    this.prepare(node);
    return node;
  }

  /** Keeps who is named where, as far as anybody knows now: replicas keep what still governs. */
  noteNamed(): void {
    for (const name of this.cell.up)
      for (const { slot, configuration } of this.cell.process(name).replica.inspect().changes)
        for (const member of [...configuration.members, ...learnersOf(configuration)])
          this.named.set(member, Math.min(slot, this.named.get(member) ?? slot));
  }

  /** Whether a configuration before that slot named it: as far as anybody knew when it was noted. */
  wasNamed(name: string, slot: Slot): boolean {
    const { member } = this.cell.node(name);
    if (this.cell.birth.members.includes(member)) return true;
    return (this.named.get(member) ?? Infinity) < slot;
  }

  /** Whether faults may still be injected. */
  get faultsOn(): boolean {
    return this.faulty;
  }

  count(what: string, times = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + times);
    if (this.striking?.what === '') this.striking.what = what;
  }

  random(label: string): SimRandom {
    return this.cell.random.fork(label);
  }

  /**
   * Does something about `per1000s` times per 1,000 simulated seconds, until the faults stop. Each strike
   * draws from a stream of its own, and so do the times: one strike more or less changes no other.
   */
  often(per1000s: number, random: SimRandom, strike: (random: SimRandom) => void): void {
    const kind = `kind ${this.kinds++}`;
    if (per1000s <= 0) return;
    const times = random.fork(kind);
    const most = Math.max(1, Math.round(2_000_000 / per1000s));
    let done = 0;
    const next = (): void => {
      this.cell.clock.after(times.integer(1, most), () => {
        if (!this.faulty) return;
        const own = random.fork(`${kind} strike ${done++}`);
        this.strike(() => strike(own));
        next();
      });
    };
    next();
  }

  private strike(run: () => void): void {
    const strike = { atMs: this.cell.clock.now(), what: '' };
    const number = this.strikes.push(strike) - 1;
    if (this.skip.has(number)) return;
    this.striking = strike;
    run();
    this.striking = null;
  }

  /** Lets a fault last, a time of that mean; then, or when the faults stop, it is repaired. */
  lasting(meanMs: number, random: SimRandom, repair: Repair): void {
    const once = (): void => {
      if (this.repairs.delete(once)) repair();
    };
    this.repairs.add(once);
    this.cell.clock.after(random.integer(1, Math.max(1, 2 * meanMs)), once);
  }

  /** No fault begins any more. Those that last go on until their repairs; see endFaults. */
  stopFaults(): void {
    this.faulty = false;
  }

  /** Ends every fault that lasts. */
  endFaults(): void {
    for (const repair of [...this.repairs]) repair();
  }

  /** One of the members that run, or undefined. */
  someUp(random: SimRandom): string | undefined {
    return pick(this.cell.up, random);
  }

  someMember(random: SimRandom): string {
    const { names } = this.cell;
    return names[random.integer(0, names.length - 1)] ?? '';
  }
}

function pick<T>(of: readonly T[], random: SimRandom): T | undefined {
  return of.length === 0 ? undefined : of[random.integer(0, of.length - 1)];
}
