/** Short ways to write operations, and generators of them over a small key space where things collide. */
import fc from 'fast-check';
import type {
  DeleteRangeOperation,
  Guard,
  MultiOp,
  Operation,
  PutOperation,
  RangeOperation,
  Relation,
} from '../../src/store/operations.js';
import { RELATIONS, SORT_ORDERS, SORT_TARGETS } from '../../src/store/operations.js';

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (raw: Uint8Array): string => new TextDecoder().decode(raw);
export const FROM = new Uint8Array([0]);

export function range(key: string, more: Partial<RangeOperation> = {}): RangeOperation {
  return {
    kind: 'range',
    key: bytes(key),
    rangeEnd: new Uint8Array(0),
    limit: 0,
    revision: 0,
    sortOrder: 'none',
    sortTarget: 'key',
    keysOnly: false,
    countOnly: false,
    minModRevision: 0,
    maxModRevision: 0,
    minCreateRevision: 0,
    maxCreateRevision: 0,
    ...more,
  };
}

export function put(key: string, value: string, more: Partial<PutOperation> = {}): PutOperation {
  return {
    kind: 'put',
    key: bytes(key),
    value: bytes(value),
    lease: 0n,
    previous: false,
    ignoreValue: false,
    ignoreLease: false,
    ...more,
  };
}

export function del(key: string, rangeEnd = '', previous = false): DeleteRangeOperation {
  return { kind: 'delete', key: bytes(key), rangeEnd: bytes(rangeEnd), previous };
}

export function multi(guards: Guard[], success: Operation[], failure: Operation[] = []): MultiOp {
  return { kind: 'multi', guards, success, failure };
}

export function revisionGuard(
  target: 'version' | 'create' | 'mod',
  key: string,
  relation: Relation,
  operand: number,
): Guard {
  return { target, key: bytes(key), rangeEnd: new Uint8Array(0), relation, operand };
}

export function valueGuard(key: string, relation: Relation, operand: string, rangeEnd = ''): Guard {
  return { target: 'value', key: bytes(key), rangeEnd: bytes(rangeEnd), relation, operand: bytes(operand) };
}

const someKey = fc.constantFrom('a', 'aa', 'ab', 'b', 'c', 'd', '').map(bytes);
const goodKey = fc.constantFrom('a', 'aa', 'ab', 'b', 'c', 'd').map(bytes);
const someEnd = fc.constantFrom('', '', '', 'ab', 'b', 'd', '\0', 'zz').map(bytes);
const someValue = fc.constantFrom('', 'x', 'y', 'yy').map(bytes);
const someRevision = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: -1, max: 30 }));
const rarely = fc.integer({ min: 0, max: 9 }).map((n) => n === 0);
const someLease = rarely.map((odd) => (odd ? 7n : 0n));

export const someRange: fc.Arbitrary<RangeOperation> = fc.record({
  kind: fc.constant('range' as const),
  key: fc.oneof({ weight: 20, arbitrary: goodKey }, someKey),
  rangeEnd: someEnd,
  limit: fc.integer({ min: -1, max: 4 }),
  revision: someRevision,
  sortOrder: fc.constantFrom(...SORT_ORDERS),
  sortTarget: fc.constantFrom(...SORT_TARGETS),
  keysOnly: fc.boolean(),
  countOnly: rarely,
  minModRevision: someRevision,
  maxModRevision: someRevision,
  minCreateRevision: someRevision,
  maxCreateRevision: someRevision,
});

export const somePut: fc.Arbitrary<PutOperation> = fc.record({
  kind: fc.constant('put' as const),
  key: fc.oneof({ weight: 20, arbitrary: goodKey }, someKey),
  value: someValue,
  lease: someLease,
  previous: fc.boolean(),
  ignoreValue: rarely,
  ignoreLease: rarely,
});

export const someDelete: fc.Arbitrary<DeleteRangeOperation> = fc.record({
  kind: fc.constant('delete' as const),
  key: goodKey,
  rangeEnd: someEnd,
  previous: fc.boolean(),
});

const guardHead = { key: goodKey, rangeEnd: someEnd, relation: fc.constantFrom(...RELATIONS) };
export const someGuard: fc.Arbitrary<Guard> = fc.oneof(
  fc.record({
    ...guardHead,
    target: fc.constantFrom('version' as const, 'create' as const, 'mod' as const),
    operand: fc.integer({ min: 0, max: 12 }),
  }),
  fc.record({ ...guardHead, target: fc.constant('value' as const), operand: someValue }),
  fc.record({
    ...guardHead,
    target: fc.constant('lease' as const),
    operand: fc.bigInt({ min: 0n, max: 1n }),
  }),
);

export const someOperation: fc.Arbitrary<Operation> = fc.letrec<{ operation: Operation; multi: MultiOp }>(
  (tie) => ({
    operation: fc.oneof(
      { depthSize: 'small', maxDepth: 3 },
      { weight: 3, arbitrary: somePut },
      { weight: 2, arbitrary: someRange },
      { weight: 1, arbitrary: someDelete },
      { weight: 3, arbitrary: tie('multi') },
    ),
    multi: fc.record({
      kind: fc.constant('multi' as const),
      guards: fc.array(someGuard, { maxLength: 2 }),
      success: fc.array(tie('operation'), { maxLength: 3 }),
      failure: fc.array(tie('operation'), { maxLength: 3 }),
    }),
  }),
).operation;
