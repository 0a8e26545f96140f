/** The outcomes as lines for the terminal, and as conformance/MUTANTS.md. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FAULT_NAMES, FAULTS, SIMULATED_NAMES, type FaultName } from '../../src/core/index.js';
import type { MutantsRecord, Outcome } from './record.js';
import { WAITING } from './waiting.js';

/** What came of a mutant, in a few words. */
export function outcomeText(outcome: Outcome | undefined): string {
  if (outcome === undefined) return 'not run';
  const { crashes } = outcome;
  const besides = crashes === 0 ? '' : `; ${crashes} seeds before only crashed it`;
  return outcome.outcome === 'caught'
    ? `seed ${outcome.seed}, ${outcome.failure}: ${outcome.what}${besides}`
    : `SURVIVED ${outcome.seeds} seeds${crashes === 0 ? '' : `; ${crashes} of them crashed it`}`;
}

export function formatOutcome(name: FaultName, outcome: Outcome): string {
  const mutant = (FAULTS[name].mutant ?? '').padEnd(3);
  return `${outcome.outcome.padEnd(8)}  ${mutant} ${name}: ${outcomeText(outcome)}`;
}

export function summary(record: MutantsRecord): string {
  const outcomes = Object.values(record);
  const caught = outcomes.filter(({ outcome }) => outcome === 'caught').length;
  const survived = outcomes.length - caught;
  return `${SIMULATED_NAMES.length} mutants: ${caught} caught, ${survived} survived`;
}

export function mutantsTable(record: MutantsRecord): string {
  return [
    '<!-- made by `npm run mutants` -->',
    '# Mutants of the code',
    '',
    'Known bugs of other systems, planted one at a time in the core and in the driver (src/core/faults.ts).',
    'The simulator runs the seeds 1, 2, ... with the mistake until a checker finds something; the same seed',
    'must pass without it. A seed in which the mutant only crashes, by an exception, does not count.',
    'The checkers of the replica itself are silent where a mistake is planted, so that others must notice.',
    '',
    `${summary(record)}.`,
    '',
    '| mutant | mistake | what it does | source | seeds | caught by | with |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...SIMULATED_NAMES.map((name) => row(name, record[name])),
    '',
    '## Those that no seed shows',
    '',
    'Others or a later try make good for them. The test of the rule shows each: RULES.md.',
    '',
    '| mistake | what it does | source |',
    '| --- | --- | --- |',
    ...FAULT_NAMES.filter((name) => !SIMULATED_NAMES.includes(name)).map(
      (name) => `| \`${name}\` | ${FAULTS[name].what} | ${FAULTS[name].source} |`,
    ),
    '',
    '## Those that wait for a feature',
    '',
    '| mutant | what it would do | waits for |',
    '| --- | --- | --- |',
    ...[...WAITING]
      .sort((a, b) => (a.mutant < b.mutant ? -1 : 1))
      .map(({ mutant, what, feature }) => `| ${mutant} | ${what} | ${feature} |`),
    '',
  ].join('\n');
}

export function writeTable(record: MutantsRecord, folder: string): void {
  writeFileSync(join(folder, 'MUTANTS.md'), mutantsTable(record));
}

function row(name: FaultName, outcome: Outcome | undefined): string {
  const { mutant, what, source } = FAULTS[name];
  return `| ${[mutant ?? '', `\`${name}\``, what, source, ...found(outcome)].map(cell).join(' | ')} |`;
}

function found(outcome: Outcome | undefined): readonly [seeds: string, by: string, text: string] {
  if (outcome === undefined) return ['', 'not run', ''];
  const crashes = outcome.crashes === 0 ? '' : ` (${outcome.crashes} crashed)`;
  if (outcome.outcome === 'survived') return [`${outcome.seeds}${crashes}`, '**survived**', ''];
  return [`${outcome.seed}${crashes}`, outcome.failure, outcome.what];
}

const cell = (text: string): string => text.replaceAll('|', '\\|');
