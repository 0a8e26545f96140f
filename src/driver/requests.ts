/**
 * Requests that wait for an answer. A request begins `waiting`; a leader makes it `proposed`, once and in one
 * slot; another replica makes it `forwarded`, once. So a command is proposed at most once in an epoch,
 * whoever does it. A forwarded one is given up, as 'timed out', once no answer is to be expected: the link to
 * the leader broke. Before that the leader may have proposed it.
 *
 * A command is executed in the epoch in which its handling began or not at all (spec/Epochs.tla: Handle). So
 * once another epoch began here it is certain what became of it, and its handling begins anew. A read takes
 * no place in the log and belongs to no epoch: it is put again where another leads.
 *
 * What the answers tell: after 'no leader', 'leader changed' and 'too many requests' it is certain that the
 * command was not and will not be executed; after 'timed out' and 'stopping' it may or may not have been.
 */
import { checkedAtPropose } from '../core/epochs.js';
import type { Command, Member, Slot, SnapshotHandle, Value } from '../core/types.js';
import { PassedOn, requestId } from './passed-on.js';
import type { Answer, Handled, Unavailable } from './ports.js';
import type { Applied, Kind, Proposed, Read, Reply, Request, RequestPorts } from './request.js';

/** The handling of a request begins anew so often at most. */
export const TRIES = 3;

/** As many requests that were answered may be left in the queue, and as many as wait for an answer. */
export const SPARE = 100;

const NOTHING = { epoch: 0, commands: [] as readonly Command[] } as const;

const no = (reason: Unavailable): Answer => ({ ok: false, reason });

export class Requests {
  /** Unanswered, in the order of arrival, which is that of their deadlines. */
  private readonly pending = new Map<string, Request>();
  /** Unproposed and not passed on, in order; may hold some that were answered meanwhile; see add(). */
  private waiting: Request[] = [];
  /** The reads among them. */
  private reads: Request[] = [];
  private readonly proposedIn = new Map<Slot, Proposed>();
  private readonly passedOn = new PassedOn();
  /** Whoever reads were passed on to last, this member if it led. */
  private readsPassedTo: Member | null = null;
  private submitted = 0;
  /** Of all that was executed; the core may be ahead of it within a turn. */
  private epoch: number;
  private stopped = false;
  private due = Infinity;
  private cancelSweep: (() => void) | null = null;

  constructor(private readonly ports: RequestPorts) {
    this.epoch = ports.reign().epoch;
  }

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
  submit(op: Uint8Array, reply: Reply, kind: Kind = 'command'): void {
    const { member, start, clock, options } = this.ports;
    const id = requestId(member, start, ++this.submitted);
    const { epoch } = this;
    const leaderBy = clock.now() + options.leaderWaitMs;
    this.add({ id, op, epoch }, { reply, leaderBy, forwardable: true, kind });
  }

  /** Takes what another replica passed on, unless it was taken before. */
  submitPassedOn(from: Member, command: Handled & { readonly read?: true }, reply: Reply): void {
    const { id, op, epoch, read = false } = command;
    const before = this.pending.get(id);
    const again = this.ports.faults?.forwardsTakenTwice === true && before === undefined;
    const fresh = read ? before === undefined : this.passedOn.take(from, id, epoch) || again;
    if (!fresh) return;
    if (before !== undefined) this.drop(before);
    const kind = read ? 'read' : 'command';
    this.add({ id, op, epoch }, { reply, leaderBy: -Infinity, forwardable: false, kind });
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

  /** The answer to a request that was forwarded; that it was not executed in an epoch before says nothing. */
  answered(id: string, epoch: number, answer: Answer): void {
    const request = this.pending.get(id);
    if (request?.status === 'forwarded' && (answer.ok || request.epoch === epoch))
      this.answer(request, answer);
  }

  /** The link to a member broke: what it was passed may have no answer. */
  giveUpOn(member: Member): void {
    for (const request of [...this.pending.values()])
      if (request.status === 'forwarded' && request.passedTo === member) this.giveUp(request);
  }

  /** This member or another leads: reads that were passed to who led before are put again. */
  leads(leader: Member): void {
    if (this.readsPassedTo === leader) return;
    this.readsPassedTo = leader;
    for (const request of this.pending.values())
      if (request.read && request.status === 'forwarded' && request.passedTo !== leader)
        this.waitAgain(request);
  }

  /** Not leading: passes on what may be passed on, and gives up what must not or may no longer wait. */
  route(leader: Member | null): void {
    if (leader !== null) this.leads(leader);
    if (this.waiting.length > 0) {
      const marked = leader !== null && this.isMarked(leader) ? leader : null;
      this.waiting = this.routed(this.waiting, marked);
    }
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

  /** That member's mark is the last executed one: what is begun in its epoch is not refused. */
  private isMarked(leader: Member): boolean {
    const { epoch, marked } = this.ports.reign();
    return marked?.member === leader && epoch === this.epoch;
  }

  /** Whether requests wait that the leader may put now: what it has applied is executed, too. */
  hasWaiting(): boolean {
    return this.waiting.length > 0 && this.ports.reign().epoch === this.epoch;
  }

  /** Leading: the next batch, of one epoch; it stays in the queue until `proposed`. Null if nothing waits. */
  batch(): Value | null {
    const { options, faults } = this.ports;
    const { batchCommands, batchBytes } = options;
    if (faults !== undefined && checkedAtPropose(faults)) this.refuseOthers();
    const commands: Command[] = [];
    let bytes = 0;
    let epoch: number | null = null;
    while (this.waiting[0]?.status === 'answered') this.waiting.shift();
    for (const { id, op, status, epoch: began } of this.waiting) {
      if (status !== 'waiting') continue;
      const tag = faults?.epochTaggedAtPropose === true ? this.epoch : began;
      if (tag !== (epoch ??= tag)) break;
      bytes += id.length + op.length;
      if (commands.length > 0 && (commands.length >= batchCommands || bytes > batchBytes)) break;
      commands.push({ id, op });
    }
    return epoch === null ? null : { kind: 'batch', epoch, commands };
  }

  /** The core took the last batch() as the value of a slot. */
  proposed(slot: Slot, batch: Value): void {
    const { epoch, commands } = batch.kind === 'batch' ? batch : NOTHING;
    const taken = commands.flatMap(({ id }) => this.pending.get(id) ?? []);
    for (const request of taken) request.status = 'proposed';
    // Those answered meanwhile go too; the batch is made of the first that were not.
    const next = this.waiting.findIndex(({ status }) => status === 'waiting');
    this.waiting.splice(0, next === -1 ? this.waiting.length : next);
    this.proposedIn.set(slot, { epoch, requests: taken });
  }

  /** A slot was executed: answers by id, wherever and by whomever the commands were proposed. */
  applied(of: Applied, results: readonly Uint8Array[], round: number): void {
    const { slot, value, epoch, refused } = of;
    const commands = value.kind === 'batch' && !refused ? value.commands : [];
    commands.forEach(({ id }, i) => {
      const request = this.pending.get(id);
      const result = results[i];
      if (request !== undefined && result !== undefined)
        this.answer(request, { ok: true, result, slot, round, epoch });
    });
    const mine = this.proposedIn.get(slot);
    if (mine === undefined) return;
    this.proposedIn.delete(slot);
    // Another value was chosen in the slot, and a command is proposed in one slot of an epoch only.
    for (const request of mine.requests)
      if (request.epoch === mine.epoch) this.answer(request, no('leader changed'));
  }

  /**
   * Another epoch begins here: what was asked in one before and has no answer was executed in no slot up to
   * here, and is refused in all to come. Its handling begins anew; who passed a request on does so itself.
   */
  beginAnew(epoch: number): void {
    const { clock, options } = this.ports;
    this.epoch = epoch;
    for (const request of [...this.pending.values()]) {
      if (request.read || request.epoch >= epoch) continue;
      if (!request.forwardable) this.drop(request);
      else if (request.unsure) this.answer(request, no('timed out'));
      else {
        const out = request.status !== 'waiting';
        if (out) request.anew += 1;
        if (request.anew > TRIES) {
          this.answer(request, no('leader changed'));
          continue;
        }
        request.epoch = epoch;
        if (!out) continue;
        request.leaderBy = clock.now() + options.leaderWaitMs;
        this.waitAgain(request);
      }
    }
  }

  /**
   * What was proposed up to a slot may have been executed elsewhere; a snapshot keeps no results. Of what was
   * passed on an answer may still come, but that it was not executed is not known any more.
   */
  installed({ upTo, epoch }: Pick<SnapshotHandle, 'upTo' | 'epoch'>): void {
    for (const [slot, mine] of [...this.proposedIn]) {
      if (slot > upTo) continue;
      this.proposedIn.delete(slot);
      for (const request of mine.requests)
        if (request.epoch === mine.epoch) this.answer(request, no('timed out'));
    }
    for (const request of this.pending.values()) request.unsure = request.status !== 'waiting';
    if (epoch > this.epoch) this.beginAnew(epoch);
  }

  /** Answers everything and takes no more. */
  stop(): void {
    this.stopped = true;
    this.cancelSweep?.();
    for (const request of [...this.pending.values()]) this.answer(request, no('stopping'));
    this.waiting = [];
    this.reads = [];
  }

  private add(
    command: Handled,
    how: Pick<Request, 'reply' | 'leaderBy' | 'forwardable'> & { readonly kind: Kind },
  ): void {
    const { clock, options } = this.ports;
    const { reply, leaderBy, forwardable, kind } = how;
    if (this.stopped) return reply(no('stopping'));
    if (this.pending.size >= options.pendingLimit) return reply(no('too many requests'));
    const deadline = clock.now() + options.requestTimeoutMs;
    const request: Request = {
      ...{ ...command, reply, deadline, leaderBy, forwardable, read: kind === 'read' },
      ...{ anew: kind === 'command once' ? Infinity : 0, unsure: false, status: 'waiting', passedTo: null },
    };
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
    const { id, op, epoch, read } = request;
    const sent = this.ports.forward(leader, { id, op, epoch }, read);
    if (!sent) return false;
    request.status = 'forwarded';
    request.passedTo = leader;
    return true;
  }

  private giveUp(request: Request): void {
    if (request.read) this.waitAgain(request);
    // Planted (forwardsPutAgain).
    else if (this.ports.faults?.forwardsPutAgain === true) this.submit(request.op, request.reply);
    else this.answer(request, no('timed out'));
  }

  private answer(request: Request, answer: Answer): void {
    if (request.status === 'answered') return;
    this.drop(request);
    request.reply(answer);
  }

  private drop(request: Request): void {
    request.status = 'answered';
    if (this.pending.get(request.id) === request) this.pending.delete(request.id);
  }

  /** Planted (epochCheckedAtPropose). */
  private refuseOthers(): void {
    for (const request of this.waiting)
      if (request.epoch !== this.epoch) this.answer(request, no('leader changed'));
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
