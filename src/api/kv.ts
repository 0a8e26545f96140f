/** etcdserverpb.KV: what changes the store goes through the log; what only reads is read at the leader. */
import * as E from 'fp-ts/lib/Either.js';
import { checkOperation } from '../store/check.js';
import { decodeResult, encodeOperation } from '../store/codec.js';
import { mayWrite, type Operation, type Result, type Success } from '../store/operations.js';
import { encodeCommand } from '../store/session-codec.js';
import { otherRequest, refusal, REQUEST_LIMIT, tooLarge, unavailable } from './errors.js';
import { CODE, GrpcError } from './grpc/status.js';
import type { Call, Method } from './grpc/server.js';
import { bareBase, checkLeader, headerBase, parse, tellEpoch } from './headers.js';
import { codecs } from './proto/codec.js';
import type { ResponseHeader } from './proto/messages.js';
import { deleteOperation, isSerializable, multiOperation, putOperation, rangeOperation } from './requests.js';
import {
  deleteResponse,
  header,
  putResponse,
  rangeResponse,
  txnResponse,
  type HeaderBase,
} from './responses.js';
import type { ApiService } from './service.js';
import { numberOf, type Numbered } from './sessions.js';

export function kvMethods(service: ApiService): [path: string, method: Method][] {
  const kv = new Kv(service);
  const path = (name: string): string => `/etcdserverpb.KV/${name}`;
  return [
    [path('Range'), (bytes, call) => kv.range(bytes, call)],
    [path('Put'), (bytes, call) => kv.put(bytes, call)],
    [path('DeleteRange'), (bytes, call) => kv.deleteRange(bytes, call)],
    [path('Txn'), (bytes, call) => kv.txn(bytes, call)],
    [path('Compact'), () => Promise.reject(noCompaction())],
  ];
}

function noCompaction(): GrpcError {
  return new GrpcError(CODE.unimplemented, 'decree: Compact is not supported: old revisions are not kept');
}

/**
 * How a read was answered: `serializable` from the store of the replica that was asked, which may be behind;
 * `lease` or `quorum` from that of the leader, and why it was sure to lead.
 */
export const READ_LABEL = 'decree-read';

interface Answered<R> {
  readonly result: R;
  readonly head: ResponseHeader;
}

class Kv {
  constructor(private readonly service: ApiService) {}

  async range(bytes: Uint8Array, call: Call): Promise<Uint8Array> {
    const request = parse(codecs.rangeRequest.decode, bytes);
    const operation = rangeOperation(request);
    const { result, head } = await this.execute(operation, 'range', bytes, call, request.serializable);
    return codecs.rangeResponse.encode(rangeResponse(result, head));
  }

  async put(bytes: Uint8Array, call: Call): Promise<Uint8Array> {
    const operation = putOperation(parse(codecs.putRequest.decode, bytes));
    const { result, head } = await this.execute(operation, 'put', bytes, call);
    return codecs.putResponse.encode(putResponse(result, head));
  }

  async deleteRange(bytes: Uint8Array, call: Call): Promise<Uint8Array> {
    const operation = deleteOperation(parse(codecs.deleteRangeRequest.decode, bytes));
    const { result, head } = await this.execute(operation, 'delete', bytes, call);
    return codecs.deleteRangeResponse.encode(deleteResponse(result, head));
  }

  async txn(bytes: Uint8Array, call: Call): Promise<Uint8Array> {
    const request = parse(codecs.txnRequest.decode, bytes);
    const operation = multiOperation(request);
    const { result, head } = await this.execute(operation, 'multi', bytes, call, isSerializable(request));
    return codecs.txnResponse.encode(txnResponse(result, head));
  }

  /** Refuses what no state could accept before it takes a place in the log. */
  private async execute<K extends Success['kind']>(
    operation: Operation,
    kind: K,
    bytes: Uint8Array,
    call: Call,
    local = false,
  ): Promise<Answered<Extract<Success, { kind: K }>>> {
    const error = checkOperation(operation);
    if (error !== null) throw refusal(error);
    if (bytes.length > REQUEST_LIMIT) throw tooLarge();
    checkLeader(this.service, call);
    const { service } = this;
    if (local) {
      call.label(READ_LABEL, 'serializable');
      const result = service.readLocal(encodeOperation(operation));
      tellEpoch(call, service.status().epoch);
      return this.answered(kind, result, headerBase(service, service.status().round));
    }
    const writes = mayWrite(operation);
    const numbered = writes ? numberOf(call) : null;
    const command = this.command(operation, numbered);
    const answer = await (writes ? service.submit(command) : service.read(command));
    if (!answer.ok) throw unavailable(answer.reason);
    if (answer.by !== undefined) call.label(READ_LABEL, answer.by);
    tellEpoch(call, answer.epoch);
    // A retry at another replica, in another ballot, is answered with the same bytes.
    const base = numbered === null ? headerBase(service, answer.round) : bareBase(service);
    return this.answered(kind, answer.result, base, numbered);
  }

  /** What cannot write needs no number: it may be asked again without harm. */
  private command(operation: Operation, numbered: Numbered | null): Uint8Array {
    if (numbered === null) return encodeOperation(operation);
    return encodeCommand({ kind: 'request', ...numbered, operation });
  }

  private answered<K extends Success['kind']>(
    kind: K,
    bytes: Uint8Array,
    base: HeaderBase,
    numbered: Numbered | null = null,
  ): Answered<Extract<Success, { kind: K }>> {
    const result = E.getOrElseW((error): never => {
      throw new Error(`the store answered with a ${error}`);
    })(decodeResult(bytes));
    if (result.kind === 'refused') throw refusal(result.error);
    if (!isOf(result, kind)) {
      if (numbered !== null) throw otherRequest(numbered.seq, result.kind);
      throw new Error(`the store answered ${result.kind} to ${kind}`);
    }
    return { result, head: header(base, result.revision) };
  }
}

function isOf<K extends Success['kind']>(result: Result, kind: K): result is Extract<Success, { kind: K }> {
  return result.kind === kind;
}
