/**
 * Requests that wait for an answer. A request begins `waiting`; a leader makes it `proposed`, once and in one
 * slot; another replica makes it `forwarded`, once. So a command is proposed at most once, whoever does it.
 * A forwarded one is given up, as 'timed out', once no answer is to be expected: the link to the leader
 * broke, or another replica leads. Before that the old leader may have proposed it.
 *
 * What the answers tell: after 'no leader', 'leader changed' and 'too many requests' it is certain that the
 * command was not and will not be executed; after 'timed out' and 'stopping' it may or may not have been.
 */
import type { Faults } from '../core/index.js';
import type { Command, Member, Slot, Value } from '../core/types.js';
import type { ReplicaOptions } from './options.js';
import { PassedOn, requestId } from './passed-on.js';
import type { Answer, Clock, Unavailable } from './ports.js';

export type Reply = (answer: Answer) => void;

interface Request extends Command {
  readonly reply: Reply;
  readonly deadline: number;
  /** When to give up waiting for a leader; that of a request which was passed on is in the past. */
  readonly leaderBy: number;
  readonly forwardable: boolean;
  /** It changes nothing: it takes no place in the log, and is put again where another leads. */
  readonly read: boolean;
  status: 'waiting' | 'proposed' | 'forwarded' | 'answered';
}

/** A read that a leader took. */
export type Read = Pick<Request, 'id' | 'op'>;

export interface RequestPorts {
  readonly member: Member;
  readonly start: number;
  readonly clock: Clock;
  readonly options: ReplicaOptions;
  /** Planted mistakes. */
  readonly faults?: Faults;
  /** Sends a request on to the leader; false where it certainly does not arrive. */
  forward(to: Member, command: Command, read: boolean): boolean;
}

/** As many requests that were answered may be left in the queue, and as many as wait for an answer. */
export const SPARE = 100;

const no = (reason: Unavailable): Answer => ({ ok: false, reason });

export class Requests {
  /** Unanswered, in the order of arrival, which is that of their deadlines. */
  private readonly pending = new Map<string, Request>();
  /** Unproposed and not passed on, in order; may hold some that were answered meanwhile; see add(). */
  private waiting: Request[] = [];
  /** Reads among them. */
  private reads: Request[] = [];
  private readonly proposedIn = new Map<Slot, readonly Request[]>();
  private readonly passedOn = new PassedOn();
  /** Whoever all forwarded requests were passed on to. */
  private passedTo: Member | null = null;
  private submitted = 0;
  private stopped = false;
  private due = Infinity;
  private cancelSweep: (() => void) | null = null;

  constructor(private readonly ports: RequestPorts) {}

  get size(): number {
    return this.pending.size;
  }

  /** Lengths of the queues, for checks of simulated runs. */
  queues(): { readonly pending: number; readonly waiting: number; readonly proposedSlots: number } {
    const { pending, waiting, proposedIn } = this;
    return { pending: pending.size, waiting: waiting.length, proposedSlots: proposedIn.size };
  }

  /** How many commands clients submitted here. */
  get taken(): number {
    return this.submitted;
  }

  /** Takes a client's command, or a read; may reply inside the call. */
  submit(op: Uint8Array, reply: Reply, read = false): void {
    const { member, start, clock, options } = this.ports;
    const id = requestId(member, start, ++this.submitted);
    this.add({ id, op }, { reply, read, leaderBy: clock.now() + options.leaderWaitMs, forwardable: true });
  }

  /** Takes what another replica passed on, unless it was taken before. */
  submitPassedOn(from: Member, command: Command & { readonly read?: true }, reply: Reply): void {
    const { id, op, read = false } = command;
    const again = this.ports.faults?.forwardsTakenTwice === true && !this.pending.has(id);
    const fresh = read ? !this.pending.has(id) : this.passedOn.take(from, id) || again;
    if (fresh) this.add({ id, op }, { reply, read, leaderBy: -Infinity, forwardable: false });
  }

  /** Leading: the reads that have arrived so far. Each is answered, or put back. */
  takeReads(): readonly Read[] {
    const taken = this.reads.filter(({ status }) => status === 'waiting');
    for (const request of taken) request.status = 'proposed';
    this.reads = [];
    return taken;
  }

  get hasReads(): boolean {
    return this.reads.length > 0;
  }

  /** Leading no longer: they may be read elsewhere. */
  putBack(reads: readonly Read[]): void {
    for (const { id } of reads) {
      const request = this.pending.get(id);
      if (request !== undefined) this.waitAgain(request);
    }
  }

  answerRead({ id }: Read, answer: Answer): void {
    const request = this.pending.get(id);
    if (request !== undefined) this.answer(request, answer);
  }

  /** The answer to a request that was forwarded. */
  answered(id: string, answer: Answer): void {
    const request = this.pending.get(id);
    if (request?.status === 'forwarded') this.answer(request, answer);
  }

  /** The link to a member broke, or it leads no longer: what it was passed may have no answer. */
  giveUpOn(member: Member): void {
    if (this.passedTo !== member) return;
    this.passedTo = null;
    for (const request of [...this.pending.values()])
      if (request.status === 'forwarded') this.giveUp(request);
  }

  /** This member or another leads: who led before answers no more. */
  leads(leader: Member): void {
    if (this.passedTo !== null && this.passedTo !== leader) this.giveUpOn(this.passedTo);
  }

  /** Not leading: passes on what may be passed on, and gives up what must not or may no longer wait. */
  route(leader: Member | null): void {
    if (leader !== null) this.leads(leader);
    if (this.waiting.length > 0) this.waiting = this.routed(this.waiting, leader);
    if (this.reads.length > 0) this.reads = this.routed(this.reads, leader);
    this.arm();
  }

  /** What of them goes on waiting. */
  private routed(requests: readonly Request[], leader: Member | null): Request[] {
    const now = this.ports.clock.now();
    const kept: Request[] = [];
    let reachable = true;
    for (const request of requests) {
      if (request.status !== 'waiting') continue;
      if (request.forwardable && leader !== null && reachable) {
        reachable = this.forward(request, leader);
        if (reachable) continue;
      }
      if (request.leaderBy <= now) this.answer(request, no('no leader'));
      else kept.push(request);
    }
    return kept;
  }

  hasWaiting(): boolean {
    return this.waiting.length > 0;
  }

  /** Leading: the next batch, which stays in the queue until `proposed`; null if nothing waits. */
  batch(): Value | null {
    const { batchCommands, batchBytes } = this.ports.options;
    const commands: Command[] = [];
    let bytes = 0;
    while (this.waiting[0]?.status === 'answered') this.waiting.shift();
    for (const { id, op, status } of this.waiting) {
      if (status !== 'waiting') continue;
      bytes += id.length + op.length;
      if (commands.length > 0 && (commands.length >= batchCommands || bytes > batchBytes)) break;
      commands.push({ id, op });
    }
    return commands.length === 0 ? null : { kind: 'batch', commands };
  }

  /** The core took the last batch() as the value of a slot. */
  proposed(slot: Slot, batch: Value): void {
    const ids = batch.kind === 'batch' ? batch.commands.map(({ id }) => id) : [];
    const taken = ids.flatMap((id) => this.pending.get(id) ?? []);
    for (const request of taken) request.status = 'proposed';
    // Those answered meanwhile go too; the batch is made of the first that were not.
    const next = this.waiting.findIndex(({ status }) => status === 'waiting');
    this.waiting.splice(0, next === -1 ? this.waiting.length : next);
    this.proposedIn.set(slot, taken);
  }

  /** A slot was executed: answers by id, wherever and by whomever the commands were proposed. */
  applied(slot: Slot, value: Value, results: readonly Uint8Array[], round: number): void {
    const commands = value.kind === 'batch' ? value.commands : [];
    commands.forEach(({ id }, i) => {
      const request = this.pending.get(id);
      const result = results[i];
      if (request !== undefined && result !== undefined)
        this.answer(request, { ok: true, result, slot, round });
    });
    const mine = this.proposedIn.get(slot);
    if (mine === undefined) return;
    this.proposedIn.delete(slot);
    // Another value was chosen in the slot, and a command is proposed in one slot only.
    for (const request of mine) this.answer(request, no('leader changed'));
  }

  /** What was proposed up to a slot may have been executed elsewhere; a snapshot keeps no results. */
  installed(upTo: Slot): void {
    for (const [slot, mine] of [...this.proposedIn]) {
      if (slot > upTo) continue;
      this.proposedIn.delete(slot);
      for (const request of mine) this.answer(request, no('timed out'));
    }
  }

  /** Answers everything and takes no more. */
  stop(): void {
    this.stopped = true;
    this.cancelSweep?.();
    for (const request of [...this.pending.values()]) this.answer(request, no('stopping'));
    this.waiting = [];
    this.reads = [];
  }

  private add(command: Command, how: Pick<Request, 'reply' | 'read' | 'leaderBy' | 'forwardable'>): void {
    const { clock, options } = this.ports;
    if (this.stopped) return how.reply(no('stopping'));
    if (this.pending.size >= options.pendingLimit) return how.reply(no('too many requests'));
    const deadline = clock.now() + options.requestTimeoutMs;
    const request: Request = { ...command, ...how, deadline, status: 'waiting' };
    this.pending.set(command.id, request);
    this.waitAgain(request);
    this.arm();
  }

  private waitAgain(request: Request): void {
    request.status = 'waiting';
    const list = request.read ? this.reads : this.waiting;
    list.push(request);
    // A leader whose window is full takes none, and those that time out meanwhile must not pile up.
    if (list.length <= 2 * this.pending.size + SPARE) return;
    const kept = list.filter(({ status }) => status === 'waiting');
    if (request.read) this.reads = kept;
    else this.waiting = kept;
  }

  private forward(request: Request, leader: Member): boolean {
    const { id, op, read } = request;
    const sent = this.ports.forward(leader, { id, op }, read);
    if (!sent) return false;
    request.status = 'forwarded';
    this.passedTo = leader;
    return true;
  }

  private giveUp(request: Request): void {
    if (request.read || this.ports.faults?.forwardsPutAgain === true) this.waitAgain(request);
    else this.answer(request, no('timed out'));
  }

  private answer(request: Request, answer: Answer): void {
    if (request.status === 'answered') return;
    request.status = 'answered';
    this.pending.delete(request.id);
    request.reply(answer);
  }

  /** One timer for all: the oldest request times out first. */
  private arm(): void {
    const oldest = this.pending.values().next().value;
    if (oldest === undefined || this.stopped) return;
    const at = oldest.deadline;
    if (at >= this.due) return;
    this.cancelSweep?.();
    this.due = at;
    this.cancelSweep = this.ports.clock.after(at - this.ports.clock.now(), () => this.sweep());
  }

  private sweep(): void {
    this.due = Infinity;
    const now = this.ports.clock.now();
    for (const request of this.pending.values()) {
      if (request.deadline > now) break;
      this.answer(request, no('timed out'));
    }
    this.arm();
  }
}
