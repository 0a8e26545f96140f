/**
 * The invariants of the spec over a whole cell: what is on disk, in memory, and all that ever left a
 * replica. That what leaves is durable is looked at as it leaves, all else when asked.
 */
import {
  compareBallots,
  configurationOf,
  initialState,
  recoverRecord,
  recoverSnapshot,
  type State,
} from '../../core/index.js';
import { CellScan, type Violation } from '../../core/scan.js';
import type { Message } from '../../core/messages.js';
import type { Configuration, LogRecord, Slot } from '../../core/types.js';
import type { SimCell } from '../cell.js';
import type { SimNode } from '../node.js';
import { PromiseCheck } from './promises.js';

interface Fold {
  readonly node: SimNode;
  state: State;
  position: number;
  /** The last process start that was looked at, and its snapshot. */
  start: number;
  snapshot: Slot;
}

export class InvariantCheck {
  private readonly scan: CellScan;
  private readonly promises: PromiseCheck;
  /** The fold of what is durable, per member, and how many records that is. */
  private readonly disks = new Map<string, Fold>();
  private readonly leaving: Violation[] = [];

  /** Watches the cell's links from now on. */
  constructor(private readonly cell: SimCell) {
    const any = initialState(cell.birth.members[0] ?? '', 1, cell.birth);
    this.scan = new CellScan((slot) => configurationOf(any, slot), cell.birth.alpha);
    this.promises = new PromiseCheck((slot) => this.scan.configurationOf(slot));
    for (const name of cell.names) this.watch(cell.node(name));
    cell.joined.push((node) => this.watch(node));
    cell.network.observe = (from, frame) => {
      if (frame.kind !== 'parts') return;
      const disk = this.disks.get(from);
      if (disk === undefined) return;
      this.read(disk);
      for (const message of frame.parts) this.left(message, disk);
      this.leaving.push(...this.scan.durable({ member: from, disk: disk.state }));
    };
  }

  private watch(node: SimNode): void {
    const state = initialState(node.member, 1, this.cell.birth);
    this.disks.set(node.member, { node, state, position: 0, start: 0, snapshot: 0 });
  }

  /** What governs a slot, as the votes on the links tell. */
  configurationOf(slot: Slot): Configuration {
    return this.scan.configurationOf(slot);
  }

  /** How many configurations were chosen. */
  get changes(): number {
    return this.scan.changes;
  }

  get ballotsThatLed(): number {
    return this.scan.ballotsThatLed;
  }

  get reproposals(): number {
    return this.scan.reproposals;
  }

  /** What is violated now; empty is good. */
  violations(): readonly Violation[] {
    const scanned = [...this.disks.values()].map((disk) => {
      this.read(disk);
      const { node, state } = disk;
      const memory = node.process?.replica.inspect() ?? null;
      if (memory !== null) this.compare(disk, memory);
      return { member: node.member, memory, disk: state };
    });
    return [...this.leaving, ...this.promises.found, ...this.scan.violations(scanned)];
  }

  private read(disk: Fold): void {
    const snapshot = disk.node.disk.snapshot();
    if (snapshot !== null) disk.state = recoverSnapshot(disk.state, snapshot);
    for (const record of disk.node.disk.since(disk.position)) {
      this.recover(disk, record);
      disk.position += 1;
      this.own(disk, record);
    }
  }

  /** What a process has in memory at its start, and with each snapshot, is at least what is on its disk. */
  private compare(disk: Fold, memory: State): void {
    if (memory.start === disk.start && memory.snapshot.upTo === disk.snapshot) return;
    disk.start = memory.start;
    disk.snapshot = memory.snapshot.upTo;
    const { node, state } = disk;
    const lacks = (invariant: string, what: string): void => {
      this.leaving.push({
        invariant,
        what: `${node.member}, start ${memory.start}, lacks ${what} of its disk`,
      });
    };
    if (compareBallots(memory.promised, state.promised) < 0) lacks('PromiseIsDurable', 'the promise');
    for (const [slot, { ballot }] of state.accepted.entries()) {
      if (compareBallots(memory.accepted.get(slot)?.ballot ?? null, ballot) >= 0) continue;
      return lacks('VoteIsDurable', `the vote in slot ${slot}`);
    }
  }

  private recover(disk: Fold, record: LogRecord): void {
    try {
      disk.state = recoverRecord(disk.state, record);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.leaving.push({ invariant: 'NothingLost', what: `${disk.node.member}: ${why}` });
    }
  }

  /** A candidate's own promise and a leader's own vote take no link: they leave once they are durable. */
  private own(disk: Fold, { body, event, promised, prefix }: LogRecord): void {
    const { member: from } = disk.node;
    const id = (n: number): string => `${from}/${event.start}/${event.seq}/${n}`;
    if (body.kind === 'promise' && promised?.member === from) {
      const accepted = disk.state.accepted.getRange(prefix + 1, Number.POSITIVE_INFINITY);
      this.left({ type: 'Promise', id: id(1), ballot: promised, from, accepted, prefix }, disk);
    }
    if (body.kind !== 'accept' || body.ballot.member !== from) return;
    const { slot, ballot, value } = body;
    this.left({ type: 'Accept', id: id(0), ballot, slot, value }, disk);
    this.left({ type: 'Accepted', id: id(1), ballot, slot, from }, disk);
  }

  private left(message: Message, disk: Fold): void {
    this.scan.left(message);
    this.promises.left(message, disk.state);
  }
}
