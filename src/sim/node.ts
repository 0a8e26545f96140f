/**
 * One member of a simulated cell: its disk and its trace files, and the process that runs now, if one does.
 */
import type { Faults } from '../core/index.js';
import type { Birth, Member } from '../core/types.js';
import { type ReplicaOptions } from '../driver/options.js';
import type { StateMachine } from '../driver/ports.js';
import { Replica } from '../driver/replica.js';
import { DecreeError } from '../errors.js';
import { traceFileName } from '../trace/writer.js';
import type { ProcessClock, SimClock } from './clock.js';
import type { DiskStart, NodeDisk } from './node-disk.js';
import type { SimNetwork } from './network.js';
import type { SimRandom } from './random.js';
import { SimTraceSink } from './trace-sink.js';

export interface NodeSetup {
  readonly name: string;
  readonly member: Member;
  readonly birth: Birth;
  readonly clock: SimClock;
  readonly network: SimNetwork;
  readonly random: SimRandom;
  readonly disk: NodeDisk;
  readonly options: ReplicaOptions;
  readonly faults: Partial<Faults>;
  readonly machine: () => StateMachine;
}

export interface SimProcess {
  readonly start: number;
  readonly replica: Replica;
  readonly machine: StateMachine;
  readonly sink: SimTraceSink;
  readonly clock: ProcessClock;
}

export class SimNode {
  /** The process that runs now. */
  process: SimProcess | null = null;
  /** Why a process of this member stopped by itself. */
  readonly fatal: DecreeError[] = [];
  /** The trace files, by name, in the order of the starts. */
  readonly files = new Map<string, SimTraceSink>();
  /** The file of the last start, if its process was killed. */
  killed: string | null = null;

  constructor(readonly setup: NodeSetup) {}

  get name(): string {
    return this.setup.name;
  }

  get member(): Member {
    return this.setup.member;
  }

  get disk(): NodeDisk {
    return this.setup.disk;
  }

  /** Starts a process on what the disk holds; where the disk lets it not, it is down and `fatal` says why. */
  start(): void {
    if (this.process !== null) throw new Error(`${this.name} is up`);
    const clock = this.setup.clock.process();
    let process: SimProcess | null = null;
    const onFatal = (error: DecreeError): void => {
      if (process !== null && this.process !== process) return;
      this.fatal.push(error);
      if (process !== null) this.crash();
    };
    const opened = this.open(clock, onFatal);
    if (opened === null) return;
    process = this.assemble(opened, clock, onFatal);
    this.files.set(traceFileName(this.member, process.start), process.sink);
    this.killed = null;
    process.sink.flush();
    this.process = process;
    if (!this.begin(opened)) return;
    const { start, replica } = process;
    this.setup.network.attach(this.member, {
      start,
      receive: (from, frame) => replica.receive(from, frame),
      linkBroke: (to) => replica.linkBroke(to),
    });
    replica.run();
  }

  /**
   * Kills the process; `survivors` of the unsynced records are on disk after all, or as many as the seed
   * says.
   */
  crash(survivors?: number): void {
    const process = this.takeDown();
    process.sink.crash();
    this.killed = traceFileName(this.member, process.start);
    this.disk.crash(survivors);
  }

  /** Asks the process to stop in peace; then calls done. */
  stop(done: () => void): void {
    const { process } = this;
    if (process === null) throw new Error(`${this.name} is down`);
    process.replica.stop(() => {
      if (this.process !== process) return;
      this.takeDown();
      this.close();
      done();
    });
  }

  private close(): void {
    try {
      this.disk.close();
    } catch (error) {
      if (!(error instanceof DecreeError)) throw error;
      this.fatal.push(error);
      this.disk.crash();
    }
  }

  /** Reads the log; null where it is refused or the disk fails. */
  private open(clock: ProcessClock, onFatal: (error: DecreeError) => void): DiskStart | null {
    try {
      return this.disk.start(clock, onFatal);
    } catch (error) {
      if (!(error instanceof DecreeError)) throw error;
      this.fatal.push(error);
      this.disk.crash();
      return null;
    }
  }

  private assemble(
    opened: DiskStart,
    clock: ProcessClock,
    onFatal: (error: DecreeError) => void,
  ): SimProcess {
    const { member, birth, network, random, options, faults } = this.setup;
    const { start, disk, records } = opened;
    const sink = new SimTraceSink();
    const machine = this.setup.machine();
    const transport = network.transport(member);
    const ports = { clock, random: random.fork(`start ${start}`), disk, transport, machine, trace: sink };
    const replica = new Replica({ self: member, birth, start, records, options, ports, faults, onFatal });
    return { start, replica, machine, sink, clock };
  }

  /** The start counts from here on; false where the disk failed under it. */
  private begin({ begin }: DiskStart): boolean {
    try {
      begin();
      return true;
    } catch (error) {
      if (!(error instanceof DecreeError)) throw error;
      // The log has reported what failed under it.
      if (this.process !== null) {
        this.fatal.push(error);
        this.crash();
      }
      return false;
    }
  }

  private takeDown(): SimProcess {
    const { process } = this;
    if (process === null) throw new Error(`${this.name} is down`);
    process.clock.end();
    this.setup.network.detach(this.member);
    this.process = null;
    return process;
  }
}
