import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { configurationOf, isQuorum, peersOf } from '../../src/core/configuration.js';
import { A, B, BIRTH, C, fresh } from './cast.js';
import { holds } from './seeded.js';

const FILE = 'test/core/configuration.test.ts';
const cell = fc
  .uniqueArray(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 7 })
  .map((ns) => ns.map((n) => `r${n}`));

describe('quorums', () => {
  test('any two of them share a member', () => {
    const property = fc.property(
      cell.chain((members) => fc.tuple(fc.constant(members), fc.subarray(members), fc.subarray(members))),
      ([members, q, p]) => {
        if (isQuorum(q, { members }) && isQuorum(p, { members }))
          expect(q.some((one) => p.includes(one))).toBe(true);
      },
    );
    holds(FILE, property, 2000);
  });

  test('are what is more than half, and all members are one', () => {
    const property = fc.property(
      cell.chain((members) => fc.tuple(fc.constant(members), fc.subarray(members))),
      ([members, some]) => {
        expect(isQuorum(some, { members })).toBe(some.length > members.length / 2);
        expect(isQuorum(members, { members })).toBe(true);
      },
    );
    holds(FILE, property, 500);
  });

  test('count members only, and each once', () => {
    const members = [A, B, C];
    expect(isQuorum([A, 'stranger', 'another'], { members })).toBe(false);
    expect(isQuorum([A, A, A], { members })).toBe(false);
    expect(isQuorum([A, C], { members })).toBe(true);
    expect(isQuorum([], { members })).toBe(false);
  });
});

test('the birth record governs every slot, and peers are the others', () => {
  expect(configurationOf(fresh(), 1)).toEqual({ members: BIRTH.members });
  expect(configurationOf(fresh(), 1000)).toEqual({ members: BIRTH.members });
  expect(peersOf(fresh(B))).toEqual([A, C]);
});
