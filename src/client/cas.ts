/** Compare and swap of one key, as a Txn that answers with what was there where it did not swap. */
import type { KeyValue, Sparse, TxnRequest, TxnResponse } from '../api/proto/messages.js';
import type { Bytes } from './keys.js';
import { txnOf, type MultiOpGuard } from './multi-op.js';

export interface Swapped {
  readonly swapped: boolean;
  /** What the key holds where it was not swapped; null: no such key. */
  readonly found: KeyValue | null;
  readonly revision: bigint;
}

export function casTxn(key: Bytes, expected: Bytes | null, value: Bytes): Sparse<TxnRequest> {
  const guard: MultiOpGuard = expected === null ? { key, version: 0 } : { key, value: expected };
  return txnOf({ guards: [guard], then: [{ put: key, value }], otherwise: [{ get: key }] });
}

export function casResult({ succeeded, header, responses }: TxnResponse): Swapped {
  const revision = header?.revision ?? 0n;
  const found = responses[0]?.responseRange?.kvs[0] ?? null;
  return succeeded ? { swapped: true, found: null, revision } : { swapped: false, found, revision };
}
