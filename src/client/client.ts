/**
 * The typed client: etcd's KV service over a list of endpoints. Every call answers with an Outcome and never
 * throws for what the network or the cell did; see outcome.ts for what each kind tells. What may write is
 * sent once here; SessionClient asks again until it knows.
 */
import { codecs } from '../api/proto/codec.js';
import type {
  Compare,
  DeleteRangeResponse,
  KeyValue,
  MemberAddRequest,
  MemberAddResponse,
  MemberListResponse,
  MemberRemoveResponse,
  MoveLeaderResponse,
  PutRequest,
  PutResponse,
  RangeRequest,
  RangeResponse,
  RequestOp,
  Sparse,
  StatusResponse,
  TxnResponse,
} from '../api/proto/messages.js';
import { Caller, type CallerOptions, type Request } from './caller.js';
import { casResult, casTxn, type Swapped } from './cas.js';
import { LeaderFinder, STATUS_REQUEST } from './leader.js';
import { toBytes, type Bytes, type KeyRange } from './keys.js';
import { txnOf, type MultiOp } from './multi-op.js';
import type { Outcome } from './outcome.js';

export interface ClientOptions extends Partial<CallerOptions> {
  readonly endpoints: readonly string[];
}

export interface Txn {
  readonly compare?: readonly Sparse<Compare>[];
  readonly success?: readonly Sparse<RequestOp>[];
  readonly failure?: readonly Sparse<RequestOp>[];
}

/** One key: its pair or null, and the revision of the store. */
export interface Got {
  readonly pair: KeyValue | null;
  readonly revision: bigint;
}

export const DEFAULTS = { timeoutMs: 5000, attemptMs: 2000, backOffMs: 25 };

export class Client {
  protected readonly caller: Caller;

  constructor(options: ClientOptions) {
    this.caller = new Caller({ ...DEFAULTS, ...options });
  }

  get endpoints(): readonly string[] {
    return this.caller.endpoints;
  }

  put(
    key: Bytes,
    value: Bytes,
    options: Sparse<Omit<PutRequest, 'key' | 'value'>> = {},
  ): Promise<Outcome<PutResponse>> {
    return this.write({
      path: '/etcdserverpb.KV/Put',
      message: codecs.putRequest.encode({ ...options, key: toBytes(key), value: toBytes(value) }),
      writes: true,
      decode: codecs.putResponse.decode,
    });
  }

  range(request: Sparse<RangeRequest>): Promise<Outcome<RangeResponse>> {
    return this.caller.call({
      path: '/etcdserverpb.KV/Range',
      message: codecs.rangeRequest.encode(request),
      writes: false,
      decode: codecs.rangeResponse.decode,
    });
  }

  async get(key: Bytes): Promise<Outcome<Got>> {
    const outcome = await this.range({ key: toBytes(key) });
    if (outcome.kind !== 'ok') return outcome;
    const { header, kvs } = outcome.value;
    return { ...outcome, value: { pair: kvs[0] ?? null, revision: header?.revision ?? 0n } };
  }

  /** A range end deletes every key from `key` up to it; see keys.ts. */
  del(
    key: Bytes,
    options: { readonly rangeEnd?: Uint8Array; readonly prevKv?: boolean } = {},
  ): Promise<Outcome<DeleteRangeResponse>> {
    return this.write({
      path: '/etcdserverpb.KV/DeleteRange',
      message: codecs.deleteRangeRequest.encode({ ...options, key: toBytes(key) }),
      writes: true,
      decode: codecs.deleteRangeResponse.decode,
    });
  }

  txn(txn: Txn): Promise<Outcome<TxnResponse>> {
    const writes = [...(txn.success ?? []), ...(txn.failure ?? [])].some(mayWrite);
    const request = {
      path: '/etcdserverpb.KV/Txn',
      message: codecs.txnRequest.encode(txn),
      writes,
      decode: codecs.txnResponse.decode,
    };
    return writes ? this.write(request) : this.caller.call(request);
  }

  /** Guards, the operations if all hold, the operations if not, as one step; see multi-op.ts. */
  multiOp(multi: MultiOp): Promise<Outcome<TxnResponse>> {
    return this.txn(txnOf(multi));
  }

  /** Puts the value if the key has the expected one; null expects that there is no such key. */
  async cas(key: Bytes, expected: Bytes | null, value: Bytes): Promise<Outcome<Swapped>> {
    const outcome = await this.txn(casTxn(key, expected, value));
    return outcome.kind === 'ok' ? { ...outcome, value: casResult(outcome.value) } : outcome;
  }

  /**
   * The pairs of a range in the order of their keys, page by page; ends after a page that could not be had.
   * Each page is the newest state when it is read. Pages are no snapshot together: of what changes meanwhile
   * some may show and some not, but a key that is there all the time shows once.
   */
  async *iterate(range: KeyRange, pageSize = 1000): AsyncGenerator<Outcome<readonly KeyValue[]>, void> {
    const { rangeEnd } = range;
    let { key } = range;
    for (;;) {
      const outcome = await this.range({ key, rangeEnd, limit: BigInt(pageSize) });
      if (outcome.kind !== 'ok') return yield outcome;
      const { kvs, more } = outcome.value;
      yield { ...outcome, value: kvs };
      const last = kvs.at(-1);
      if (!more || last === undefined) return;
      key = Uint8Array.of(...last.key, 0);
    }
  }

  /** The state of the replica at one endpoint. */
  status(endpoint: string): Promise<Outcome<StatusResponse>> {
    return this.caller.callAt(endpoint, STATUS_REQUEST);
  }

  members(): Promise<Outcome<MemberListResponse>> {
    return this.caller.call({
      path: '/etcdserverpb.Cluster/MemberList',
      message: codecs.memberListRequest.encode({}),
      writes: false,
      decode: codecs.memberListResponse.decode,
    });
  }

  /** Adds a learner; without isLearner it becomes a member by itself once it has caught up. */
  addMember(request: Sparse<MemberAddRequest>): Promise<Outcome<MemberAddResponse>> {
    return this.caller.call({
      path: '/etcdserverpb.Cluster/MemberAdd',
      message: codecs.memberAddRequest.encode(request),
      writes: true,
      decode: codecs.memberAddResponse.decode,
    });
  }

  removeMember(id: bigint): Promise<Outcome<MemberRemoveResponse>> {
    return this.caller.call({
      path: '/etcdserverpb.Cluster/MemberRemove',
      message: codecs.memberRemoveRequest.encode({ id }),
      writes: true,
      decode: codecs.memberRemoveResponse.decode,
    });
  }

  promoteMember(id: bigint): Promise<Outcome<MemberRemoveResponse>> {
    return this.caller.call({
      path: '/etcdserverpb.Cluster/MemberPromote',
      message: codecs.memberPromoteRequest.encode({ id }),
      writes: true,
      decode: codecs.memberPromoteResponse.decode,
    });
  }

  /** Hands the mastership to a member: asks the endpoint that leads, by its own word. */
  async moveLeader(targetId: bigint): Promise<Outcome<MoveLeaderResponse>> {
    const request = {
      path: '/etcdserverpb.Maintenance/MoveLeader',
      message: codecs.moveLeaderRequest.encode({ targetId }),
      writes: true,
      decode: codecs.moveLeaderResponse.decode,
    };
    await new LeaderFinder(this.caller).seek();
    return this.caller.call(request);
  }

  /** A request that may write. */
  protected write<T>(request: Request<T>): Promise<Outcome<T>> {
    return this.caller.call(request);
  }

  /** Ends every connection; calls under way end as their connection did. */
  close(): void {
    this.caller.close();
  }
}

function mayWrite(op: Sparse<RequestOp>): boolean {
  if (op.requestPut !== undefined || op.requestDeleteRange !== undefined) return true;
  const { requestTxn } = op;
  return [...(requestTxn?.success ?? []), ...(requestTxn?.failure ?? [])].some(mayWrite);
}
