/**
 * A run under random faults from one seed: crashes that lose unsynced records, restarts, broken links, loss,
 * repetition, reordering, slow disks; then everything is mended, and what was promised must hold.
 */
import type { Value } from '../core/types.js';
import type { Answer, Restoring, StateMachine } from '../driver/ports.js';
import { SimCell, type CellSetup } from './cell.js';
import { AnswerCheck } from './checks/answers.js';
import { InvariantCheck } from './checks/invariants.js';
import type { SimFiles } from './files.js';
import { bothParts, Journal, restoreBoth } from './journal.js';
import type { SimRandom } from './random.js';

/** Keeps a journal beside the state machine under test, and its digest after each slot. */
export class Witness implements StateMachine {
  readonly journal = new Journal();
  /** The digest after slot n is at index n - 1. */
  readonly digests: string[] = [];

  constructor(
    private readonly machine: StateMachine,
    private readonly digest: () => string,
  ) {}

  apply(slot: number, value: Value): readonly Uint8Array[] {
    this.journal.apply(slot, value);
    const results = this.machine.apply(slot, value);
    this.digests.push(this.digest());
    return results;
  }

  snapshot(): Iterator<Uint8Array> {
    return bothParts(this.journal.snapshot(), this.machine.snapshot());
  }

  restore(): Restoring {
    return restoreBoth(this.journal.restore(), this.machine.restore());
  }
}

export interface StormSetup extends Omit<CellSetup, 'machine'> {
  /** The state machine under test and its digest. */
  readonly machine: () => { readonly machine: StateMachine; readonly digest: () => string };
  /** The n-th operation. */
  readonly operation: (n: number, random: SimRandom) => Uint8Array;
  /** With storage 'files': syncs fail and disks fill up, too. */
  readonly failingDisks?: boolean;
  /** How many rounds of faults. */
  readonly rounds: number;
}

/** What went wrong, and what was done: a storm that injected nothing proves nothing. */
export interface StormReport {
  readonly wrong: readonly string[];
  readonly counts: {
    readonly crashes: number;
    readonly partitions: number;
    readonly lostFrames: number;
    readonly repeatedFrames: number;
    readonly lostRecords: number;
    readonly failedDisks: number;
    readonly acknowledged: number;
    readonly ballots: number;
    readonly slots: number;
  };
  readonly cell: SimCell;
}

export class Storm {
  private readonly cell: SimCell;
  private readonly random: SimRandom;
  private readonly invariants: InvariantCheck;
  private readonly answers: AnswerCheck;
  private readonly wrong: string[] = [];
  private readonly rounds = new Set<number>();
  private submitted = 0;
  private crashes = 0;
  private partitions = 0;

  constructor(private readonly setup: StormSetup) {
    const machine = (): StateMachine => {
      const { machine: tested, digest } = setup.machine();
      return new Witness(tested, digest);
    };
    this.cell = new SimCell({ ...setup, machine });
    this.random = this.cell.random.fork('storm');
    this.invariants = new InvariantCheck(this.cell);
    this.answers = new AnswerCheck(this.cell);
  }

  run(): StormReport {
    this.cell.start();
    for (let round = 0; round < this.setup.rounds && this.wrong.length === 0; round++) {
      this.fault();
      this.submit();
      // Short ones let the next fault meet what is under way, long ones let leaders change.
      this.pass(this.random.chance(500) ? this.random.integer(1, 12) : this.random.integer(20, 400));
    }
    if (this.wrong.length === 0) this.mend();
    const { cell } = this;
    const disks = cell.names.map((name) => cell.node(name).disk.counts);
    const { lost, duplicated } = cell.network.counts;
    const counts = {
      crashes: this.crashes,
      partitions: this.partitions,
      lostFrames: lost,
      repeatedFrames: duplicated,
      lostRecords: disks.reduce((sum, each) => sum + each.lost, 0),
      failedDisks: cell.names.reduce((sum, name) => sum + cell.node(name).fatal.length, 0),
      acknowledged: this.answers.acknowledged.length,
      ballots: this.rounds.size,
      slots: Math.max(0, ...this.cell.up.map((name) => this.witness(name).digests.length)),
    };
    return { wrong: this.wrong, counts, cell: this.cell };
  }

  private fault(): void {
    const { cell, random } = this;
    const name = cell.names[random.integer(0, cell.names.length - 1)] ?? '';
    const node = cell.node(name);
    switch (random.integer(0, 8)) {
      case 0:
      case 8:
        if (node.process === null) this.start(name);
        else {
          this.crashes += 1;
          cell.crash(name);
        }
        break;
      case 1:
      case 2:
        for (const each of cell.names) if (cell.node(each).process === null) this.start(each);
        break;
      case 3:
        this.partitions += 1;
        cell.isolate(name, random.chance(500) ? 'cut' : 'held');
        break;
      case 4:
        cell.heal();
        break;
      case 5:
        node.disk.latency = { minMs: 1, maxMs: random.integer(1, 60) };
        break;
      case 6:
        if (node.disk.files !== null && this.setup.failingDisks === true) this.injure(node.disk.files);
        break;
      default:
    }
  }

  /** Starts a member whose disk may still be full. */
  private start(name: string): void {
    const { files } = this.cell.node(name).disk;
    if (files !== null && files.room !== Infinity && this.random.chance(700)) files.room = Infinity;
    this.cell.start(name);
  }

  /** A disk that fails ends its replica, which is started again by a later round. */
  private injure(files: SimFiles): void {
    const { random } = this;
    if (random.chance(500)) files.room = random.integer(0, 2_000);
    else files.failNextSync = Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
  }

  private submit(): void {
    const { cell, random } = this;
    for (const name of cell.up) {
      for (let count = random.integer(0, 4); count > 0; count--) {
        const op = this.setup.operation(this.submitted, random);
        this.submitted += 1;
        let id = '';
        const reply = (answer: Answer): void => {
          if (answer.ok) this.answers.answered(id, answer.slot);
        };
        cell.node(name).submit(op, reply, (taken) => (id = taken));
      }
    }
  }

  /** Lets time pass and looks at everything each few milliseconds. */
  private pass(ms: number): void {
    for (let left = ms; left > 0 && this.wrong.length === 0; left -= 5) {
      this.cell.run(Math.min(5, left));
      this.look();
    }
  }

  private look(): void {
    for (const name of this.cell.up) {
      const { role, promised } = this.cell.process(name).replica.inspect();
      if (role === 'leader' && promised !== null) this.rounds.add(promised.round);
    }
    for (const { invariant, what } of this.invariants.violations()) this.wrong.push(`${invariant}: ${what}`);
    for (const name of this.cell.names) {
      const { fatal, disk } = this.cell.node(name);
      const excused = disk.files === null ? 0 : disk.files.counts.failedSyncs + disk.files.counts.full;
      const failed = fatal.filter(({ exit }) => exit === 'disk');
      const other = fatal.filter((error) => failed.length > excused || !failed.includes(error));
      for (const { message } of other) this.wrong.push(`${name} stopped: ${message}`);
    }
    this.wrong.push(
      ...this.answers.uncovered.map((what) => `acknowledged without a quorum of syncs: ${what}`),
    );
  }

  /** The second phase: all is mended, so the cell must work, and agree. */
  private mend(): void {
    const { cell } = this;
    cell.heal();
    cell.network.options = { ...cell.network.options, lossPerMille: 0, duplicatePerMille: 0 };
    for (const name of cell.names) {
      const { disk } = cell.node(name);
      disk.latency = { minMs: 1, maxMs: 2 };
      disk.failNextSync = null;
      if (disk.files !== null) disk.files.room = Infinity;
      if (cell.node(name).process === null) cell.start(name);
    }
    // A sync that failed before may be told only now.
    this.pass(200);
    for (const name of cell.names) if (cell.node(name).process === null) cell.start(name);
    this.pass(3_000);
    let done = false;
    const leader = cell.leader();
    if (leader === null) this.wrong.push('no leader 3 s after everything was mended');
    else cell.submit(leader, this.setup.operation(this.submitted, this.random), ({ ok }) => (done = ok));
    if (!cell.runUntil(() => done, 10_000))
      this.wrong.push('no write went through after everything was mended');
    this.pass(1_000);
    const down = cell.others(...cell.up);
    if (down.length === 0) this.compare();
    else this.wrong.push(`down at the end, on mended disks: ${down.join(', ')}`);
  }

  private compare(): void {
    const { cell, answers } = this;
    const executed = new Map(cell.names.map((name) => [name, this.witness(name).journal.entries()] as const));
    this.wrong.push(...answers.lost(executed));
    for (const name of cell.names) this.readBack(name);
    const [first, ...others] = cell.names.map((name) => this.witness(name).digests);
    for (const digests of others) {
      const differs = digests.findIndex((digest, i) => digest !== first?.[i]);
      if (differs !== -1) this.wrong.push(`the states after slot ${differs + 1} differ`);
      if (digests.length !== first?.length)
        this.wrong.push('the members executed different numbers of slots');
    }
  }

  /** The disk as a power cut would leave it that spares nothing holds all that was synced. */
  private readBack(name: string): void {
    const { disk } = this.cell.node(name);
    try {
      const found = disk.recover().length;
      const synced = disk.since(0).length;
      if (found < synced) this.wrong.push(`the disk of ${name} holds ${found} of ${synced} synced records`);
    } catch (error) {
      this.wrong.push(`the disk of ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private witness(name: string): Witness {
    const { machine } = this.cell.process(name);
    if (!(machine instanceof Witness)) throw new Error('not the state machine of a storm');
    return machine;
  }
}
