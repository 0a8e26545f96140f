/** A MultiOp in the words of the LogCabin talk and of etcd: guards by name, operations by name. */
import type { Compare, RequestOp, Sparse, TxnRequest } from '../api/proto/messages.js';
import { toBytes, type Bytes } from './keys.js';

/** Holds for every key of the range, or for the one key where there is no rangeEnd. */
export type MultiOpGuard = {
  readonly key: Bytes;
  readonly rangeEnd?: Uint8Array;
  /** `=` if absent. */
  readonly is?: '=' | '>' | '<' | '!=';
} & (
  | { readonly value: Bytes }
  /** Puts since the key was created; 0: there is no such key. */
  | { readonly version: number | bigint }
  | { readonly createRevision: number | bigint }
  | { readonly modRevision: number | bigint }
);

export type MultiOpPart =
  | { readonly put: Bytes; readonly value: Bytes; readonly prevKv?: boolean }
  | { readonly get: Bytes; readonly rangeEnd?: Uint8Array; readonly limit?: number }
  | { readonly del: Bytes; readonly rangeEnd?: Uint8Array; readonly prevKv?: boolean }
  | { readonly multiOp: MultiOp };

export interface MultiOp {
  /** No guard holds always. */
  readonly guards?: readonly MultiOpGuard[];
  readonly then?: readonly MultiOpPart[];
  readonly otherwise?: readonly MultiOpPart[];
}

/** The numbers of etcd's enumerations. */
const RESULTS = { '=': 0, '>': 1, '<': 2, '!=': 3 } as const;
const TARGET = { version: 0, create: 1, mod: 2, value: 3 } as const;

export function txnOf({ guards = [], then = [], otherwise = [] }: MultiOp): Sparse<TxnRequest> {
  return { compare: guards.map(compareOf), success: then.map(partOf), failure: otherwise.map(partOf) };
}

function compareOf(guard: MultiOpGuard): Sparse<Compare> {
  const { key, rangeEnd, is = '=' } = guard;
  const base = { key: toBytes(key), result: RESULTS[is], ...(rangeEnd === undefined ? {} : { rangeEnd }) };
  if ('value' in guard) return { ...base, target: TARGET.value, value: toBytes(guard.value) };
  if ('version' in guard) return { ...base, target: TARGET.version, version: BigInt(guard.version) };
  if ('createRevision' in guard)
    return { ...base, target: TARGET.create, createRevision: BigInt(guard.createRevision) };
  return { ...base, target: TARGET.mod, modRevision: BigInt(guard.modRevision) };
}

function partOf(part: MultiOpPart): Sparse<RequestOp> {
  if ('multiOp' in part) return { requestTxn: txnOf(part.multiOp) };
  if ('put' in part) {
    const { put, value, prevKv = false } = part;
    return { requestPut: { key: toBytes(put), value: toBytes(value), prevKv } };
  }
  const { rangeEnd } = part;
  const end = rangeEnd === undefined ? {} : { rangeEnd };
  if ('get' in part)
    return { requestRange: { key: toBytes(part.get), ...end, limit: BigInt(part.limit ?? 0) } };
  return { requestDeleteRange: { key: toBytes(part.del), ...end, prevKv: part.prevKv ?? false } };
}
