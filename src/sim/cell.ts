/**
 * A whole cell in one process, in virtual time, from one seed: the real replicas on simulated ports. The same
 * setup and the same calls give the same run, down to the bytes of its traces.
 */
import { compareBallots, type Faults } from '../core/index.js';
import type { Birth, Member, Slot } from '../core/types.js';
import { replicaOptions, type ReplicaOptions } from '../driver/options.js';
import type { Answer, Clock, StateMachine } from '../driver/ports.js';
import { SimClock } from './clock.js';
import { SimDisk } from './disk.js';
import type { SyncLatency } from './files.js';
import { Journal } from './journal.js';
import { SimNetwork, type LinkFault, type NetworkOptions } from './network.js';
import { SimNode, type SimProcess } from './node.js';
import type { StorageFaults } from '../storage/faults.js';
import type { NodeDisk } from './node-disk.js';
import { SimRandom } from './random.js';
import { SimWalDisk } from './wal-disk.js';

export interface CellSetup {
  readonly seed: number;
  /** How many members; 3 if absent. */
  readonly members?: number;
  readonly alpha?: number;
  readonly options?: Partial<ReplicaOptions>;
  readonly network?: Partial<NetworkOptions>;
  readonly sync?: SyncLatency;
  /** Disks of whole records, or the log that ships on simulated files; 'records' if absent. */
  readonly storage?: 'records' | 'files';
  /** Mistakes planted in the log on files. */
  readonly storageFaults?: Partial<StorageFaults>;
  readonly faults?: Partial<Faults>;
  /** Makes the state machine of a process start; a Journal if absent. */
  readonly machine?: (clock: Clock) => StateMachine;
  /** Whether traces are written; true if absent. The run is the same without. */
  readonly traced?: boolean;
}

const NETWORK: NetworkOptions = {
  minMs: 1,
  maxMs: 3,
  lossPerMille: 0,
  duplicatePerMille: 0,
  reorder: false,
  tailPerMille: 0,
  tailMs: 0,
};
const SYNC: SyncLatency = { minMs: 1, maxMs: 2 };
const LEASE_MS = 400;
const DRIFT_PER_MILLE = 10;

export class SimCell {
  readonly clock = new SimClock();
  readonly network: SimNetwork;
  readonly birth: Birth;
  readonly random: SimRandom;
  /** Told of each member that is added later. */
  readonly joined: ((node: SimNode) => void)[] = [];
  /** Told of each eviction that a session keeper puts forward, and of the slots that it has executed. */
  evicting: (command: Uint8Array, executed: Slot) => void = () => undefined;
  private readonly nodes = new Map<string, SimNode>();

  constructor(private readonly setup: CellSetup) {
    const { seed, members = 3, alpha = 8 } = setup;
    this.random = new SimRandom(seed);
    this.network = new SimNetwork(this.clock, this.random.fork('network'), { ...NETWORK, ...setup.network });
    const names = Array.from({ length: members }, (_, i) => `r${i + 1}`);
    const memberOf = new Map(names.map((name) => [name, this.memberNamed(name)]));
    this.birth = {
      cell: `sim-${seed}`,
      members: [...memberOf.values()].sort(),
      alpha,
      leaseMs: LEASE_MS,
      driftPerMille: DRIFT_PER_MILLE,
    };
    for (const [name, member] of memberOf) this.nodes.set(name, this.nodeOf(name, member));
  }

  /** A new machine with an empty disk, under a new member id: no configuration names it yet. It is down. */
  add(name: string): SimNode {
    if (this.nodes.has(name)) throw new Error(`there is a member ${name} already`);
    const node = this.nodeOf(name, this.memberNamed(name));
    this.nodes.set(name, node);
    for (const tell of this.joined) tell(node);
    return node;
  }

  /** The same machine under the same member id with an empty disk, which no real replica does. It is down. */
  wipe(name: string): SimNode {
    if (this.node(name).process !== null) this.crash(name);
    const node = this.nodeOf(name, this.node(name).member);
    this.nodes.set(name, node);
    for (const tell of this.joined) tell(node);
    return node;
  }

  private nodeOf(name: string, member: Member): SimNode {
    const { faults = {}, machine = () => new Journal(), traced = true } = this.setup;
    const { clock, network, birth } = this;
    const options = replicaOptions(this.setup.options ?? {});
    const random = this.random.fork(member);
    const disk = this.disk(this.setup, member, random.fork('disk'));
    return new SimNode({
      evicting: (...told) => this.evicting(...told),
      ...{ name, member, birth, clock, network, random, disk, options, faults, machine, traced },
    });
  }

  get names(): readonly string[] {
    return [...this.nodes.keys()];
  }

  /** The members that run. */
  get up(): readonly string[] {
    return this.names.filter((name) => this.node(name).process !== null);
  }

  node(name: string): SimNode {
    const node = this.nodes.get(name);
    if (node === undefined) throw new Error(`no member ${name}; there are ${this.names.join(', ')}`);
    return node;
  }

  process(name: string): SimProcess {
    const { process } = this.node(name);
    if (process === null) throw new Error(`${name} is down`);
    return process;
  }

  nameOf(member: Member): string {
    return member.slice(0, member.indexOf('.'));
  }

  start(...names: readonly string[]): this {
    for (const name of names.length === 0 ? this.names : names) this.node(name).start();
    return this;
  }

  crash(name: string, survivors?: number): void {
    this.node(name).crash(survivors);
  }

  /** Crashes all that run. The end of one may end another, whose kill switch was armed. */
  crashAll(): void {
    for (const name of this.names) if (this.node(name).process !== null) this.crash(name);
  }

  /** Breaks the links between the one and the others: `cut` loses frames, `held` delays them until healed. */
  partition(ones: readonly string[], others: readonly string[], fault: LinkFault = 'cut'): void {
    for (const a of ones) {
      for (const b of others) this.network.fault(this.node(a).member, this.node(b).member, fault);
    }
  }

  isolate(name: string, fault: LinkFault = 'cut'): void {
    this.partition([name], this.others(name), fault);
  }

  /** Mends the links between the one and the others, and sends what was held on them. */
  mend(ones: readonly string[], others: readonly string[]): void {
    for (const a of ones) {
      for (const b of others) this.network.heal(this.node(a).member, this.node(b).member);
    }
  }

  /** Mends all links. */
  heal(): void {
    this.network.healAll();
  }

  others(...names: readonly string[]): readonly string[] {
    return this.names.filter((name) => !names.includes(name));
  }

  submit(name: string, op: string | Uint8Array, reply: (answer: Answer) => void = () => undefined): void {
    const bytes = typeof op === 'string' ? Uint8Array.from(Buffer.from(op, 'utf8')) : op;
    this.node(name).submit(bytes, reply);
  }

  /** Lets ms of virtual time pass. */
  run(ms: number): void {
    this.clock.run(ms);
  }

  /** Lets time pass until the condition holds; false if it does not within limitMs. */
  runUntil(condition: () => boolean, limitMs = 60_000): boolean {
    return this.clock.runUntil(condition, limitMs);
  }

  /** The running member that leads in the highest ballot, or null. */
  leader(): string | null {
    const leading = this.up
      .map((name) => ({ name, state: this.process(name).replica.inspect() }))
      .filter(({ state }) => state.role === 'leader')
      .sort((a, b) => compareBallots(b.state.promised, a.state.promised));
    return leading[0]?.name ?? null;
  }

  /** Stops every running member in peace. */
  finish(): void {
    const up = this.up;
    let left = up.length;
    for (const name of up) {
      this.node(name).stop(() => {
        left -= 1;
      });
    }
    if (!this.runUntil(() => left === 0)) throw new Error('a member did not stop within a minute');
  }

  /** The scenario folder, by file name: the manifest and one trace per process start. */
  folder(): ReadonlyMap<string, string> {
    const nodes = [...this.nodes.values()].filter((node) => node.files.size > 0);
    const files = nodes.flatMap((node) => [...node.files]);
    const manifest = {
      version: 1,
      cell: this.birth.cell,
      members: [...new Set([...this.birth.members, ...nodes.map(({ member }) => member)])].sort(),
      files: files.map(([name]) => name),
      killed: nodes.flatMap(({ killed }) => killed ?? []),
    };
    return new Map([
      ['manifest.json', `${JSON.stringify(manifest, null, 2)}\n`],
      ...files.map(([name, sink]): [string, string] => [name, sink.text()]),
    ]);
  }

  private disk(setup: CellSetup, member: Member, random: SimRandom): NodeDisk {
    const { sync = SYNC, storageFaults: faults = {} } = setup;
    if (setup.storage !== 'files') return new SimDisk(random, sync, this.birth.cell);
    return new SimWalDisk(random, sync, { identity: { cell: this.birth.cell, member }, faults });
  }

  private memberNamed(name: string): Member {
    const incarnation = this.random
      .fork(`incarnation ${name}`)
      .integer(0, 2 ** 32 - 1)
      .toString(16)
      .padStart(8, '0');
    return `${name}.${incarnation}`;
  }
}
