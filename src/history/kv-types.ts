/**
 * Operations of the key-value store and their answers, as a client sees them. Keys and values are strings of
 * one character per byte, so that strings compare as bytes do. Revisions are numbers below 2^53.
 */

export type Key = string;

/** One key or, with `end`, the keys from `key` up to and without it; the end '\0' means all from `key` on. */
export interface Span {
  readonly key: Key;
  readonly end?: Key;
}

export interface Pair {
  readonly key: Key;
  readonly value: string;
  /** Revision at which the key was created, 0 where it does not exist. */
  readonly created: number;
  /** Revision of its last change. */
  readonly modified: number;
  /** Number of puts since it was created. */
  readonly version: number;
}

export type Guard = Span & { readonly is: '=' | '!=' | '>' | '<' } & (
    | { readonly target: 'version' | 'created' | 'modified'; readonly than: number }
    | { readonly target: 'value'; readonly than: string }
  );

export interface Put {
  readonly kind: 'put';
  readonly key: Key;
  readonly value: string;
  /** Whether the answer names the pair that was there before. */
  readonly wantPrevious?: boolean;
}

export interface Range extends Span {
  readonly kind: 'range';
  /** At most so many pairs; 0 or absent: all. */
  readonly limit?: number;
}

export interface Delete extends Span {
  readonly kind: 'delete';
  readonly wantPrevious?: boolean;
}

/** Guards, operations if all hold, operations if not: one step (the talk's MultiOp). */
export interface Txn {
  readonly kind: 'txn';
  readonly guards: readonly Guard[];
  readonly then: readonly KvInput[];
  readonly otherwise: readonly KvInput[];
}

export type KvInput = Put | Range | Delete | Txn;

export type Result =
  | { readonly kind: 'put'; readonly previous?: Pair | null }
  | {
      readonly kind: 'range';
      readonly pairs: readonly Pair[];
      readonly count: number;
      readonly more: boolean;
    }
  | { readonly kind: 'delete'; readonly deleted: number; readonly previous?: readonly Pair[] }
  | { readonly kind: 'txn'; readonly succeeded: boolean; readonly results: readonly Result[] };

/** An answer in full: what was found and done, and the revision of the store right after. */
export interface KvOutput {
  readonly revision: number;
  readonly result: Result;
}
