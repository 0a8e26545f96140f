/**
 * The one loop, of the simulated and of the real replica alike. Inputs wait in a queue; a turn steps the
 * core through them and through what they enable, and then does what the steps ask for, in this order: the
 * trace is handed over, the records are appended, messages leave, values are executed and answered. What
 * rests on a sync leaves only when the core says so, after the Persist that covers it.
 */
import { clientBlocked, initialState, nextInternal, peersOf, recoverState, step } from '../core/index.js';
import type { State, Transition } from '../core/index.js';
import type { Input } from '../core/step-types.js';
import type { LogRecord, Member, Value } from '../core/types.js';
import type { DecreeError } from '../errors.js';
import { TraceWriter } from '../trace/writer.js';
import { isHeartbeat, leavingEarly } from './early.js';
import type { Executor } from './executor.js';
import type { GroupCommit } from './group-commit.js';
import { Leases } from './leases.js';
import type { Change, ChangeAnswer } from './changes.js';
import { handOver, named } from './hand-over.js';
import type { Leadership } from './leadership.js';
import type { Mastership } from './mastership.js';
import type { MembershipChanges } from './membership.js';
import { chosenFirst, Outbox } from './outbox.js';
import type { Frame } from './ports.js';
import type { Reads } from './reads.js';
import type { Reply } from './request.js';
import type { Requests } from './requests.js';
import type { ReplicaPorts, ReplicaSetup } from './setup.js';
import { partsOf } from './parts.js';
import { restoreFound, type SnapshotWork } from './snapshot-work.js';
import { statusOf, type Status } from './status.js';

export type { ReplicaPorts, ReplicaSetup, Status };

/** After so many inputs a turn does what the steps asked for, and the rest waits for the next turn. */
const TURN_INPUTS = 1_000;

export class Replica {
  private state: State;
  /** The state when the turn began; for planted mistakes. */
  private turnBegan: State;
  private inputs: Input[] = [];
  private turnAsked = false;
  private phase: 'new' | 'running' | 'stopping' | 'ended' = 'new';

  /** What the steps of this turn ask for. */
  private records: LogRecord[] = [];
  private readonly outbox = new Outbox();

  private readonly log: GroupCommit;
  private readonly trace: TraceWriter;
  readonly leadership: Leadership;
  private readonly requests: Requests;
  private readonly executor: Executor;
  private readonly leases: Leases;
  private readonly reads: Reads;
  /** Changes of the configuration, and who is in it. */
  readonly membership: MembershipChanges;
  readonly mastership: Mastership;
  readonly snapshots: SnapshotWork | null;
  private readonly ignored = new Map<string, number>();
  private whenStopped: (() => void)[] = [];

  /** Recovers from the log and executes the known prefix; nothing leaves before run(). */
  constructor(private readonly setup: ReplicaSetup) {
    const { self, start, birth, records, faults, options, ports } = setup;
    const found = setup.snapshot?.handle;
    const restart = start === 1 ? null : recoverState(self, start, birth, records, faults, found);
    this.state = restart?.state ?? initialState(self, start, birth, faults);
    this.turnBegan = this.state;
    this.trace = new TraceWriter(ports.trace, this.state, { fullEvery: options.fullTraceEvery });
    this.leases = new Leases(ports.clock);
    const parts = partsOf(setup, this.state.faults, {
      ...{ state: () => this.state, running: () => this.phase === 'running' },
      ...{ input: (input) => this.input(input), advance: (input) => this.advance(input) },
      ...{ propose: (value) => this.propose(value), readClock: () => this.readClock() },
      lease: () => this.leases.now(this.state),
      ...{ step: (input) => this.stepAtOnce(input), guarded: (what, run) => this.guarded(what, run) },
      fail: (error) => this.fail(error),
    });
    this.requests = parts.requests;
    this.log = parts.log;
    this.executor = parts.executor;
    this.reads = parts.reads;
    this.membership = parts.membership;
    this.leadership = parts.leadership;
    this.mastership = parts.mastership;
    this.snapshots = parts.snapshots;
    if (restart !== null) this.recover(restart);
  }

  /** Begins: hands over the head of the trace and starts the timers. */
  run(): void {
    if (this.phase !== 'new') return;
    this.phase = 'running';
    this.guarded('the start', () => {
      handOver(() => this.trace.flush());
      this.reach();
      this.leadership.start();
      if (this.setup.start === 1) this.snapshots?.begin(this.setup.snapshot ?? null);
    });
  }

  /** Puts a client's command to the cell; `once`: for this epoch alone. One reply, perhaps in the call. */
  submit(op: Uint8Array, reply: Reply, once = false): void {
    this.requests.submit(op, reply, once ? 'command once' : 'command');
    this.askTurn();
  }

  /** Puts a read: the leader answers it from its own state, under its lease or once a quorum confirmed it. */
  read(op: Uint8Array, reply: Reply): void {
    this.requests.submit(op, reply, 'read');
    this.askTurn();
  }

  /** How many requests clients have put to this process: the number in the id of the last one. */
  get requestsTaken(): number {
    return this.requests.taken;
  }

  /** Puts a change of the configuration to the cell. The reply comes once, perhaps inside the call. */
  change(change: Change, reply: (answer: ChangeAnswer) => void): void {
    this.membership.request(change, reply);
    this.askTurn();
  }

  /** A frame arrived on the link from a member. */
  receive(from: Member, frame: Frame): void {
    if (this.phase !== 'running') return;
    switch (frame.kind) {
      case 'parts':
        for (const message of chosenFirst(frame.parts, ({ type }) => type)) {
          this.inputs.push({ kind: 'message', from, message });
        }
        break;
      case 'forward':
        this.requests.submitPassedOn(from, frame, (answer) => {
          this.setup.ports.transport.send(from, { kind: 'answer', id: frame.id, epoch: frame.epoch, answer });
        });
        break;
      case 'answer':
        this.requests.answered(frame.id, frame.epoch, frame.answer);
        break;
      case 'snapshot':
        this.snapshots?.fetch.receive(from, frame.part);
        return;
      default:
        this.leadership.receive(from, frame);
        this.membership.receive(from, frame);
    }
    this.askTurn();
  }

  /** The link on which this replica speaks to a member was up and broke. */
  linkBroke(to: Member): void {
    if (this.phase === 'running') this.requests.giveUpOn(to);
  }

  status(): Status {
    const { leadership, requests, mastership } = this;
    return statusOf(this.state, leadership.leader, requests.size, mastership.epoch, this.ignored);
  }

  /** The core's state, for checks of simulated runs. */
  inspect(): State {
    return this.state;
  }

  /** The same if the clock were read now. */
  atNow(): State {
    return { ...this.state, lease: this.leases.now(this.state) };
  }

  /** Lengths of its queues, for checks of simulated runs. */
  queues(): ReturnType<Requests['queues']> & { readonly inputs: number } {
    return { ...this.requests.queues(), inputs: this.inputs.length };
  }

  /**
   * Stops in peace: takes nothing more, answers what waits, syncs what was handled and ends the trace; then
   * calls done. After a fatal error there is nothing to do.
   */
  stop(done: () => void): void {
    if (this.phase === 'ended') return done();
    this.whenStopped.push(done);
    if (this.phase === 'stopping') return;
    this.phase = 'stopping';
    this.leadership.stop();
    this.inputs = this.inputs.filter(({ kind }) => kind === 'persist');
    this.requests.stop();
    this.membership.stop();
    this.askTurn();
  }

  private readClock(): State {
    for (const one of this.leases.read(this.state)) this.advance(one);
    return this.state;
  }

  /** A turn of its own for one input. */
  private stepAtOnce(input: Input): void {
    this.advance(input);
    this.advanceInternally();
    this.carryOut();
  }

  private recover(restart: Transition): void {
    restoreFound(this.setup);
    if (restart.action !== null) this.trace.restart(restart.state, restart.action);
    this.gather(restart);
    this.executor.execute(this.round());
  }

  private input(input: Input): void {
    this.inputs.push(input);
    this.askTurn();
  }

  /** Starts a ballot now, whoever leads. */
  campaign(): void {
    if (this.phase === 'running') this.leadership.campaign();
  }

  private askTurn(): void {
    if (this.turnAsked || this.phase === 'ended') return;
    this.turnAsked = true;
    this.setup.ports.clock.after(0, () => {
      this.turnAsked = false;
      this.guarded('a turn', () => this.turn());
    });
  }

  private turn(): void {
    this.turnBegan = this.state;
    for (const one of this.leases.stalls(this.state, this.setup.options.heartbeatMs)) this.advance(one);
    this.stepThrough();
    this.carryOut();
    if (this.inputs.length > 0) this.askTurn();
    else if (this.phase === 'stopping' && this.log.idle) this.finish();
  }

  /** Steps the core through the inputs, which may grow meanwhile by messages to itself, and the requests. */
  private stepThrough(): void {
    let done = 0;
    for (const input of this.inputs) {
      if (done++ === TURN_INPUTS) break;
      // The timer may fire late, in a process that had no time to read what had arrived.
      const silent = input.kind === 'campaign' && input.ordered !== true;
      if (silent && this.leadership.heardNow) this.countIgnored('a leader was heard in time');
      else this.advance(input);
      this.advanceInternally();
      if (this.leases.asks(this.state, input.kind === 'heartbeat')) this.advance({ kind: 'ask lease' });
    }
    this.inputs = this.inputs.slice(done > TURN_INPUTS ? TURN_INPUTS : done);
    if (this.phase === 'running') this.serveRequests();
  }

  private advanceInternally(): void {
    if (this.phase !== 'running') return;
    for (let next = nextInternal(this.state); next !== null; next = nextInternal(this.state)) {
      const { action } = this.advance({ kind: 'internal', internal: next });
      if (action === null) throw new Error(`${next.name} was named as enabled and is not`);
    }
  }

  private advance(input: Input): Transition {
    for (const one of this.leases.before(this.state, input)) this.advance(one);
    const races = this.state.faults.heartbeatRaces && isHeartbeat(input);
    const before = races ? this.turnBegan : this.state;
    const transition = step(before, input);
    this.state = transition.state;
    this.trace.event(before, transition);
    if (transition.ignored !== undefined) this.countIgnored(transition.ignored);
    if (before.role !== this.state.role) this.leadership.leader = null;
    if (before.changes !== this.state.changes) this.reach();
    this.mastership.stepped(before);
    this.gather(transition);
    if (before.snapshot !== this.state.snapshot) this.snapshots?.own.trim(this.state.snapshot.upTo);
    return transition;
  }

  private countIgnored(reason: string): void {
    this.ignored.set(reason, (this.ignored.get(reason) ?? 0) + 1);
  }

  /** Collects the effects of a step for the end of the turn. */
  private gather(transition: Transition): void {
    for (const effect of transition.effects) {
      switch (effect.kind) {
        case 'append':
          this.records.push(effect.record);
          for (const one of leavingEarly(this.state, effect.held)) this.post(one.to, one.message);
          break;
        case 'send':
          this.post(effect.outgoing.to, effect.outgoing.message);
          break;
        case 'apply':
          this.executor.add(effect);
          break;
        case 'restore':
        case 'offer':
          this.snapshots?.carryOut(effect, this.executor);
          break;
        case 'heard':
          this.leadership.heard(effect.leader);
          break;
      }
    }
  }

  private post(to: Member | 'peers', message: Parameters<Outbox['add']>[1]): void {
    const { self } = this.state;
    if (to !== self) this.outbox.add(to === 'peers' ? peersOf(this.state) : [to], message);
    else if (this.phase === 'running') this.inputs.push({ kind: 'message', from: self, message });
  }

  /** Batches for the open window, while there are requests and slots; else they go to the leader or wait. */
  private serveRequests(): void {
    if (this.state.role !== 'leader' || this.membership.retired) {
      this.membership.follows();
      this.reads.follows();
      this.requests.route(this.leadership.leader);
      return;
    }
    this.requests.leads(this.state.self);
    this.mastership.serve();
    while (this.requests.hasWaiting() && !this.mastership.underWay && clientBlocked(this.state) === null) {
      const value = this.requests.batch();
      if (value === null) break;
      this.propose(value);
      this.requests.proposed(this.state.attempt?.proposed ?? 0, value);
    }
    this.reads.serve();
    this.membership.serve();
  }

  /** Proposes a value in a window that is open. */
  private propose(value: Value): boolean {
    const { action } = this.advance({ kind: 'propose', value });
    if (action?.name !== 'Propose') throw new Error('the window was open and the value was refused');
    this.advanceInternally();
    if (value.kind === 'configuration') this.reach(value);
    return true;
  }

  /** Tells the transport where those are whom a configuration names. */
  private reach(configuration = this.state.changes.at(-1)?.configuration): void {
    if (configuration !== undefined) this.setup.ports.transport.reach?.(configuration.addresses);
  }

  /** The order is the point: see the head of this file. */
  private carryOut(): void {
    handOver(() => this.trace.flush());
    this.log.append(this.records);
    this.snapshots?.own.appended(this.records);
    this.records = [];
    this.log.sync();
    this.outbox.flush(this.setup.ports.transport);
    if (this.executor.execute(this.round())) this.askTurn();
    this.reads.answer(this.round());
    this.leadership.endOfTurn(this.phase === 'running');
    if (this.phase === 'running') this.snapshots?.own.consider();
  }

  private round(): number {
    return this.state.promised?.round ?? 0;
  }

  private finish(): void {
    handOver(() => this.trace.end());
    this.end();
  }

  private end(): void {
    this.phase = 'ended';
    this.inputs = [];
    const done = this.whenStopped;
    this.whenStopped = [];
    for (const each of done) each();
  }

  private guarded(what: string, run: () => void): void {
    if (this.phase === 'ended') return;
    try {
      run();
    } catch (error) {
      this.fail(named(what, error));
    }
  }

  /** No way on: nothing more leaves and nothing is tried again. The trace gets no end, as after a crash. */
  private fail(error: DecreeError): void {
    if (this.phase === 'ended') return;
    this.phase = 'ended';
    this.leadership.stop();
    this.requests.stop();
    this.end();
    this.setup.onFatal(error);
  }
}
