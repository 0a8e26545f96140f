/** etcdserverpb.KV: what changes the store or needs the newest state goes through the log. */
import * as E from 'fp-ts/lib/Either.js';
import { checkOperation } from '../store/check.js';
import { decodeResult, encodeOperation } from '../store/codec.js';
import type { Operation, Result, Success } from '../store/operations.js';
import { refusal, REQUEST_LIMIT, tooLarge, unavailable } from './errors.js';
import { CODE, GrpcError } from './grpc/status.js';
import type { Call, Method } from './grpc/server.js';
import { idOf } from './ids.js';
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

/** Decodes a request; wrong bytes are the client's fault, and gRPC's code for it is `internal`. */
export function parse<T>(decode: (bytes: Uint8Array) => T, bytes: Uint8Array): T {
  try {
    return decode(bytes);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new GrpcError(CODE.internal, `grpc: error unmarshalling request: ${detail}`);
  }
}

export function headerBase(service: ApiService, round: number): HeaderBase {
  const status = service.status();
  return { clusterId: idOf(status.cell), memberId: idOf(status.member), raftTerm: BigInt(round) };
}

/** Clients that set this want an error from a replica that is cut off, not a late answer. */
export function checkLeader(service: ApiService, call: Call): void {
  if (call.metadata['hasleader'] === 'true' && service.status().leader === null)
    throw unavailable('no leader');
}

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
    const encoded = encodeOperation(operation);
    if (local) return this.answered(kind, this.service.readLocal(encoded), this.service.status().round);
    const answer = await this.service.submit(encoded);
    if (!answer.ok) throw unavailable(answer.reason);
    return this.answered(kind, answer.result, answer.round);
  }

  private answered<K extends Success['kind']>(
    kind: K,
    bytes: Uint8Array,
    round: number,
  ): Answered<Extract<Success, { kind: K }>> {
    const result = E.getOrElseW((error): never => {
      throw new Error(`the store answered with a ${error}`);
    })(decodeResult(bytes));
    if (result.kind === 'refused') throw refusal(result.error);
    if (!isOf(result, kind)) throw new Error(`the store answered ${result.kind} to ${kind}`);
    return { result, head: header(headerBase(this.service, round), result.revision) };
  }
}

function isOf<K extends Success['kind']>(result: Result, kind: K): result is Extract<Success, { kind: K }> {
  return result.kind === kind;
}
