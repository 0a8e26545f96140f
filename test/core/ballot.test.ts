import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  compareBallots,
  equalBallots,
  formatBallot,
  higherBallot,
  parseBallot,
} from '../../src/core/ballot.js';
import { holds } from './seeded.js';

const FILE = 'test/core/ballot.test.ts';
const member = fc.constantFrom('r1.00000000', 'r1.ffffffff', 'r10.00000000', 'r2.00000000', 'é.00000000');
const ballot = fc.option(fc.record({ round: fc.integer({ min: 1, max: 4 }), member }));

describe('ballots', () => {
  test('are totally ordered, and equal only if they are the same', () => {
    const property = fc.property(ballot, ballot, ballot, (a, b, c) => {
      expect(Math.sign(compareBallots(a, b)) + Math.sign(compareBallots(b, a))).toBe(0);
      if (compareBallots(a, b) <= 0 && compareBallots(b, c) <= 0)
        expect(compareBallots(a, c)).toBeLessThanOrEqual(0);
      expect(equalBallots(a, b)).toBe(formatBallot(a) === formatBallot(b));
      expect(higherBallot(a, b)).toEqual(compareBallots(a, b) >= 0 ? a : b);
    });
    holds(FILE, property, 1000);
  });

  test('go by round first, then by member in code units; none is below all', () => {
    const order = [null, [1, 'z'], [2, 'a'], [2, 'b'], [10, 'a']] as const;
    const ballots = order.map((one) => (one === null ? null : { round: one[0], member: one[1] }));
    expect([...ballots].reverse().sort(compareBallots)).toEqual(ballots);
    expect(compareBallots({ round: 1, member: 'r10' }, { round: 1, member: 'r2' })).toBeLessThan(0);
  });

  test('survive being written and read', () => {
    holds(
      FILE,
      fc.property(ballot, (one) => {
        expect(parseBallot(formatBallot(one))).toEqual(one);
      }),
      200,
    );
    expect(formatBallot({ round: 3, member: 'r1.ab12cd34' })).toBe('3@r1.ab12cd34');
  });

  test.each(['3', '@r1', '0@r1', '-1@r1', '03@r1', '3@', 'x@r1', '1e3@r1'])(
    'are not read from %j',
    (text) => {
      expect(parseBallot(text)).toBeUndefined();
    },
  );
});
