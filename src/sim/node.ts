/**
 * One member of a simulated cell: its disk and its trace files, and the process that runs now, if one does.
 */
import type { Faults } from '../core/index.js';
import type { Birth, Member } from '../core/types.js';
import { type ReplicaOptions } from '../driver/options.js';
import type { Answer, Clock, Frame, StateMachine, TraceSink } from '../driver/ports.js';
import { requestId } from '../driver/passed-on.js';
import { Replica } from '../driver/replica.js';
import type { DecreeError } from '../errors.js';
import { OFF } from '../trace/sinks.js';
import { traceFileName } from '../trace/writer.js';
import type { ClockFaults, ProcessClock, SimClock } from './clock.js';
import type { SimDisk } from './disk.js';
import { Killed, KillSwitch } from './kill.js';
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
  readonly disk: SimDisk;
  readonly options: ReplicaOptions;
  readonly faults: Partial<Faults>;
  readonly machine: () => StateMachine;
  /** False: no trace is written, which changes nothing else. */
  readonly traced: boolean;
}

export interface SimProcess {
  readonly start: number;
  readonly replica: Replica;
  readonly machine: StateMachine;
  readonly sink: SimTraceSink;
  readonly clock: ProcessClock;
  readonly kill: KillSwitch;
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
  /** The clock of this machine, the same for all its processes. */
  readonly clockFaults: ClockFaults = { rate: 1, skewMs: 0 };

  constructor(readonly setup: NodeSetup) {}

  get name(): string {
    return this.setup.name;
  }

  get member(): Member {
    return this.setup.member;
  }

  get disk(): SimDisk {
    return this.setup.disk;
  }

  /** Starts a process on what the disk holds. */
  start(): void {
    if (this.process !== null) throw new Error(`${this.name} is up`);
    const { member, birth, network, random, options, faults, traced } = this.setup;
    const clock = this.setup.clock.process(this.clockFaults);
    const ticking: Clock = {
      now: () => clock.now(),
      after: (ms, run) => clock.after(ms, () => this.act(run)),
    };
    const { start, disk, records } = this.disk.start(ticking);
    const sink = new SimTraceSink();
    const machine = this.setup.machine();
    const kill = new KillSwitch();
    // Tracing off is a sink that the writer knows, so that no event is even made.
    const trace: TraceSink = traced ? kill.trace(sink) : OFF;
    const ports = {
      clock: ticking,
      random: random.fork(`start ${start}`),
      disk: kill.disk(disk),
      transport: kill.transport(network.transport(member)),
      machine: kill.machine(machine),
      trace,
    };
    if (traced) this.files.set(traceFileName(member, start), sink);
    this.killed = null;
    const onFatal = (error: DecreeError): void => {
      if (!kill.killed) this.fatal.push(error);
      this.crash();
    };
    const replica = new Replica({ self: member, birth, start, records, options, ports, faults, onFatal });
    this.process = { start, replica, machine, sink, clock, kill };
    network.attach(member, {
      start,
      receive: (from: Member, frame: Frame) => clock.pass(() => this.act(() => replica.receive(from, frame))),
      linkBroke: (to) => clock.pass(() => this.act(() => replica.linkBroke(to))),
    });
    replica.run();
  }

  /** Puts a client's command to the process that runs; `taken` is told its id before anything is done. */
  submit(
    op: Uint8Array,
    reply: (answer: Answer) => void,
    taken: (id: string) => void = () => undefined,
  ): void {
    const { process } = this;
    if (process === null) throw new Error(`${this.name} is down`);
    const { replica, clock, kill, start } = process;
    const put = (): void => {
      taken(requestId(this.member, start, replica.requestsTaken + 1));
      replica.submit(op, kill.reply(reply));
    };
    clock.pass(() => this.act(put));
  }

  /** What the process does outside of its own turns: there, too, it may be killed. */
  private act(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      if (this.process?.kill.killed === true) this.crash();
    }
  }

  /**
   * Kills the process; `survivors` of the unsynced records are on disk after all, or as many as the seed
   * says.
   */
  crash(survivors?: number): void {
    const process = this.takeDown();
    process.sink.crash();
    if (this.setup.traced) this.killed = traceFileName(this.member, process.start);
    this.disk.crash(survivors);
  }

  /** Asks the process to stop in peace; then calls done. */
  stop(done: () => void): void {
    const { process } = this;
    if (process === null) throw new Error(`${this.name} is down`);
    process.replica.stop(() => {
      if (this.process !== process) return;
      this.takeDown();
      this.disk.close();
      done();
    });
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
