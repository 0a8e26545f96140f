/**
 * The invariants of the spec over a whole cell: what is on disk, in memory, and all that ever left a
 * replica. That what leaves is durable is looked at as it leaves, all else when asked.
 */
import { configurationOf, initialState, recoverRecord, type State } from '../../core/index.js';
import { CellScan, type Violation } from '../../core/scan.js';
import type { LogRecord } from '../../core/types.js';
import type { SimCell } from '../cell.js';
import type { SimNode } from '../node.js';

interface Fold {
  readonly node: SimNode;
  state: State;
  position: number;
}

export class InvariantCheck {
  private readonly scan: CellScan;
  /** The fold of what is durable, per member, and how many records that is. */
  private readonly disks = new Map<string, Fold>();
  private readonly leaving: Violation[] = [];

  /** Watches the cell's links from now on. */
  constructor(cell: SimCell) {
    const any = initialState(cell.birth.members[0] ?? '', 1, cell.birth);
    this.scan = new CellScan((slot) => configurationOf(any, slot));
    for (const name of cell.names) {
      const node = cell.node(name);
      this.disks.set(node.member, { node, state: initialState(node.member, 1, cell.birth), position: 0 });
    }
    cell.network.observe = (from, frame) => {
      if (frame.kind !== 'parts') return;
      for (const message of frame.parts) this.scan.left(message);
      const disk = this.disks.get(from);
      if (disk === undefined) return;
      this.read(disk);
      this.leaving.push(...this.scan.durable({ member: from, disk: disk.state }));
    };
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
      return { member: node.member, memory: node.process?.replica.inspect() ?? null, disk: state };
    });
    return [...this.leaving, ...this.scan.violations(scanned)];
  }

  private read(disk: Fold): void {
    for (const record of disk.node.disk.since(disk.position)) {
      disk.state = recoverRecord(disk.state, record);
      disk.position += 1;
      this.ownVote(disk.node, record);
    }
  }

  /** A leader's own vote takes no link: it leaves as soon as it is durable. */
  private ownVote({ member }: SimNode, { body, event }: LogRecord): void {
    if (body.kind !== 'accept' || body.ballot.member !== member) return;
    const { slot, ballot } = body;
    const id = `${member}/${event.start}/${event.seq}/1`;
    this.scan.left({ type: 'Accepted', id, ballot, slot, from: member });
  }
}
