/** From etcd's requests to operations of the store. */
import type { Guard, Operation, Relation, SortOrder, SortTarget } from '../store/operations.js';
import { RELATIONS, SORT_ORDERS, SORT_TARGETS } from '../store/operations.js';
import { invalidSort, refusal } from './errors.js';
import { CODE, GrpcError } from './grpc/status.js';
import type {
  Compare,
  DeleteRangeRequest,
  PutRequest,
  RangeRequest,
  RequestOp,
  TxnRequest,
} from './proto/messages.js';

/** The store's numbers stay below 2^53, so a clamped bound compares with them as the bound itself would. */
function clamp(value: bigint): number {
  const limit = BigInt(Number.MAX_SAFE_INTEGER);
  return Number(value > limit ? limit : value < -limit ? -limit : value);
}

export function rangeOperation(request: RangeRequest): Operation {
  return {
    kind: 'range',
    key: request.key,
    rangeEnd: request.rangeEnd,
    limit: clamp(request.limit),
    revision: clamp(request.revision),
    sortOrder: sortOrder(request.sortOrder),
    sortTarget: sortTarget(request.sortTarget),
    keysOnly: request.keysOnly,
    countOnly: request.countOnly,
    minModRevision: clamp(request.minModRevision),
    maxModRevision: clamp(request.maxModRevision),
    minCreateRevision: clamp(request.minCreateRevision),
    maxCreateRevision: clamp(request.maxCreateRevision),
  };
}

function sortOrder(wire: number): SortOrder {
  const found = SORT_ORDERS[wire];
  if (found === undefined) throw invalidSort();
  return found;
}

function sortTarget(wire: number): SortTarget {
  const found = SORT_TARGETS[wire];
  if (found === undefined) throw invalidSort();
  return found;
}

export function putOperation(request: PutRequest): Operation {
  return {
    kind: 'put',
    key: request.key,
    value: request.value,
    lease: request.lease,
    previous: request.prevKv,
    ignoreValue: request.ignoreValue,
    ignoreLease: request.ignoreLease,
  };
}

export function deleteOperation(request: DeleteRangeRequest): Operation {
  return { kind: 'delete', key: request.key, rangeEnd: request.rangeEnd, previous: request.prevKv };
}

export function multiOperation(request: TxnRequest): Operation {
  return {
    kind: 'multi',
    guards: request.compare.map(guard),
    success: request.success.map(partOperation),
    failure: request.failure.map(partOperation),
  };
}

function partOperation(part: RequestOp): Operation {
  if (part.requestRange !== undefined) return rangeOperation(part.requestRange);
  if (part.requestPut !== undefined) return putOperation(part.requestPut);
  if (part.requestDeleteRange !== undefined) return deleteOperation(part.requestDeleteRange);
  if (part.requestTxn !== undefined) return multiOperation(part.requestTxn);
  throw refusal('key not found');
}

/** An operand that is missing, or meant for another target, counts as 0 or empty, as in etcd. */
function guard(compare: Compare): Guard {
  const base = { key: compare.key, rangeEnd: compare.rangeEnd, relation: relation(compare.result) };
  switch (compare.target) {
    case 0:
      return { ...base, target: 'version', operand: clamp(compare.version ?? 0n) };
    case 1:
      return { ...base, target: 'create', operand: clamp(compare.createRevision ?? 0n) };
    case 2:
      return { ...base, target: 'mod', operand: clamp(compare.modRevision ?? 0n) };
    case 3:
      return { ...base, target: 'value', operand: compare.value ?? new Uint8Array(0) };
    case 4:
      return { ...base, target: 'lease', operand: compare.lease ?? 0n };
    default:
      throw new GrpcError(CODE.invalidArgument, `decree: unknown target ${compare.target} of a compare`);
  }
}

function relation(wire: number): Relation {
  const found = RELATIONS[wire];
  if (found === undefined) {
    throw new GrpcError(CODE.invalidArgument, `decree: unknown result ${wire} of a compare`);
  }
  return found;
}

/** True where every part is a range that may be served by one replica alone. */
export function isSerializable(request: TxnRequest): boolean {
  const parts = [...request.success, ...request.failure];
  const local = (part: RequestOp): boolean =>
    part.requestRange?.serializable === true ||
    (part.requestTxn !== undefined && isSerializable(part.requestTxn));
  return parts.length > 0 && parts.every(local);
}
