/** Runs replicas that make one planted mistake in the simulator, seed after seed, until a checker notices. */
import { SIMULATED_NAMES, type FaultName } from '../../src/core/index.js';
import { DecreeError } from '../../src/errors.js';
import type { Finding } from '../../src/sim/checks/finding.js';
import { runSeed } from '../../src/sim/swarm/run.js';
import { readMutants, recordFolder, writeMutants, type MutantsRecord, type Outcome } from './record.js';
import { writeTable } from './table.js';

export interface MutantsOptions {
  /** Only these; all if empty. */
  readonly only: readonly string[];
  /** How many seeds a mutant may survive, from 1 on. */
  readonly seeds: number;
  readonly onOutcome?: (name: FaultName, outcome: Outcome) => void;
  /** Where mutants.json and MUTANTS.md are; conformance/ of the package if absent. */
  readonly folder?: string;
}

export interface MutantsReport {
  readonly record: MutantsRecord;
  /** What is wrong, a line each; empty if nothing is. */
  readonly faults: readonly string[];
}

/** Runs the mutants and records who noticed them. */
export function recordMutants({ only, seeds, onOutcome, folder }: MutantsOptions): MutantsReport {
  const names = select(only);
  const where = folder ?? recordFolder();
  const record: Partial<Record<FaultName, Outcome>> = { ...readMutants(where) };
  const trials = new Trials();
  const faults: string[] = [];
  for (const name of names) {
    const outcome = trials.of(name, seeds);
    record[name] = outcome;
    onOutcome?.(name, outcome);
    if (outcome.outcome === 'survived') faults.push(`${name} survived ${outcome.seeds} seeds`);
  }
  writeMutants(record, where);
  writeTable(record, where);
  return { record, faults: [...faults, ...trials.unsound] };
}

function select(only: readonly string[]): readonly FaultName[] {
  const unknown = only.find((name) => !SIMULATED_NAMES.some((known) => known === name));
  if (unknown !== undefined)
    throw new DecreeError('usage', `no mutant ${unknown}; there are ${SIMULATED_NAMES.join(', ')}`);
  return only.length === 0 ? SIMULATED_NAMES : SIMULATED_NAMES.filter((name) => only.includes(name));
}

/** Seeds with and without a mistake; a seed runs without one once, for all mutants that it catches. */
export class Trials {
  /** Seeds that fail without a mistake: they catch nothing, and say that the code is wrong. */
  readonly unsound: string[] = [];
  private readonly sound = new Map<number, boolean>();

  of(name: FaultName, seeds: number): Outcome {
    let crashes = 0;
    for (let seed = 1; seed <= seeds; seed++) {
      const finding = findingOf(seed, name);
      if (finding === null) continue;
      // A history that is too hard to decide says nothing.
      if (finding.what.startsWith('no verdict')) continue;
      if (finding.failure === 'stop') crashes += 1;
      else if (this.passes(seed)) {
        const [what = ''] = finding.what.split('\n');
        return { outcome: 'caught', seed, failure: finding.failure, what, crashes };
      }
    }
    return { outcome: 'survived', seeds, crashes };
  }

  private passes(seed: number): boolean {
    const before = this.sound.get(seed);
    if (before !== undefined) return before;
    const finding = findingOf(seed);
    if (finding !== null) this.unsound.push(`seed ${seed} fails without a mistake: ${finding.what}`);
    this.sound.set(seed, finding === null);
    return finding === null;
  }
}

/** What a seed finds. An exception is that of the replica or of what it left behind: a crash of its own. */
export function findingOf(seed: number, name?: FaultName): Pick<Finding, 'failure' | 'what'> | null {
  try {
    return runSeed({ seed, ...(name !== undefined && { planted: { [name]: true } }) }).finding;
  } catch (error) {
    return { failure: 'stop', what: error instanceof Error ? error.message : String(error) };
  }
}
