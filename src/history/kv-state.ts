/** The store as a value: pairs in order of key, copied when one changes. Sized for some hundred keys. */
import { mix } from './memo.js';
import type { Key, Pair, Span } from './kv-types.js';

export interface KvState {
  /** The revision of the last change; 1 for the empty store. */
  readonly revision: number;
  /** In ascending order of key. */
  readonly pairs: readonly Pair[];
  /** The sum of the hashes of the pairs. */
  readonly hash: number;
}

export const EMPTY: KvState = { revision: 1, pairs: [], hash: 0 };

const ALL_FROM = '\0';

/** The index of the first pair whose key is not below `key`. */
function lowerBound(pairs: readonly Pair[], key: Key): number {
  let low = 0;
  let high = pairs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((pairs[middle] as Pair).key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The half-open interval of indices that a span covers. */
function bounds(state: KvState, span: Span): readonly [number, number] {
  const from = lowerBound(state.pairs, span.key);
  if (span.end === undefined) return [from, state.pairs[from]?.key === span.key ? from + 1 : from];
  if (span.end === ALL_FROM) return [from, state.pairs.length];
  return [from, Math.max(from, lowerBound(state.pairs, span.end))];
}

export function pairsIn(state: KvState, span: Span): readonly Pair[] {
  const [from, to] = bounds(state, span);
  return state.pairs.slice(from, to);
}

export function pairAt(state: KvState, key: Key): Pair | null {
  return pairsIn(state, { key })[0] ?? null;
}

/** The state with the key put at this revision; the revision of the state itself stays. */
export function withPut(state: KvState, key: Key, value: string, revision: number): KvState {
  const [from, to] = bounds(state, { key });
  const old = state.pairs[from];
  const before = to > from && old !== undefined ? old : null;
  const pair: Pair = {
    key,
    value,
    created: before?.created ?? revision,
    modified: revision,
    version: (before?.version ?? 0) + 1,
  };
  const hash = (state.hash + hashOf(pair) - (before === null ? 0 : hashOf(before))) | 0;
  return { ...state, pairs: state.pairs.toSpliced(from, to - from, pair), hash };
}

export function without(state: KvState, span: Span): KvState {
  const [from, to] = bounds(state, span);
  if (from === to) return state;
  const gone = state.pairs.slice(from, to).reduce((sum, pair) => (sum + hashOf(pair)) | 0, 0);
  return { ...state, pairs: state.pairs.toSpliced(from, to - from), hash: (state.hash - gone) | 0 };
}

export function hashState(state: KvState): number {
  return mix(state.hash ^ mix(state.revision));
}

export function sameState(a: KvState, b: KvState): boolean {
  if (a === b) return true;
  return (
    a.revision === b.revision &&
    a.hash === b.hash &&
    a.pairs.length === b.pairs.length &&
    a.pairs.every((pair, i) => samePair(pair, b.pairs[i]))
  );
}

export function samePair(a: Pair, b: Pair | undefined | null): boolean {
  if (b === undefined || b === null) return false;
  return (
    a === b ||
    (a.key === b.key &&
      a.value === b.value &&
      a.created === b.created &&
      a.modified === b.modified &&
      a.version === b.version)
  );
}

const hashes = new WeakMap<Pair, number>();

function hashOf(pair: Pair): number {
  const known = hashes.get(pair);
  if (known !== undefined) return known;
  let hash = mix(pair.modified) ^ mix(mix(pair.created) + pair.version);
  for (const text of [pair.key, pair.value]) {
    hash = mix(hash + text.length);
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash, 31) + text.charCodeAt(i);
  }
  hash = mix(hash);
  hashes.set(pair, hash);
  return hash;
}
