/** A client port on a store without a log: what tests of the API, the client and etcdctl talk to. */
import type { Change, ChangeAnswer } from '../../src/driver/changes.js';
import type { HandOver } from '../../src/driver/leadership.js';
import type { Answer } from '../../src/driver/ports.js';
import { startApiServer, type ApiServer } from '../../src/api/server.js';
import type { ApiService, ApiStatus } from '../../src/api/service.js';
import { Store } from '../../src/store/store.js';

export const MEMBERS = ['r1.0000000a', 'r2.0000000b', 'r3.0000000c'] as const;

/** What the replicas of one cell have in common. */
export class Shared {
  readonly store = new Store();
  slot = 0;
}

export class StoreService implements ApiService {
  /** Operations that were asked to go through the log. */
  submitted = 0;
  leader: string | null = MEMBERS[0];
  round = 3;
  epoch = 2;
  /** Instead of the store's answer; decides for each operation. */
  intercept: ((operation: Uint8Array) => Promise<Answer> | null) | null = null;

  /** Several that share are replicas of one cell. */
  constructor(
    readonly member: string = MEMBERS[0],
    private readonly shared = new Shared(),
  ) {}

  get store(): Store {
    return this.shared.store;
  }

  submit(operation: Uint8Array): Promise<Answer> {
    this.submitted += 1;
    return this.intercept?.(operation) ?? Promise.resolve(this.execute(operation));
  }

  read(operation: Uint8Array): Promise<Answer> {
    this.submitted += 1;
    const { round, epoch } = this;
    const answer = { ok: true, result: this.store.read(operation), round, epoch } as const;
    return this.intercept?.(operation) ?? Promise.resolve({ ...answer, slot: this.shared.slot, by: 'lease' });
  }

  execute(operation: Uint8Array): Answer {
    const slot = ++this.shared.slot;
    return {
      ok: true,
      result: this.store.apply(operation, { slot, index: 0 }),
      slot,
      round: this.round,
      epoch: this.epoch,
    };
  }

  readLocal(operation: Uint8Array): Uint8Array {
    return this.store.read(operation);
  }

  /** What changes of the configuration are answered with. */
  changeAnswer: ChangeAnswer = { ok: false, reason: 'no leader' };
  readonly changes: Change[] = [];

  change(change: Change): Promise<ChangeAnswer> {
    this.changes.push(change);
    return Promise.resolve(this.changeAnswer);
  }

  /** What hand-overs are answered with, and to whom they were. */
  handOverAnswer: HandOver = 'made';
  readonly handedTo: string[] = [];

  handOver(to: string): Promise<HandOver> {
    this.handedTo.push(to);
    return Promise.resolve(this.handOverAnswer);
  }

  status(): ApiStatus {
    return {
      cell: 'test-cell',
      member: this.member,
      members: MEMBERS.map((member, i) => ({
        member,
        name: `r${i + 1}`,
        peerAddress: `127.0.0.1:${2380 + i}`,
        clientAddress: `127.0.0.1:${2390 + i}`,
        isLearner: false,
      })),
      birth: '{}',
      leader: this.leader,
      round: this.round,
      prefix: this.submitted,
      applied: this.submitted,
      epoch: this.epoch,
      revision: this.store.revision,
      size: this.store.size,
    };
  }
}

export interface Served {
  readonly service: StoreService;
  readonly server: ApiServer;
  readonly endpoint: string;
  /** Errors that no client caused. */
  readonly faults: unknown[];
}

export async function serve(service = new StoreService(), port = 0): Promise<Served> {
  const faults: unknown[] = [];
  const server = await startApiServer({
    host: '127.0.0.1',
    port,
    service,
    onFault: (error) => faults.push(error),
    graceMs: 200,
  });
  return { service, server, endpoint: `127.0.0.1:${server.port}`, faults };
}
