/** Finding who leads: any replica passes requests on, but to ask the leader itself saves a hop. */
import { codecs } from '../api/proto/codec.js';
import type { StatusResponse } from '../api/proto/messages.js';
import type { Caller } from './caller.js';

/** How long a replica may take to say who leads, and how often they are asked at most, in milliseconds. */
const STATUS_MS = 500;

export const STATUS_REQUEST = {
  path: '/etcdserverpb.Maintenance/Status',
  message: codecs.statusRequest.encode({}),
  writes: false,
  decode: codecs.statusResponse.decode,
} as const;

export class LeaderFinder {
  private last = -Infinity;

  constructor(private readonly caller: Caller) {}

  /** Asks all endpoints; calls begin at the one that leads, by its own word and at the highest round. */
  async seek(): Promise<void> {
    if (performance.now() - this.last < STATUS_MS) return;
    this.last = performance.now();
    const { caller } = this;
    const said = await Promise.all(
      caller.endpoints.map(async (endpoint) => {
        const status = await caller.callAt(endpoint, STATUS_REQUEST, STATUS_MS);
        return status.kind === 'ok' && leads(status.value)
          ? [{ endpoint, round: status.value.raftTerm }]
          : [];
      }),
    );
    const [newest] = said.flat().sort((a, b) => (a.round > b.round ? -1 : 1));
    if (newest !== undefined) caller.begin(newest.endpoint);
  }
}

function leads({ leader, header }: StatusResponse): boolean {
  return leader !== 0n && leader === header?.memberId;
}
