import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareBytes, intervalOf, isEmptyInterval } from '../../src/store/bytes.js';
import { checkOperation, MAX_OPERATIONS } from '../../src/store/check.js';
import { Digest } from '../../src/store/digest.js';
import { KeySet } from '../../src/store/key-set.js';
import type { Operation } from '../../src/store/operations.js';
import { del, multi, put, range, revisionGuard } from './make.js';

const many = (n: number): Operation[] => Array.from({ length: n }, (_, i) => put(`k${i}`, ''));

describe('checks that need no state', () => {
  const cases: readonly (readonly [string, Operation, string | null])[] = [
    ['a put', put('a', '1'), null],
    ['an empty key', range(''), 'key is not provided'],
    ['an empty key to delete', del(''), 'key is not provided'],
    ['an empty key of a guard', multi([revisionGuard('mod', '', 'equal', 0)], []), 'key is not provided'],
    ['a value that is to be ignored', put('a', '1', { ignoreValue: true }), 'value is provided'],
    ['a lease that is to be ignored', put('a', '1', { ignoreLease: true, lease: 3n }), 'lease is provided'],
    ['128 operations', multi([], many(MAX_OPERATIONS)), null],
    ['129 operations', multi([], many(MAX_OPERATIONS + 1)), 'too many operations'],
    ['129 if not', multi([], [], many(MAX_OPERATIONS + 1)), 'too many operations'],
    ['nesting that uses up the room', multi([], [multi([], many(MAX_OPERATIONS))]), 'too many operations'],
    ['nesting that just fits', multi([], [multi([], many(MAX_OPERATIONS - 1))]), null],
    ['a key put twice', multi([], [put('a', '1'), put('a', '2')]), 'duplicate key'],
    ['a key put in both branches', multi([], [put('a', '1')], [put('a', '2')]), null],
    ['both branches of a nested one', multi([], [multi([], [put('a', '1')], [put('a', '2')])]), null],
    ['an outer and a nested put', multi([], [multi([], [put('a', '1')]), put('a', '2')]), 'duplicate key'],
    [
      'a put in two nested ones',
      multi([], [multi([], [put('a', '')]), multi([], [put('a', '')])]),
      'duplicate key',
    ],
    ['a put under a delete', multi([], [put('b', '1'), del('a', 'c')]), 'duplicate key'],
    ['a put under a delete from a key on', multi([], [put('z', '1'), del('a', '\0')]), 'duplicate key'],
    ['a put beside a delete', multi([], [put('c', '1'), del('a', 'c')]), null],
    ['a key deleted twice', multi([], [del('a'), del('a', 'b')]), null],
  ];
  it.each(cases)('%s', (_, operation, expected) => {
    expect(checkOperation(operation)).toBe(expected);
  });

  it('stay quick where a request nests as many operations as fit into one message', () => {
    const wide = multi(
      [],
      Array.from({ length: 64 }, (_, i) =>
        multi(
          [],
          Array.from({ length: 64 }, (_, j) => (j % 2 === 0 ? put(`p${i}/${j}`, '') : del(`d${i}/${j}`))),
        ),
      ),
    );
    expect(checkOperation(wide)).toBeNull();
  });
});

describe('sets of keys', () => {
  const key = fc.uint8Array({ minLength: 1, maxLength: 2, max: 3 });
  const end = fc.oneof(fc.constant(new Uint8Array(0)), fc.uint8Array({ minLength: 1, maxLength: 2, max: 4 }));
  const intervals = fc.array(fc.tuple(key, end), { maxLength: 6 });

  it('hold the keys of their intervals and no others', () => {
    fc.assert(
      fc.property(intervals, intervals, fc.array(key), (ours, theirs, probes) => {
        const [one, other] = [new KeySet(), new KeySet()];
        for (const [from, to] of ours) one.add(intervalOf(from, to));
        for (const [from, to] of theirs) other.add(intervalOf(from, to));
        const holds = (list: typeof ours, probe: Uint8Array): boolean =>
          list.some(([from, to]) => {
            const interval = intervalOf(from, to);
            const below = interval.to === null || compareBytes(probe, interval.to) < 0;
            return below && compareBytes(probe, from) >= 0;
          });
        for (const probe of probes) expect(one.has(probe)).toBe(holds(ours, probe));
        const starts = [...ours, ...theirs].filter(([from, to]) => !isEmptyInterval(intervalOf(from, to)));
        const meet = starts.some(([from]) => holds(ours, from) && holds(theirs, from));
        expect([one.meets(other), other.meets(one)]).toEqual([meet, meet]);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the digest', () => {
  it('is FNV-1a in each half', () => {
    const fnv = (input: readonly number[], start: bigint): string => {
      const sum = input.reduce((h, b) => BigInt.asUintN(64, (h ^ BigInt(b)) * 0x100000001b3n), start);
      return sum.toString(16).padStart(16, '0');
    };
    fc.assert(
      fc.property(fc.uint8Array(), (input) => {
        const length = [input.length % 256, Math.floor(input.length / 256), 0, 0, 0, 0, 0];
        const all = [...length, ...input];
        const second = fnv(
          all.map((byte) => byte ^ 0x5a),
          0x84222325cbf29ce4n,
        );
        expect(new Digest().bytes(input).text()).toBe(fnv(all, 0xcbf29ce484222325n) + second);
      }),
    );
  });

  it('tells fields apart', () => {
    const of = (a: string, b: string): string =>
      new Digest().bytes(Buffer.from(a)).bytes(Buffer.from(b)).text();
    expect(of('ab', 'c')).not.toBe(of('a', 'bc'));
    expect(new Digest().number(2 ** 53 - 1).text()).not.toBe(new Digest().number(2 ** 52 - 1).text());
  });
});
