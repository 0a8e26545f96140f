/**
 * Epochs (spec/Epochs.tla): a command is executed in the epoch in which its handling began; an epoch has one
 * master, a later mastership a higher epoch, and while one lasts nobody else is elected.
 */
import {
  compareBallots,
  configurationsFrom,
  equalBallots,
  formatBallot,
  isQuorum,
  type State,
} from '../../core/index.js';
import type { Message } from '../../core/messages.js';
import type { Ballot, Member, Slot, Value } from '../../core/types.js';
import type { Frame } from '../../driver/ports.js';
import type { Reign } from '../../driver/mastership.js';
import type { SimCell } from '../cell.js';
import type { SimProcess } from '../node.js';

interface Known extends Reign {
  readonly name: string;
}

export class EpochCheck {
  /** What is wrong; empty is good. */
  readonly found: string[] = [];
  private readonly reigns: Known[] = [];
  /** What was seen of each process at the last look. */
  private readonly seen = new WeakMap<SimProcess, { readonly count: number; readonly refused: number }>();
  /** The epochs in which a request was passed on, by its id. */
  private readonly handled = new Map<string, Set<number>>();
  private readonly proposals = new WeakSet<Value>();
  private refusals = 0;

  /** Watches the cell's links from now on. */
  constructor(private readonly cell: SimCell) {
    const { network } = cell;
    const { observe } = network;
    network.observe = (from, frame) => {
      observe(from, frame);
      this.left(from, frame);
    };
  }

  /** How many masterships there were, as far as anybody looked in time. */
  get masterships(): number {
    return this.reigns.length;
  }

  /** How many batches were refused, at all members together. */
  get refused(): number {
    return this.refusals;
  }

  /** A state machine in that epoch executed a value: a no-op where the value was refused. */
  executed(slot: Slot, value: Value, epoch: number): void {
    if (value.kind === 'batch' && value.epoch !== epoch)
      this.say('CommandInItsEpoch', `slot ${slot} is of epoch ${value.epoch} and executed in epoch ${epoch}`);
  }

  /** Looks at who is master. */
  look(): readonly string[] {
    for (const name of this.cell.up) {
      const process = this.cell.process(name);
      this.master(name, process);
      const { past, count, refused } = process.replica.mastership;
      const before = this.seen.get(process) ?? { count: 0, refused: 0 };
      if (count === before.count && refused === before.refused) continue;
      this.seen.set(process, { count, refused });
      this.refusals += refused - before.refused;
      if (count > before.count)
        for (const reign of past.slice(before.count - count)) this.reigned({ name, ...reign });
    }
    return this.found;
  }

  /** A process that is stopped does nothing by its mastership, and reads its clock when it goes on. */
  private master(name: string, { replica, clock }: SimProcess): void {
    if (clock.isStopped) return;
    const { epoch: master } = replica.mastership;
    if (master === 0) return;
    const state = replica.inspect();
    const { epoch, role } = state;
    if (role === 'follower') this.say('OneMaster', `${name} is master in epoch ${master} and does not lead`);
    if (epoch !== master)
      this.say('MasterInItsEpoch', `${name} is master in epoch ${master} and has applied ${epoch}`);
    // Without leases who leads is master, as far as it knows.
    if (this.cell.birth.leaseMs > 0) this.rivals(name, state, master, replica.mastership.past.at(-1)?.ballot);
  }

  /** Who was elected while the lease of the mastership excluded it. */
  private rivals(name: string, state: State, master: number, ballot: Ballot | null = null): void {
    for (const other of this.cell.up) {
      const rival = this.cell.process(other).replica.inspect();
      if (other !== name && isElected(rival, state) && compareBallots(ballot, rival.promised) < 0)
        this.say(
          'OneMaster',
          `${name} is master in epoch ${master} and ${other} leads by ${formatBallot(rival.promised)}`,
        );
    }
  }

  private reigned(fresh: Known): void {
    const text = ({ name, epoch, ballot }: Known): string =>
      `${name} in epoch ${epoch} by ${formatBallot(ballot)}`;
    for (const other of this.reigns) {
      const both = `${text(other)} and ${text(fresh)}`;
      const isSame = equalBallots(other.ballot, fresh.ballot);
      if (isSame && other.lost === fresh.lost) this.say('KeepsMark', `two masterships of a ballot: ${both}`);
      else if (other.epoch === fresh.epoch) this.say('OneMasterPerEpoch', both);
      else if (!isSame && compareBallots(other.ballot, fresh.ballot) < 0 !== other.epoch < fresh.epoch)
        this.say('EpochsInOrder', both);
    }
    this.reigns.push(fresh);
  }

  private left(from: Member, frame: Frame): void {
    if (frame.kind === 'forward') {
      const epochs = this.handled.get(frame.id) ?? new Set();
      this.handled.set(frame.id, epochs.add(frame.epoch));
    }
    if (frame.kind === 'parts') for (const part of frame.parts) this.proposed(from, part);
  }

  /** A leader proposes what was passed on to it under the epoch that came with it. */
  private proposed(from: Member, message: Message): void {
    if (message.type !== 'Accept' || message.value.kind !== 'batch') return;
    const { slot, ballot, value } = message;
    if (this.proposals.has(value)) return;
    this.proposals.add(value);
    const leader = this.cell.node(this.cell.nameOf(from)).process?.replica.inspect();
    // What its promises report it proposes as it is.
    if (slot <= (leader?.attempt?.reported ?? slot)) return;
    for (const { id } of value.commands) {
      const epochs = this.handled.get(id);
      if (epochs === undefined || epochs.has(value.epoch) || id.startsWith(`${ballot.member}/`)) continue;
      const began = [...epochs].join(', ');
      const what = `${id} was handled in epoch ${began} and is proposed in slot ${slot} as of ${value.epoch}`;
      this.say('CommandInItsEpoch', what);
    }
  }

  private say(invariant: string, what: string): void {
    const line = `${invariant}: ${what}`;
    if (!this.found.includes(line)) this.found.push(line);
  }
}

/** Whether one leads by quorums of all configurations that govern what the other executes next. */
function isElected({ role, attempt }: State, by: State): boolean {
  if (role !== 'leader' || attempt === null) return false;
  const promised = [...attempt.promises.keys()];
  return configurationsFrom(by, by.applied + 1).every((one) => isQuorum(promised, one));
}
