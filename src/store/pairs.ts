/** Reading an ordered map of pairs: ranges, bounds, order and guards. Nothing here changes the map. */
import { compareBytes, intervalOf, isEmptyInterval, NO_BYTES } from './bytes.js';
import type { OrderedMap } from './ordered-map.js';
import type { Guard, KeyValue, RangeOperation, RangeResult, Relation, SortTarget } from './operations.js';

export type Pairs = OrderedMap<KeyValue>;

/** Bytes that a pair takes besides its key and value, roughly. */
const PAIR_OVERHEAD = 64;

/** What a pair takes in memory, roughly, in bytes. */
export function sizeOf(pair: KeyValue): number {
  return pair.key.length + pair.value.length + PAIR_OVERHEAD;
}

/** Calls visit for each pair of the range, by key, until it answers false. */
export function visitRange(
  pairs: Pairs,
  key: Uint8Array,
  rangeEnd: Uint8Array,
  visit: (pair: KeyValue) => boolean,
): void {
  if (rangeEnd.length === 0) {
    const found = pairs.get(key);
    if (found !== undefined) visit(found);
    return;
  }
  const interval = intervalOf(key, rangeEnd);
  if (isEmptyInterval(interval)) return;
  for (const [at, pair] of pairs.entries(interval.from)) {
    if (interval.to !== null && compareBytes(at, interval.to) >= 0) return;
    if (!visit(pair)) return;
  }
}

export function pairsIn(pairs: Pairs, key: Uint8Array, rangeEnd: Uint8Array): KeyValue[] {
  const found: KeyValue[] = [];
  visitRange(pairs, key, rangeEnd, (pair) => found.push(pair) > 0);
  return found;
}

/** The answer to a range at this state; `revision` is put into it as it is. */
export function readRange(pairs: Pairs, range: RangeOperation, revision: number): RangeResult {
  const limit = range.limit > 0 ? range.limit : Infinity;
  const byKey = range.sortOrder !== 'descend' && range.sortTarget === 'key';
  const room = byKey ? limit + 1 : Infinity;
  let count = 0;
  const kept: KeyValue[] = [];
  visitRange(pairs, range.key, range.rangeEnd, (pair) => {
    count += 1;
    if (!range.countOnly && kept.length < room && isWithinBounds(range, pair)) kept.push(pair);
    return true;
  });
  if (!byKey) kept.sort(order(range));
  const cut = kept.slice(0, limit === Infinity ? kept.length : limit);
  const answer = range.keysOnly ? cut.map((pair) => ({ ...pair, value: NO_BYTES })) : cut;
  return { kind: 'range', revision, pairs: answer, more: kept.length > cut.length, count };
}

function isWithinBounds(range: RangeOperation, pair: KeyValue): boolean {
  return (
    atLeast(pair.modRevision, range.minModRevision) &&
    atMost(pair.modRevision, range.maxModRevision) &&
    atLeast(pair.createRevision, range.minCreateRevision) &&
    atMost(pair.createRevision, range.maxCreateRevision)
  );
}

function atLeast(revision: number, bound: number): boolean {
  return bound === 0 || revision >= bound;
}

function atMost(revision: number, bound: number): boolean {
  return bound === 0 || revision <= bound;
}

/**
 * Pairs that are equal in the target stay in the order of their keys, so the answer is one and the same
 * everywhere.
 */
function order(range: RangeOperation): (a: KeyValue, b: KeyValue) => number {
  const sign = range.sortOrder === 'descend' ? -1 : 1;
  const by = compareBy(range.sortTarget);
  return (a, b) => sign * by(a, b) || compareBytes(a.key, b.key);
}

function compareBy(target: SortTarget): (a: KeyValue, b: KeyValue) => number {
  switch (target) {
    case 'key':
      return (a, b) => compareBytes(a.key, b.key);
    case 'version':
      return (a, b) => a.version - b.version;
    case 'create':
      return (a, b) => a.createRevision - b.createRevision;
    case 'mod':
      return (a, b) => a.modRevision - b.modRevision;
    case 'value':
      return (a, b) => compareBytes(a.value, b.value);
  }
}

/**
 * True where the guard holds for every key of its range. Where the range has no key, it is tested against a
 * pair that never was (version and revisions 0), and a guard on a value fails.
 */
export function holds(pairs: Pairs, guard: Guard): boolean {
  const found = pairsIn(pairs, guard.key, guard.rangeEnd);
  if (found.length > 0) return found.every((pair) => compareWith(pair, guard));
  return guard.target !== 'value' && compareWith(NEVER, guard);
}

const NEVER: KeyValue = {
  key: NO_BYTES,
  value: NO_BYTES,
  createRevision: 0,
  modRevision: 0,
  version: 0,
  lease: 0n,
};

function compareWith(pair: KeyValue, guard: Guard): boolean {
  switch (guard.target) {
    case 'version':
      return isRelated(pair.version - guard.operand, guard.relation);
    case 'create':
      return isRelated(pair.createRevision - guard.operand, guard.relation);
    case 'mod':
      return isRelated(pair.modRevision - guard.operand, guard.relation);
    case 'value':
      return isRelated(compareBytes(pair.value, guard.operand), guard.relation);
    case 'lease':
      return isRelated(pair.lease < guard.operand ? -1 : pair.lease > guard.operand ? 1 : 0, guard.relation);
  }
}

function isRelated(difference: number, relation: Relation): boolean {
  switch (relation) {
    case 'equal':
      return difference === 0;
    case 'greater':
      return difference > 0;
    case 'less':
      return difference < 0;
    case 'not equal':
      return difference !== 0;
  }
}
