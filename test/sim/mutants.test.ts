/** Who notices which planted mistake: the record, some of it again, and that only tests reach the switch. */
import { describe, expect, it } from 'vitest';
import { readMutants } from '../../conformance/mutants/record.js';
import { findingOf, Trials } from '../../conformance/mutants/run.js';
import { mutantsTable } from '../../conformance/mutants/table.js';
import { WAITING } from '../../conformance/mutants/waiting.js';
import { FAULT_NAMES, FAULTS, SIMULATED_NAMES, type FaultName } from '../../src/core/index.js';
import { filesBelow, readFromRoot } from '../tidy-helpers.js';

/** Those of the list of mutants that are bugs of code; the others are bugs of a protocol alone. */
const OF_CODE = (
  'M01 M02 M03 M04 M05 M07 M09 M10 M11 M12 M13 M14 M15 M16 M17 M18 M19 M21 M22 M23 M24 M27 M28 M30 M31 ' +
  'M32 M33 M34 M35 M36 M37 M38 M39 M40 M41 M42 M43 M44 M45 M46 M47 M48 M49 M50 M51 M52 M53 M54 M55 M56'
).split(' ');

/** Run again in `npm test`: each is caught within seconds. */
const QUICK: readonly FaultName[] = [
  'acceptIgnoresPromise',
  'proposeIgnoresPromises',
  'promiseNotHeld',
  'ownVoteNotHeld',
  'seenBallotIsLedIn',
  'chosenOfAnyBallot',
  'promiseReportsDisk',
  'rejectCountsAsVote',
  'ackNamesLastSlot',
  'prefixGoesBack',
  'appliesVotes',
  'replayKeepsFirstVote',
  'failedSyncRetried',
  'forwardsPutAgain',
  'batchOrderDiffers',
];

const record = readMutants();
const again = 'run `npm run mutants` again where the code or the simulator changed';

describe('the record of mutants', () => {
  it('has every planted mistake, and a checker caught each', () => {
    expect(Object.keys(record)).toEqual(SIMULATED_NAMES);
    const survivors = SIMULATED_NAMES.filter((name) => record[name]?.outcome !== 'caught');
    expect(survivors).toEqual([]);
    const by = SIMULATED_NAMES.map((name) => {
      const outcome = record[name];
      return outcome?.outcome === 'caught' ? outcome.failure : '';
    });
    expect(by).not.toContain('stop');
    expect(new Set(by).size).toBeGreaterThanOrEqual(4);
  });

  it('has every mutant of the list, as a mistake or with what it waits for', () => {
    const planted = FAULT_NAMES.flatMap((name) => FAULTS[name].mutant ?? []);
    const waiting = WAITING.map(({ mutant }) => mutant);
    expect([...new Set([...planted, ...waiting])].sort()).toEqual(OF_CODE);
    expect(planted.filter((mutant) => waiting.includes(mutant))).toEqual([]);
    expect(new Set(waiting).size).toBe(waiting.length);
  });

  it('is what MUTANTS.md shows', () => {
    expect(readFromRoot('conformance/MUTANTS.md'), again).toBe(mutantsTable(record));
  });
});

describe('a planted mistake is caught again, and its seed passes without it', () => {
  const passes = new Map<number, boolean>();
  it.each(QUICK)('%s', { timeout: 60_000 }, (name) => {
    const outcome = record[name];
    if (outcome?.outcome !== 'caught') throw new Error(`${name} is not in the record; ${again}`);
    const { seed, failure, what } = outcome;
    const found = findingOf(seed, name);
    expect({ failure: found?.failure, what: found?.what.split('\n')[0] }, again).toEqual({ failure, what });
    if (!passes.has(seed)) passes.set(seed, findingOf(seed) === null);
    expect(passes.get(seed), `seed ${seed} without a mistake`).toBe(true);
  });

  it('survives where no checker has the time to look', () => {
    expect(new Trials().of('appliesVotes', 0)).toEqual({ outcome: 'survived', seeds: 0, crashes: 0 });
  });
});

/** Names by which the switch is set. */
const SWITCH =
  /\bfaults\??:|\bplanted\s*[?:,}]|\bwithFaults\b|\b(FAULTS|FAULT_NAMES|SIMULATED_NAMES|NO_FAULTS)\b/;

/** Files that use the words for something else, or in the name of tests. */
const NAMESAKES: readonly (readonly [RegExp, string])[] = [
  [/^conformance\/guards\//, 'faults of a record'],
  [/^conformance\/schedules\//, 'plays recorded schedules for tests'],
  [/^src\/storage\//, 'StorageFaults, of the log alone'],
  [/^src\/store\//, 'StoreFaults, of the table of sessions alone'],
  [/^src\/verify\/swarm\//, 'hands on what a test plants; the command line has no way to it'],
  [/^src\/cli\/commands\/simulate\.ts$/, '--faults chooses settings, not mistakes'],
];

describe('the switch', () => {
  const sources = ['src', 'conformance'].flatMap((folder) => filesBelow(folder, ['.ts']));
  const within = /^(src\/(core|driver|sim)|conformance\/mutants)\//;

  it('is not set by anything that serves, by the command line, nor by what validates', () => {
    const outside = sources.filter((file) => !within.test(file));
    expect(outside.length).toBeGreaterThan(80);
    const strict = outside.filter((file) => !NAMESAKES.some(([those]) => those.test(file)));
    expect(outside.filter((file) => /^src\/cli\//.test(file) && /planted/.test(readFromRoot(file)))).toEqual(
      [],
    );
    expect(strict.filter((file) => SWITCH.test(readFromRoot(file)))).toEqual([]);
  });

  it.each(['new Replica({ faults: { holdNothing: true } })', 'runSeed({ seed, planted })', 'withFaults({})'])(
    'is seen in %s',
    (text) => {
      expect(SWITCH.test(text)).toBe(true);
    },
  );

  it('is read in the core and in the driver, which read no environment and no file', () => {
    const readers = sources.filter((file) => /^src\/(core|driver)\//.test(file));
    expect(readers.filter((file) => SWITCH.test(readFromRoot(file))).length).toBeGreaterThan(3);
    expect(readers.filter((file) => /process\.env|node:fs|argv/.test(readFromRoot(file)))).toEqual([]);
  });

  it.each(FAULT_NAMES)('%s is read at one place', (name) => {
    const readers = sources.filter(
      (file) => /^src\/(core|driver)\//.test(file) && !file.endsWith('faults.ts'),
    );
    const places = readers.flatMap(
      (file) => readFromRoot(file).match(new RegExp(`\\.${name}\\b`, 'g')) ?? [],
    );
    expect(places).toHaveLength(1);
  });
});
