import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_FAULTS, withFaults, type Faults } from '../../src/core/index.js';
import { RUN, runWorld, SEED } from './seeded.js';

/** Faults, and the invariants by which the scan may notice them; conformance/MUTANTS.md has them all. */
const FAULTS: Partial<Record<keyof Faults, RegExp>> = {
  acceptIgnoresPromise: /PromiseIsDurable|PrepareIsDurable|VoteIsDurable|OneValue|ChosenOnce|Agreement/,
  prepareIgnoresPromise: /PromiseIsDurable|PrepareIsDurable|VoteIsDurable|OneValue|ChosenOnce|Agreement/,
  proposeIgnoresPromises: /ChosenOnce|KnownIsChosen|Agreement/,
  chooseWithoutQuorum: /KnownIsChosen|Agreement/,
  holdNothing: /PromiseIsDurable|PrepareIsDurable|VoteIsDurable/,
  roundReused: /OneValue/,
  votesOfAnyBallot: /KnownIsChosen/,
  promisesOfAnyBallot: /ChosenOnce|Agreement|KnownIsChosen/,
  promiseWrittenApart: /PromiseIsDurable/,
  chosenOfAnyBallot: /Agreement|KnownIsChosen/,
  rejectCountsAsVote: /KnownIsChosen/,
  prefixGoesBack: /AppliedIsKnown/,
  appliesVotes: /AppliedIsKnown/,
};

/** Enough for the rarest: a wrong choice shows only if another leader then chooses otherwise. */
const RUNS = 30_000;

describe('planted faults', () => {
  for (const [fault, invariants] of Object.entries(FAULTS))
    test(`${fault} is noticed, and the same runs pass without it`, () => {
      const check = (faults: Partial<Faults>, numRuns: number) =>
        fc.check(
          fc.property(RUN, (run) => void runWorld(run, faults)),
          { seed: SEED, numRuns, endOnFailure: true },
        );
      const faulty = check({ [fault]: true }, RUNS);
      expect(faulty.failed, `seed ${SEED}`).toBe(true);
      expect(String(faulty.errorInstance)).toMatch(invariants);
      const sound = check({}, faulty.numRuns);
      expect(sound.failed, `seed ${SEED}: ${String(sound.errorInstance)}`).toBe(false);
    });

  test('are off unless named', () => {
    expect(withFaults()).toBe(NO_FAULTS);
    expect(withFaults({ holdNothing: false })).toBe(NO_FAULTS);
    expect(withFaults({ holdNothing: true })).toEqual({ ...NO_FAULTS, holdNothing: true });
    expect(Object.values(NO_FAULTS)).not.toContain(true);
  });
});
