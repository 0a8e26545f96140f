/**
 * The invariants of the spec over a whole cell: what is on disk, in memory, and all that ever left a
 * replica.
 */
import { configurationOf, initialState, recoverRecord, type State } from '../../core/index.js';
import { CellScan, type Violation } from '../../core/scan.js';
import type { LogRecord } from '../../core/types.js';
import type { SimCell } from '../cell.js';
import type { SimNode } from '../node.js';

export class InvariantCheck {
  private readonly scan: CellScan;
  /** The fold of what is durable, per member, and how many records that is. */
  private readonly disks = new Map<SimNode, { state: State; position: number }>();

  /** Watches the cell's links from now on. */
  constructor(cell: SimCell) {
    const nodes = cell.names.map((name) => cell.node(name));
    for (const node of nodes) {
      this.disks.set(node, { state: initialState(node.member, 1, cell.birth), position: 0 });
    }
    const any = initialState(cell.birth.members[0] ?? '', 1, cell.birth);
    this.scan = new CellScan((slot) => configurationOf(any, slot));
    cell.network.observe = (_from, frame) => {
      if (frame.kind === 'parts') for (const message of frame.parts) this.scan.left(message);
    };
  }

  /** What is violated now; empty is good. */
  violations(): readonly Violation[] {
    const scanned = [...this.disks].map(([node, disk]) => {
      for (const record of node.disk.since(disk.position)) {
        disk.state = recoverRecord(disk.state, record);
        disk.position += 1;
        this.ownVote(node, record);
      }
      return { member: node.member, memory: node.process?.replica.inspect() ?? null, disk: disk.state };
    });
    return this.scan.violations(scanned);
  }

  /** A leader's own vote takes no link: it leaves as soon as it is durable. */
  private ownVote({ member }: SimNode, { body, event }: LogRecord): void {
    if (body.kind !== 'accept' || body.ballot.member !== member) return;
    const { slot, ballot } = body;
    const id = `${member}/${event.start}/${event.seq}/1`;
    this.scan.left({ type: 'Accepted', id, ballot, slot, from: member });
  }
}
