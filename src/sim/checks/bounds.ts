/**
 * Bounded queues: what waits at a replica, whatever clients, links and disks do. What a turn gathers
 * (records, frames, values to execute) is gone at its end, and the memory for ids of requests that were
 * passed on has a bound of its own (src/driver/passed-on.ts).
 */
import { UNSYNCED_LIMIT } from '../../core/guards.js';
import { SPARE } from '../../driver/requests.js';
import type { SimCell } from '../cell.js';
import type { SimProcess } from '../node.js';

const QUEUES = ['pending', 'waiting', 'proposed', 'open', 'unsynced', 'inputs'] as const;

export type Queues = Readonly<Record<(typeof QUEUES)[number], number>>;

const WHAT: Readonly<Record<keyof Queues, string>> = {
  pending: 'requests wait for an answer',
  waiting: 'requests are queued for a proposal',
  proposed: 'slots are remembered for the requests in them',
  open: 'slots are open',
  unsynced: 'steps wait for a sync',
  inputs: 'inputs wait for a turn',
};

/**
 * The most that a sound replica of that cell may have waiting, by queue. A leader stops proposing at the
 * limit of unsynced steps, and followers take what a few leaders and windows send beyond it. What was
 * proposed lies in the window behind the known prefix; a turn reads all that came since the one before.
 */
export function boundsOf(pendingLimit: number, alpha: number): Queues {
  return {
    pending: pendingLimit,
    waiting: 2 * pendingLimit + SPARE,
    proposed: alpha,
    open: alpha,
    unsynced: 2.5 * UNSYNCED_LIMIT,
    inputs: 2_000,
  };
}

/** What grows without bound is still there a little later: only every so many looks count the queues. */
const EVERY = 4;

export class BoundCheck {
  private looks = 0;
  /** The most that was seen, by queue. */
  readonly peaks: Record<keyof Queues, number> = {
    ...{ pending: 0, waiting: 0, proposed: 0, open: 0, unsynced: 0, inputs: 0 },
  };

  constructor(
    private readonly cell: SimCell,
    private readonly bounds: Queues,
  ) {}

  /** What is above its bound now; empty is good. */
  excesses(): readonly string[] {
    if (this.looks++ % EVERY !== 0) return [];
    const found: string[] = [];
    for (const name of this.cell.names) {
      const { process } = this.cell.node(name);
      if (process === null) continue;
      const queues = queuesOf(process);
      for (const queue of QUEUES) {
        const length = queues[queue];
        if (length > this.peaks[queue]) this.peaks[queue] = length;
        if (length > this.bounds[queue])
          found.push(`${name}: ${length} ${WHAT[queue]}, more than ${this.bounds[queue]}`);
      }
    }
    return found;
  }
}

function queuesOf({ replica }: SimProcess): Queues {
  const { pending, waiting, proposedSlots: proposed, inputs } = replica.queues();
  const { unsynced, attempt } = replica.inspect();
  return { pending, waiting, proposed, inputs, unsynced: unsynced.length, open: attempt?.open.size ?? 0 };
}
