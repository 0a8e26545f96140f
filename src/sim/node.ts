/**
 * One member of a simulated cell: its disk and its trace files, and the process that runs now, if one does.
 */
import type { Faults } from '../core/index.js';
import type { Birth, Member, Slot } from '../core/types.js';
import { type ReplicaOptions } from '../driver/options.js';
import type { Answer, Clock, Frame, StateMachine, TraceSink } from '../driver/ports.js';
import { requestId } from '../driver/passed-on.js';
import { Replica } from '../driver/replica.js';
import { addCounts, NO_SNAPSHOTS, type SnapshotCounts } from '../driver/snapshots.js';
import { SessionKeeper } from '../driver/session-keeper.js';
import { DecreeError } from '../errors.js';
import type { SessionsView } from '../store/sessions.js';
import { OFF } from '../trace/sinks.js';
import { traceFileName } from '../trace/writer.js';
import type { ClockFaults, ProcessClock, SimClock } from './clock.js';
import { Killed, KillSwitch } from './kill.js';
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
  /** Given the clock of the process. */
  readonly machine: (clock: Clock) => StateMachine;
  /** Told of each eviction that a keeper puts forward, and of the slots that it has executed. */
  readonly evicting: (command: Uint8Array, executed: Slot) => void;
  /** False: no trace is written, which changes nothing else. */
  readonly traced: boolean;
}

export interface SimProcess {
  readonly start: number;
  readonly replica: Replica;
  readonly machine: StateMachine;
  /** As in the real process, where the machine has sessions. */
  readonly keeper: SessionKeeper | null;
  readonly sink: SimTraceSink;
  readonly clock: ProcessClock;
  readonly kill: KillSwitch;
}

/** What a process start is given besides its disk. */
interface Made {
  readonly clock: ProcessClock;
  readonly ticking: Clock;
  readonly kill: KillSwitch;
  readonly onFatal: (error: DecreeError) => void;
}

/** A state machine that says what sessions it has. */
interface WithSessions {
  readonly sessions: SessionsView;
}

const hasSessions = (machine: StateMachine): machine is StateMachine & WithSessions => 'sessions' in machine;

export class SimNode {
  /** The process that runs now. */
  process: SimProcess | null = null;
  /** Why a process of this member stopped by itself. */
  readonly fatal: DecreeError[] = [];
  /** The trace files, by name, in the order of the starts. */
  readonly files = new Map<string, SimTraceSink>();
  /** The file of the last start, if its process was killed. */
  killed: string | null = null;
  /** What became of snapshots, of all processes that ended. */
  readonly snapshots: SnapshotCounts = { ...NO_SNAPSHOTS };
  /** The clock of this machine, the same for all its processes. */
  readonly clockFaults: ClockFaults = { rate: 1, skewMs: 0 };

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
    const clock = this.setup.clock.process(this.clockFaults);
    const ticking: Clock = {
      now: () => clock.now(),
      wall: () => clock.wall(),
      after: (ms, run) => clock.after(ms, () => this.act(run)),
    };
    const kill = new KillSwitch();
    let process: SimProcess | null = null;
    const onFatal = (error: DecreeError): void => {
      if (process !== null && this.process !== process) return;
      if (!kill.killed) this.fatal.push(error);
      if (process !== null) this.crash();
    };
    const opened = this.open(ticking, onFatal);
    if (opened === null) return;
    process = this.assemble(opened, { clock, ticking, kill, onFatal });
    if (this.setup.traced) this.files.set(traceFileName(this.member, process.start), process.sink);
    this.killed = null;
    process.sink.flush();
    this.process = process;
    if (!this.begin(opened)) return;
    const { start, replica, keeper } = process;
    this.setup.network.attach(this.member, {
      start,
      receive: (from: Member, frame: Frame) => clock.pass(() => this.act(() => replica.receive(from, frame))),
      linkBroke: (to) => clock.pass(() => this.act(() => replica.linkBroke(to))),
    });
    replica.run();
    keeper?.start();
  }

  /** Puts a client's command, or a read, to the process; `taken` is told its id before anything is done. */
  submit(
    op: Uint8Array,
    reply: (answer: Answer) => void,
    taken: (id: string) => void = () => undefined,
    read = false,
  ): void {
    const { process } = this;
    if (process === null) throw new Error(`${this.name} is down`);
    const { replica, clock, kill, start } = process;
    const put = (): void => {
      taken(requestId(this.member, start, replica.requestsTaken + 1));
      if (read) replica.read(op, kill.reply(reply));
      else replica.submit(op, kill.reply(reply));
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
    process.keeper?.stop();
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
  private open(clock: Clock, onFatal: (error: DecreeError) => void): DiskStart | null {
    try {
      return this.disk.start(clock, onFatal);
    } catch (error) {
      if (!(error instanceof DecreeError)) throw error;
      this.fatal.push(error);
      this.disk.crash();
      return null;
    }
  }

  private assemble(opened: DiskStart, made: Made): SimProcess {
    const { member, birth, network, random, options, faults, traced } = this.setup;
    const { start, disk, records, snapshot } = opened;
    const { clock, ticking, kill, onFatal } = made;
    const sink = new SimTraceSink();
    const machine = this.setup.machine(ticking);
    // Tracing off is a sink that the writer knows, so that no event is even made.
    const trace: TraceSink = traced ? kill.trace(sink) : OFF;
    const ports = {
      clock: ticking,
      random: random.fork(`start ${start}`),
      disk: kill.disk(disk),
      snapshots: kill.snapshots(opened.snapshots),
      transport: kill.transport(network.transport(member)),
      machine: kill.machine(machine),
      trace,
    };
    const setup = { self: member, birth, start, records, snapshot, options, ports, faults, onFatal };
    const replica = new Replica(setup);
    const keeper = hasSessions(machine) ? this.keeperOf(replica, machine, ticking) : null;
    return { start, replica, machine, keeper, sink, clock, kill };
  }

  private keeperOf(replica: Replica, machine: WithSessions, clock: Clock): SessionKeeper {
    return new SessionKeeper({
      clock,
      options: this.setup.options,
      sessions: () => machine.sessions,
      leads: () => replica.status().master !== 0,
      propose: (command) => {
        this.setup.evicting(command, replica.inspect().applied);
        replica.submit(command, () => undefined, true);
      },
      faults: this.setup.faults,
    });
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
    addCounts(this.snapshots, process.replica.snapshots?.own.counts);
    this.setup.network.detach(this.member);
    this.process = null;
    return process;
  }
}
