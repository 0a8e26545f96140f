/** From results of the store to etcd's responses. */
import type * as store from '../store/operations.js';
import type * as m from './proto/messages.js';

/** What every header says besides the revision. */
export interface HeaderBase {
  readonly clusterId: bigint;
  readonly memberId: bigint;
  readonly raftTerm: bigint;
}

export function header(base: HeaderBase, revision: number): m.ResponseHeader {
  return { ...base, revision: BigInt(revision) };
}

export function rangeResponse(result: store.RangeResult, head: m.ResponseHeader): m.RangeResponse {
  return { header: head, kvs: result.pairs.map(keyValue), more: result.more, count: BigInt(result.count) };
}

export function putResponse(result: store.PutResult, head: m.ResponseHeader): m.PutResponse {
  return { header: head, prevKv: result.previous === null ? null : keyValue(result.previous) };
}

export function deleteResponse(
  result: store.DeleteRangeResult,
  head: m.ResponseHeader,
): m.DeleteRangeResponse {
  return { header: head, deleted: BigInt(result.deleted), prevKvs: result.previous.map(keyValue) };
}

export function txnResponse(result: store.MultiResult, head: m.ResponseHeader): m.TxnResponse {
  return { header: head, succeeded: result.succeeded, responses: result.results.map(partResponse) };
}

/** The parts of a Txn carry a header with nothing but the revision. */
function partResponse(result: store.Success): m.ResponseOp {
  const head = header({ clusterId: 0n, memberId: 0n, raftTerm: 0n }, result.revision);
  switch (result.kind) {
    case 'range':
      return { responseRange: rangeResponse(result, head) };
    case 'put':
      return { responsePut: putResponse(result, head) };
    case 'delete':
      return { responseDeleteRange: deleteResponse(result, head) };
    case 'multi':
      return { responseTxn: txnResponse(result, head) };
  }
}

function keyValue(pair: store.KeyValue): m.KeyValue {
  return {
    key: pair.key,
    value: pair.value,
    createRevision: BigInt(pair.createRevision),
    modRevision: BigInt(pair.modRevision),
    version: BigInt(pair.version),
    lease: pair.lease,
  };
}
