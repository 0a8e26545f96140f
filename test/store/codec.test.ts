import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { decodeOperation, decodeResult, encodeOperation, encodeResult } from '../../src/store/codec.js';
import type { KeyValue, Result, Success } from '../../src/store/operations.js';
import { STORE_ERRORS } from '../../src/store/operations.js';
import { Store } from '../../src/store/store.js';
import { put, someOperation } from './make.js';

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const safe = fc.maxSafeInteger();
const raw = fc.uint8Array({ maxLength: 12 });
const pair: fc.Arbitrary<KeyValue> = fc.record({
  key: raw,
  value: raw,
  createRevision: safe,
  modRevision: safe,
  version: safe,
  lease: int64,
});
const result: fc.Arbitrary<Result> = fc.letrec<{ success: Success; multi: Success }>((tie) => ({
  success: fc.oneof(
    { maxDepth: 3 },
    fc.record({
      kind: fc.constant('range' as const),
      revision: safe,
      pairs: fc.array(pair),
      more: fc.boolean(),
      count: safe,
    }),
    fc.record({ kind: fc.constant('put' as const), revision: safe, previous: fc.option(pair) }),
    fc.record({
      kind: fc.constant('delete' as const),
      revision: safe,
      deleted: safe,
      previous: fc.array(pair),
    }),
    tie('multi'),
  ),
  multi: fc.record({
    kind: fc.constant('multi' as const),
    revision: safe,
    succeeded: fc.boolean(),
    results: fc.array(tie('success'), { maxLength: 3 }),
  }),
})).success;
const refusal = fc.record({
  kind: fc.constant('refused' as const),
  revision: safe,
  error: fc.constantFrom(...STORE_ERRORS),
});

const AT = { slot: 1, index: 0 };

describe('the codec of operations', () => {
  it('brings every operation back, and equal ones have equal bytes', () => {
    fc.assert(
      fc.property(someOperation, (operation) => {
        const once = encodeOperation(operation);
        expect(decodeOperation(once)).toEqual(E.right(operation));
        expect(encodeOperation(structuredClone(operation))).toEqual(once);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps 64-bit leases and 53-bit revisions', () => {
    fc.assert(
      fc.property(int64, safe, (lease, operand) => {
        const guard = { key: new Uint8Array([1]), rangeEnd: new Uint8Array(0), relation: 'less' as const };
        const operation = {
          kind: 'multi' as const,
          guards: [
            { ...guard, target: 'lease' as const, operand: lease },
            { ...guard, target: 'mod' as const, operand },
          ],
          success: [put('k', 'v', { lease })],
          failure: [],
        };
        expect(decodeOperation(encodeOperation(operation))).toEqual(E.right(operation));
      }),
    );
  });

  it('does not hold on to the bytes it read', () => {
    const input = new Uint8Array(encodeOperation(put('key', 'value')));
    const decoded = decodeOperation(input);
    input.fill(0);
    expect(decoded).toEqual(E.right(put('key', 'value')));
  });

  it('adds a dozen bytes to a put and its value', () => {
    expect(encodeOperation(put('key', 'v'.repeat(256))).length).toBeLessThanOrEqual(3 + 256 + 20);
  });
});

describe('the codec of results', () => {
  it('brings every result back', () => {
    fc.assert(
      fc.property(fc.oneof(result, refusal), (one) => {
        expect(decodeResult(encodeResult(one))).toEqual(E.right(one));
      }),
      { numRuns: 300 },
    );
  });

  it('refuses what is not a result', () => {
    const packr = new Packr({ useRecords: false });
    for (const wrong of [
      null,
      7,
      [],
      ['p'],
      ['e', 1, 99],
      ['r', 1, [[1]], false, 0],
      ['m', 1, true, ['x']],
    ]) {
      expect(decodeResult(packr.pack(wrong))).toEqual(E.left('malformed result'));
    }
  });
});

describe('malformed operations', () => {
  const packr = new Packr({ useRecords: false });
  const empty = new Uint8Array(0);
  const one = new Uint8Array([1]);
  const wrong: readonly (readonly [string, unknown])[] = [
    ['null', null],
    ['a map', { kind: 'put' }],
    ['an unknown tag', ['z', one, one, 0n, 0]],
    ['too few fields', ['p', one, one]],
    ['too many fields', ['p', one, one, 0n, 0, 0]],
    ['text for bytes', ['p', 'k', one, 0n, 0]],
    ['a number for a lease', ['p', one, one, 0, 0]],
    ['unknown flags', ['p', one, one, 0n, 8]],
    ['a fraction for flags', ['p', one, one, 0n, 0.5]],
    ['an unknown sort order', ['r', one, empty, [0, 0, 3, 0, 0]]],
    ['a fraction for a limit', ['r', one, empty, [0.5, 0, 0, 0, 0]]],
    ['not a number', ['r', one, empty, [NaN, 0, 0, 0, 0]]],
    ['a guard with the operand of another target', ['m', [[0, one, empty, 'value', 1]], [], []]],
    ['a wrong operation inside a MultiOp', ['m', [], [['p', one]], []]],
  ];

  it.each(wrong)('are refused and change nothing: %s', (_, value) => {
    const store = new Store();
    const before = store.digest();
    expect(decodeResult(store.apply(packr.pack(value), AT))).toEqual(
      E.right({ kind: 'refused', revision: 1, error: 'malformed operation' }),
    );
    expect(store.digest()).toBe(before);
  });

  it('are refused where bytes are cut, added or changed at any place', () => {
    const store = new Store();
    const good = encodeOperation(put('key', 'value'));
    for (let i = 0; i < good.length; i++) {
      expect(decodeOperation(good.subarray(0, i))).toEqual(E.left('malformed operation'));
    }
    expect(decodeOperation(new Uint8Array([...good, 0]))).toEqual(E.left('malformed operation'));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(good.length), (noise, at) => {
        const spoilt = new Uint8Array([...good.subarray(0, at), ...noise, ...good.subarray(at)]);
        expect(E.isRight(decodeResult(store.apply(spoilt, AT)))).toBe(true);
        expect(E.isRight(decodeResult(store.apply(noise, AT)))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('are refused where arrays are nested beyond the stack', () => {
    const deep = new Uint8Array(1_500_000).fill(0x91);
    expect(decodeOperation(deep)).toEqual(E.left('malformed operation'));
  });
});
