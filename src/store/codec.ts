/**
 * Operations and results as bytes: MessagePack arrays that begin with a tag, so a put costs a dozen bytes
 * more than its key and value. Equal operations have equal bytes. Decoding checks every field; wrong bytes
 * are a value, never an exception, since they reach the state machine of every replica alike.
 */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { Packr } from 'msgpackr';
import {
  RELATIONS,
  SORT_ORDERS,
  SORT_TARGETS,
  STORE_ERRORS,
  type Guard,
  type KeyValue,
  type Operation,
  type RangeOperation,
  type Result,
  type Success,
} from './operations.js';

export const packr = new Packr({ useRecords: false, int64AsType: 'bigint', moreTypes: false });

export const bytes = new t.Type<Uint8Array>(
  'bytes',
  (u): u is Uint8Array => u instanceof Uint8Array,
  (u, c) => (u instanceof Uint8Array ? t.success(u) : t.failure(u, c)),
  t.identity,
);
export const integer = new t.Type<number>(
  'integer',
  (u): u is number => Number.isSafeInteger(u),
  (u, c) => (Number.isSafeInteger(u) ? t.success(u as number) : t.failure(u, c)),
  t.identity,
);
/** Flags as bits, and choices as places in their lists. */
const small = t.number;

const RangeTuple = t.tuple([t.literal('r'), bytes, bytes, t.tuple([integer, integer, small, small, small])]);
const BoundsTuple = t.tuple([integer, integer, integer, integer]);
const BoundedRangeTuple = t.tuple([...RangeTuple.types, BoundsTuple]);
const PutTuple = t.tuple([t.literal('p'), bytes, bytes, t.bigint, small]);
const DeleteTuple = t.tuple([t.literal('d'), bytes, bytes, t.boolean]);
const GuardTuple = t.tuple([
  small,
  bytes,
  bytes,
  t.union([
    t.literal('version'),
    t.literal('create'),
    t.literal('mod'),
    t.literal('value'),
    t.literal('lease'),
  ]),
  t.union([integer, bytes, t.bigint]),
]);
const MultiTuple = t.tuple([
  t.literal('m'),
  t.array(GuardTuple),
  t.array(t.UnknownArray),
  t.array(t.UnknownArray),
]);

const PairTuple = t.tuple([bytes, bytes, t.tuple([integer, integer, integer]), t.bigint]);
const RangeResultTuple = t.tuple([t.literal('r'), integer, t.array(PairTuple), t.boolean, integer]);
const PutResultTuple = t.tuple([t.literal('p'), integer, t.union([PairTuple, t.null])]);
const DeleteResultTuple = t.tuple([t.literal('d'), integer, integer, t.array(PairTuple)]);
const MultiResultTuple = t.tuple([t.literal('m'), integer, t.boolean, t.array(t.UnknownArray)]);
const RefusalTuple = t.tuple([t.literal('e'), integer, small]);

export function encodeOperation(operation: Operation): Uint8Array {
  return plain(packr.pack(operationTuple(operation)));
}

/** The bytes of the operation are copied, so that it does not hold on to the input. */
export function decodeOperation(input: Uint8Array): E.Either<'malformed operation', Operation> {
  return decode(input, readOperation, 'malformed operation');
}

export function encodeResult(result: Result): Uint8Array {
  return plain(packr.pack(resultTuple(result)));
}

/** May share memory with the input. */
export function decodeResult(input: Uint8Array): E.Either<'malformed result', Result> {
  return decode(input, readResult, 'malformed result');
}

/** Carries a refusal of the bytes out of nested readers, to decode(). */
export class Malformed extends Error {}

export function decode<L, R>(input: Uint8Array, read: (raw: unknown) => R, wrong: L): E.Either<L, R> {
  try {
    // A view of our own: msgpackr hangs a property on what it reads.
    return E.right(read(packr.unpack(plain(input))));
  } catch {
    // msgpackr throws on bytes that are not one whole value, and on arrays nested too deep for the stack.
    return E.left(wrong);
  }
}

export function operationTuple(operation: Operation): unknown[] {
  switch (operation.kind) {
    case 'range':
      return rangeTuple(operation);
    case 'put': {
      const flags = bits(operation.previous, operation.ignoreValue, operation.ignoreLease);
      return ['p', operation.key, operation.value, operation.lease, flags];
    }
    case 'delete':
      return ['d', operation.key, operation.rangeEnd, operation.previous];
    case 'multi':
      return [
        'm',
        operation.guards.map((g) => [RELATIONS.indexOf(g.relation), g.key, g.rangeEnd, g.target, g.operand]),
        operation.success.map(operationTuple),
        operation.failure.map(operationTuple),
      ];
  }
}

function rangeTuple(range: RangeOperation): unknown[] {
  const choices = [
    range.limit,
    range.revision,
    SORT_ORDERS.indexOf(range.sortOrder),
    SORT_TARGETS.indexOf(range.sortTarget),
    bits(range.keysOnly, range.countOnly),
  ];
  const bounds = [
    range.minModRevision,
    range.maxModRevision,
    range.minCreateRevision,
    range.maxCreateRevision,
  ];
  const tuple = ['r', range.key, range.rangeEnd, choices];
  return bounds.some((bound) => bound !== 0) ? [...tuple, bounds] : tuple;
}

export function readOperation(raw: unknown): Operation {
  if (PutTuple.is(raw)) {
    const [, key, value, lease, flags] = raw;
    checkBits(flags, 3);
    return {
      kind: 'put',
      key: copy(key),
      value: copy(value),
      lease,
      previous: (flags & 1) !== 0,
      ignoreValue: (flags & 2) !== 0,
      ignoreLease: (flags & 4) !== 0,
    };
  }
  if (BoundedRangeTuple.is(raw)) return readRange(raw, raw[4]);
  if (RangeTuple.is(raw)) return readRange(raw, [0, 0, 0, 0]);
  if (DeleteTuple.is(raw)) {
    return { kind: 'delete', key: copy(raw[1]), rangeEnd: copy(raw[2]), previous: raw[3] };
  }
  if (MultiTuple.is(raw)) {
    return {
      kind: 'multi',
      guards: raw[1].map(readGuard),
      success: raw[2].map(readOperation),
      failure: raw[3].map(readOperation),
    };
  }
  throw new Malformed();
}

type RangeHead = readonly [unknown, Uint8Array, Uint8Array, t.TypeOf<typeof RangeTuple>[3], ...unknown[]];

function readRange(head: RangeHead, bounds: t.TypeOf<typeof BoundsTuple>): RangeOperation {
  const [, key, rangeEnd, [limit, revision, order, target, flags]] = head;
  checkBits(flags, 2);
  return {
    kind: 'range',
    key: copy(key),
    rangeEnd: copy(rangeEnd),
    limit,
    revision,
    sortOrder: place(SORT_ORDERS, order),
    sortTarget: place(SORT_TARGETS, target),
    keysOnly: (flags & 1) !== 0,
    countOnly: (flags & 2) !== 0,
    minModRevision: bounds[0],
    maxModRevision: bounds[1],
    minCreateRevision: bounds[2],
    maxCreateRevision: bounds[3],
  };
}

function readGuard(raw: t.TypeOf<typeof GuardTuple>): Guard {
  const [relationAt, rawKey, rawEnd, target, operand] = raw;
  const base = { relation: place(RELATIONS, relationAt), key: copy(rawKey), rangeEnd: copy(rawEnd) };
  switch (target) {
    case 'version':
    case 'create':
    case 'mod':
      if (typeof operand === 'number') return { ...base, target, operand };
      break;
    case 'value':
      if (operand instanceof Uint8Array) return { ...base, target, operand: copy(operand) };
      break;
    case 'lease':
      if (typeof operand === 'bigint') return { ...base, target, operand };
      break;
  }
  throw new Malformed();
}

export function resultTuple(result: Result): unknown[] {
  switch (result.kind) {
    case 'range':
      return ['r', result.revision, result.pairs.map(pairTuple), result.more, result.count];
    case 'put':
      return ['p', result.revision, result.previous === null ? null : pairTuple(result.previous)];
    case 'delete':
      return ['d', result.revision, result.deleted, result.previous.map(pairTuple)];
    case 'multi':
      return ['m', result.revision, result.succeeded, result.results.map(resultTuple)];
    case 'refused':
      return ['e', result.revision, STORE_ERRORS.indexOf(result.error)];
  }
}

function pairTuple(pair: KeyValue): unknown[] {
  return [pair.key, pair.value, [pair.createRevision, pair.modRevision, pair.version], pair.lease];
}

export function readResult(raw: unknown): Result {
  if (RefusalTuple.is(raw)) return { kind: 'refused', revision: raw[1], error: place(STORE_ERRORS, raw[2]) };
  return readSuccess(raw);
}

function readSuccess(raw: unknown): Success {
  if (PutResultTuple.is(raw)) {
    return { kind: 'put', revision: raw[1], previous: raw[2] === null ? null : readPair(raw[2]) };
  }
  if (RangeResultTuple.is(raw)) {
    return { kind: 'range', revision: raw[1], pairs: raw[2].map(readPair), more: raw[3], count: raw[4] };
  }
  if (DeleteResultTuple.is(raw)) {
    return { kind: 'delete', revision: raw[1], deleted: raw[2], previous: raw[3].map(readPair) };
  }
  if (MultiResultTuple.is(raw)) {
    return { kind: 'multi', revision: raw[1], succeeded: raw[2], results: raw[3].map(readSuccess) };
  }
  throw new Malformed();
}

function readPair(raw: t.TypeOf<typeof PairTuple>): KeyValue {
  const [key, value, [createRevision, modRevision, version], lease] = raw;
  return { key: plain(key), value: plain(value), createRevision, modRevision, version, lease };
}

function place<T>(list: readonly T[], at: number): T {
  const found = list[at];
  if (found === undefined) throw new Malformed();
  return found;
}

function bits(...flags: readonly boolean[]): number {
  return flags.reduce((sum, flag, i) => sum + (flag ? 1 << i : 0), 0);
}

/** Throws unless the flags are a number of at most `width` bits. */
function checkBits(flags: number, width: number): void {
  if (!Number.isInteger(flags) || flags < 0 || flags >= 1 << width) throw new Malformed();
}

export function copy(from: Uint8Array): Uint8Array {
  return new Uint8Array(from);
}

/** Of the plain type, whatever subclass msgpackr made; no copy. */
export function plain(from: Uint8Array): Uint8Array {
  return new Uint8Array(from.buffer, from.byteOffset, from.byteLength);
}
