/**
 * What clients ask of the replicated state machine, and what it answers. The words of etcd's KV service,
 * except that its Txn is a MultiOp: guards, the operations if they all hold, the operations if not.
 *
 * Revisions, versions, limits and counts are plain numbers: the store counts up from 1 and cannot reach
 * 2^53. A caller that holds 64-bit numbers clamps them to the safe integers, which keeps every comparison as
 * it was.
 */

export interface KeyValue {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  /** Revision of the last creation of the key. */
  readonly createRevision: number;
  /** Revision of the last change. */
  readonly modRevision: number;
  /** 1 at creation, one more at each put. */
  readonly version: number;
  /** Id of the session lease that holds the key; 0 is none, and the only one so far. */
  readonly lease: bigint;
}

export const SORT_ORDERS = ['none', 'ascend', 'descend'] as const;
export type SortOrder = (typeof SORT_ORDERS)[number];
export const SORT_TARGETS = ['key', 'version', 'create', 'mod', 'value'] as const;
export type SortTarget = (typeof SORT_TARGETS)[number];

export interface RangeOperation {
  readonly kind: 'range';
  readonly key: Uint8Array;
  /** See intervalOf(). */
  readonly rangeEnd: Uint8Array;
  /** At most so many pairs in the answer; 0 or less: all. */
  readonly limit: number;
  /** The revision to read at; 0 or less: the current one. */
  readonly revision: number;
  readonly sortOrder: SortOrder;
  readonly sortTarget: SortTarget;
  readonly keysOnly: boolean;
  readonly countOnly: boolean;
  /** Bounds on the revisions of the pairs in the answer, inclusive; 0 is no bound. */
  readonly minModRevision: number;
  readonly maxModRevision: number;
  readonly minCreateRevision: number;
  readonly maxCreateRevision: number;
}

export interface PutOperation {
  readonly kind: 'put';
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly lease: bigint;
  /** Answer with the pair as it was before. */
  readonly previous: boolean;
  /** Keep the value (or the lease) of the key, which must exist. */
  readonly ignoreValue: boolean;
  readonly ignoreLease: boolean;
}

export interface DeleteRangeOperation {
  readonly kind: 'delete';
  readonly key: Uint8Array;
  readonly rangeEnd: Uint8Array;
  readonly previous: boolean;
}

export const RELATIONS = ['equal', 'greater', 'less', 'not equal'] as const;
export type Relation = (typeof RELATIONS)[number];

/** Holds where `target of the key` `relation` `operand` for every key of the range. */
export type Guard = {
  readonly relation: Relation;
  readonly key: Uint8Array;
  readonly rangeEnd: Uint8Array;
} & (
  | { readonly target: 'version' | 'create' | 'mod'; readonly operand: number }
  | { readonly target: 'value'; readonly operand: Uint8Array }
  | { readonly target: 'lease'; readonly operand: bigint }
);

export interface MultiOp {
  readonly kind: 'multi';
  readonly guards: readonly Guard[];
  readonly success: readonly Operation[];
  readonly failure: readonly Operation[];
}

export type Operation = RangeOperation | PutOperation | DeleteRangeOperation | MultiOp;

export interface RangeResult {
  readonly kind: 'range';
  readonly revision: number;
  readonly pairs: readonly KeyValue[];
  /** The limit cut pairs off. */
  readonly more: boolean;
  /** Keys in the range, whatever the limit and the bounds on revisions. */
  readonly count: number;
}

export interface PutResult {
  readonly kind: 'put';
  readonly revision: number;
  readonly previous: KeyValue | null;
}

export interface DeleteRangeResult {
  readonly kind: 'delete';
  readonly revision: number;
  readonly deleted: number;
  /** Empty unless asked for. */
  readonly previous: readonly KeyValue[];
}

export interface MultiResult {
  readonly kind: 'multi';
  readonly revision: number;
  readonly succeeded: boolean;
  readonly results: readonly Success[];
}

/** Each carries the revision of the store after it. */
export type Success = RangeResult | PutResult | DeleteRangeResult | MultiResult;

/** Why an operation was refused. It then changed nothing. */
export const STORE_ERRORS = [
  'malformed operation',
  'key is not provided',
  'key not found',
  'value is provided',
  'lease is provided',
  'lease not found',
  'too many operations',
  'duplicate key',
  'revision is compacted',
  'revision is in the future',
  'answer is too large',
  'unknown session',
  'below the window',
  'above the window',
] as const;
export type StoreError = (typeof STORE_ERRORS)[number];

export interface Refusal {
  readonly kind: 'refused';
  readonly revision: number;
  readonly error: StoreError;
}

export type Result = Success | Refusal;

/** True where executing it can change the store. */
export function mayWrite(operation: Operation): boolean {
  switch (operation.kind) {
    case 'range':
      return false;
    case 'put':
    case 'delete':
      return true;
    case 'multi':
      return operation.success.some(mayWrite) || operation.failure.some(mayWrite);
  }
}
