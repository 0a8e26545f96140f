/** Random tests: the seed is printed with the command that replays the failure. */
import fc from 'fast-check';
import { World, birthOf, type Op } from './world.js';
import type { Faults } from '../../src/core/index.js';

/** A fresh seed, or that of DECREE_SEED. */
export const SEED = Number(process.env['DECREE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** DECREE_RUNS multiplies the runs, for a longer search. */
const FACTOR = Number(process.env['DECREE_RUNS'] ?? 1);

/** Checks a property; throws with the seed, the smallest counterexample and the replay command. */
export function holds<T>(file: string, property: fc.IProperty<T>, runs: number, seed = SEED): void {
  const details = fc.check(property, { seed, numRuns: Math.ceil(runs * FACTOR) });
  if (!details.failed) return;
  throw new Error(
    `seed ${seed}; replay: DECREE_SEED=${seed} npx vitest run ${file}\n` +
      `fails after ${details.numRuns} runs and ${details.numShrinks} reductions: ` +
      `${fc.stringify(details.counterexample)}\n${String(details.errorInstance)}`,
  );
}

const replica = fc.nat(4);
const any = fc.nat(1000);

const weighted = <T>(
  weight: number,
  arbitrary: fc.Arbitrary<T>,
): { weight: number; arbitrary: fc.Arbitrary<T> } => ({
  weight,
  arbitrary,
});

const OPS: fc.Arbitrary<Op> = fc.oneof(
  weighted(90, fc.record({ op: fc.constant('deliver' as const), i: fc.nat(6) })),
  weighted(8, fc.record({ op: fc.constantFrom('deliver', 'repeat', 'lose'), i: any })),
  weighted(40, fc.record({ op: fc.constant('persist' as const), r: replica, n: any })),
  weighted(15, fc.record({ op: fc.constant('propose' as const), r: replica })),
  weighted(4, fc.record({ op: fc.constant('campaign' as const), r: replica })),
  weighted(6, fc.record({ op: fc.constant('heartbeat' as const), r: replica })),
  weighted(3, fc.record({ op: fc.constant('crash' as const), r: replica, n: any })),
  weighted(6, fc.record({ op: fc.constant('restart' as const), r: replica })),
  weighted(8, fc.record({ op: fc.constant('cut' as const), r: replica })),
  weighted(4, fc.record({ op: fc.constant('settle' as const), n: fc.nat(30) })),
);

export const RUN = fc.record({
  replicas: fc.constantFrom(3, 3, 4, 5),
  alpha: fc.constantFrom(1, 2, 4),
  ops: fc.array(OPS, { minLength: 1, maxLength: 800, size: 'max' }),
});

/** Runs the operations; throws at the first step after which an invariant of the spec does not hold. */
export function runWorld(
  { replicas, alpha, ops }: { replicas: number; alpha: number; ops: readonly Op[] },
  faults: Partial<Faults> = {},
): World {
  const world = new World(birthOf(replicas, alpha), faults);
  ops.forEach((op, i) => {
    world.run(op);
    const [first] = world.violations();
    if (first !== undefined) throw new Error(`${first.invariant} after operation ${i}: ${first.what}`);
  });
  return world;
}
