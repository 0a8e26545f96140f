/** For each mistake that a test may plant, recorded scenarios in whose traces it must show. */
import type { Faults } from '../../src/core/index.js';
import { SCENARIOS } from '../../src/sim/scenarios.js';

export const PLANTED: readonly { readonly fault: keyof Faults; readonly scenario: string }[] = [
  { fault: 'acceptIgnoresPromise', scenario: 'contested-ballots' },
  { fault: 'prepareIgnoresPromise', scenario: 'contested-ballots' },
  { fault: 'proposeIgnoresPromises', scenario: 'contested-ballots' },
  { fault: 'proposeIgnoresPromises', scenario: 'leader-crash' },
  { fault: 'chooseWithoutQuorum', scenario: 'steady' },
  // A sync slower than a round trip, and a crash before it.
  { fault: 'holdNothing', scenario: 'slow-disk' },
  { fault: 'holdNothing', scenario: 'crash-before-sync' },
  { fault: 'appliesVotes', scenario: 'steady' },
  { fault: 'promisesOfAnyBallot', scenario: 'contested-ballots' },
  { fault: 'seenBallotIsLedIn', scenario: 'contested-ballots' },
  { fault: 'rejectStoredAsPromise', scenario: 'contested-ballots' },
  { fault: 'chosenOfAnyBallot', scenario: 'contested-ballots' },
  { fault: 'promiseReportsDisk', scenario: 'contested-ballots' },
  { fault: 'rejectCountsAsVote', scenario: 'contested-ballots' },
  { fault: 'acceptTruncates', scenario: 'contested-ballots' },
];

/** The folder of a scenario, by file name, recorded from replicas that make the mistake. */
export function plantedFolder(fault: keyof Faults, name: string): ReadonlyMap<string, string> {
  const scenario = SCENARIOS.find((each) => each.name === name);
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  return scenario.run(undefined, { [fault]: true });
}
