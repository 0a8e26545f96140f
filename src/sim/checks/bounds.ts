/** Bounded queues: what waits at a replica, whatever clients, links and disks do. */
import type { SimCell } from '../cell.js';

export class BoundCheck {
  /** The most that was seen, by name. */
  readonly peaks = { pending: 0, unsynced: 0 };

  constructor(
    private readonly cell: SimCell,
    private readonly bounds: { readonly pending: number; readonly unsynced: number },
  ) {}

  /** What is above its bound now; empty is good. */
  excesses(): readonly string[] {
    const found: string[] = [];
    for (const name of this.cell.up) {
      const { pending, unsynced } = this.cell.process(name).replica.status();
      this.peaks.pending = Math.max(this.peaks.pending, pending);
      this.peaks.unsynced = Math.max(this.peaks.unsynced, unsynced);
      if (pending > this.bounds.pending) found.push(`${name}: ${pending} requests wait`);
      if (unsynced > this.bounds.unsynced) found.push(`${name}: ${unsynced} steps wait for a sync`);
    }
    return found;
  }
}
