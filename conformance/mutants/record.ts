/** conformance/mutants.json: who notices each planted mistake. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as t from 'io-ts';
import { SIMULATED_NAMES, type FaultName } from '../../src/core/index.js';
import { packageRoot } from '../../src/root.js';
import { FAILURES } from '../../src/sim/checks/finding.js';
import { decode } from '../models/codec.js';

const keys = <K extends string>(names: readonly K[]): t.KeyofC<Record<K, null>> =>
  t.keyof(Object.fromEntries(names.map((name) => [name, null])) as Record<K, null>);

const Caught = t.type({
  outcome: t.literal('caught'),
  /** The first seed at which a checker found something; seeds count from 1. */
  seed: t.number,
  /** The class of the checker, and the first line of what it said. */
  failure: keys(Object.keys(FAILURES) as readonly (keyof typeof FAILURES)[]),
  what: t.string,
  /** How many seeds before ended by a crash of the mutant itself, which does not count. */
  crashes: t.number,
});
const Survived = t.type({
  outcome: t.literal('survived'),
  seeds: t.number,
  crashes: t.number,
});

const OutcomeCodec = t.union([Caught, Survived]);
/** Those that there are; a fault that was renamed or removed is not read. */
const RecordCodec = t.exact(
  t.partial(Object.fromEntries(SIMULATED_NAMES.map((name) => [name, OutcomeCodec]))),
);

export type Outcome = t.TypeOf<typeof OutcomeCodec>;
export type MutantsRecord = Readonly<Partial<Record<FaultName, Outcome>>>;

export const recordFolder = (): string => join(packageRoot(), 'conformance');

export function readMutants(folder = recordFolder()): MutantsRecord {
  const file = join(folder, 'mutants.json');
  return existsSync(file) ? decode(RecordCodec, file) : {};
}

/** The outcomes of all faults that there are, in their order. */
export function writeMutants(record: MutantsRecord, folder = recordFolder()): void {
  const present = SIMULATED_NAMES.flatMap((name) => {
    const outcome = record[name];
    return outcome === undefined ? [] : [[name, outcome] as const];
  });
  writeFileSync(join(folder, 'mutants.json'), `${JSON.stringify(Object.fromEntries(present), null, 2)}\n`);
}
