/** The checker accepts what a real store can answer, and refuses what it cannot; exact on both sides. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkHistory, kvModel, prefixOf } from '../../src/history/index.js';
import type { KvOutput } from '../../src/history/index.js';
import { bruteForce, generate, numbers, replaced } from './generate.js';
import type { KvHistory, KvOperation } from './generate.js';

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

/** A small change of one answer: another revision, value, count or outcome. */
function corrupt(history: KvHistory, seed: number): KvHistory {
  const pick = numbers(seed);
  const answered = history.flatMap((op, i) => (op.end.kind === 'answered' ? [i] : []));
  const at = answered[pick(answered.length)];
  if (at === undefined) return history;
  return replaced(history, at, (op) => {
    if (op.end.kind !== 'answered') return op;
    const donor = history[answered[pick(answered.length)] as number] as KvOperation;
    const stolen = donor.end.kind === 'answered' ? donor.end.output : op.end.output;
    const output: KvOutput =
      pick(2) === 0 ? { ...op.end.output, revision: op.end.output.revision + pick(3) - 1 } : stolen;
    return { ...op, end: { ...op.end, output: { ...output } } };
  });
}

describe('checkHistory', () => {
  it('accepts what a store answered to overlapping clients, also where answers are lost', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.integer({ min: 1, max: 8 }),
        fc.constantFrom(0, 5, 20),
        (seed, clients, openOneIn) => {
          const history = generate({ seed, operations: 150, clients, keys: 5, openOneIn });
          expect(checkHistory(kvModel, history).kind).toBe('linearizable');
        },
      ),
      { numRuns: 150 },
    );
  });

  it('agrees with trying every order, on short histories right and wrong', () => {
    const seen = { linearizable: 0, violation: 0 };
    fc.assert(
      fc.property(seeds, fc.integer({ min: 2, max: 4 }), fc.boolean(), (seed, clients, wrong) => {
        const right = generate({ seed, operations: 6, clients, keys: 2, openOneIn: 4, values: 2 });
        const history = wrong ? corrupt(right, seed) : right;
        const kind = bruteForce(history) ? 'linearizable' : 'violation';
        seen[kind] += 1;
        expect(checkHistory(kvModel, history).kind).toBe(kind);
      }),
      { numRuns: 1500 },
    );
    expect(Math.min(seen.linearizable, seen.violation)).toBeGreaterThan(100);
  });

  it('agrees with itself when no hook of the model helps', () => {
    const { init, step, hash, equal } = kvModel;
    fc.assert(
      fc.property(seeds, fc.boolean(), (seed, wrong) => {
        const right = generate({ seed, operations: 25, clients: 3, keys: 2, openOneIn: 12, values: 3 });
        const history = wrong ? corrupt(right, seed) : right;
        const plain = checkHistory({ init, step, hash, equal }, history).kind;
        expect(checkHistory(kvModel, history).kind).toBe(plain);
      }),
      { numRuns: 300 },
    );
  });

  it('accepts each prefix of what it accepts, with the answers that came later', () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(0, 5, 20), fc.nat(200), (seed, openOneIn, at) => {
        const history = generate({ seed, operations: 100, clients: 6, keys: 3, openOneIn });
        expect(checkHistory(kvModel, prefixOf(history, at)).kind).toBe('linearizable');
      }),
      { numRuns: 150 },
    );
  });

  it(
    'finds what breaks a history of many overlapping operations without a search',
    { timeout: 10_000 },
    () => {
      const right = generate({ seed: 5, operations: 3_000, clients: 150, keys: 20, openOneIn: 0 });
      const at = right.findIndex(({ invoked }) => invoked > 3_000);
      const history = replaced(right, at, (op) =>
        op.end.kind === 'open'
          ? op
          : {
              ...op,
              end: { ...op.end, output: { ...op.end.output, revision: op.end.output.revision + 400 } },
            },
      );
      const verdict = checkHistory(kvModel, history);
      expect(verdict.kind).toBe('violation');
      expect(verdict.steps).toBeLessThan(10_000);
    },
  );

  it('never calls a history good or bad when its budget ran out', () => {
    const history = generate({ seed: 7, operations: 200, clients: 4, keys: 4, openOneIn: 10 });
    const verdict = checkHistory(kvModel, history, 50);
    expect(verdict.kind).toBe('undecided');
    expect(checkHistory(kvModel, corrupt(history, 3), 5).kind).toBe('undecided');
  });

  it('accepts the empty history and one of open operations only', () => {
    expect(checkHistory(kvModel, []).kind).toBe('linearizable');
    const open: KvHistory = [
      { client: 0, input: { kind: 'put', key: 'a', value: 'x' }, invoked: 0, end: { kind: 'open' } },
    ];
    expect(checkHistory(kvModel, open).kind).toBe('linearizable');
  });

  it(
    'decides 5,000 operations of 8 clients with 60 lost answers within its budget',
    { timeout: 60_000 },
    () => {
      for (const seed of [1, 2, 3]) {
        const history = generate({ seed, operations: 5000, clients: 8, keys: 40, openOneIn: 80 });
        const verdict = checkHistory(kvModel, history);
        expect(verdict.kind).toBe('linearizable');
        expect(verdict.steps).toBeLessThan(200_000);
      }
    },
  );
});
