/** The outcomes as lines for the terminal, and as spec/GUARDS.md. */
import type { GuardsRecord, Notes, Outcome } from './record.js';

/** What came of the removal, in a few words. */
export function outcomeText(outcome: Outcome): string {
  switch (outcome.outcome) {
    case 'killed': {
      const states = outcome.states.toLocaleString('en-US');
      return `${outcome.model} violates ${outcome.violates} after ${states} states`;
    }
    case 'implied':
      return outcome.models === 1 ? 'no step more in 1 model' : `no step more in ${outcome.models} models`;
    case 'survived':
      return outcome.models === 0
        ? 'no passing model takes it'
        : `${outcome.models} models pass without it, ${outcome.more} with more steps`;
    case 'error':
      return `${outcome.model}: ${outcome.error}`;
    case 'timeout':
      return `${outcome.model} does not end`;
    case 'untried':
      return '';
  }
}

/** One line of the terminal. */
export function formatOutcome(id: string, outcome: Outcome): string {
  return `${outcome.outcome.padEnd(8)}  ${id}\n          ${outcomeText(outcome)}`;
}

export function summary(outcomes: Iterable<Outcome>): string {
  const all = [...outcomes];
  const kinds = ['killed', 'implied', 'error', 'timeout', 'survived', 'untried'] as const;
  const counts = kinds.flatMap((kind) => {
    const count = all.filter(({ outcome }) => outcome === kind).length;
    return count === 0 ? [] : [`${count} ${kind}`];
  });
  return `${all.length} guards: ${counts.join(', ') || 'none'}`;
}

/** spec/GUARDS.md. */
export function guardsTable(record: GuardsRecord, notes: Notes): string {
  const modules = [...new Set(Object.keys(record.guards).map(moduleOf))];
  return [
    '<!-- made by `npm run mutants:spec` from guards.json and guards-notes.json -->',
    '# What each guard is for',
    '',
    'Each guard of each action was replaced by TRUE, and the passing models that take it were run until one',
    'failed. `killed`: that model violates that invariant or property. `implied`: in every model that takes',
    'it TLC finds as many steps and states as with it, so the guard holds wherever the other conjuncts do.',
    '`error`: TLC cannot evaluate the action without it. `survived`: the action has more steps without it,',
    'and no model minds. `untried`: the run was ended before its turn.',
    '',
    `${summary(Object.values(record.guards))}.`,
    '',
    ...modules.flatMap((module) => moduleSection(module, record, notes)),
    ...list('Conjuncts with primes that assign nothing; they were not removed:', record.passedOver),
    ...list('Definitions with primes that no Next reaches; their guards were not removed:', record.unreached),
  ].join('\n');
}

function moduleOf(id: string): string {
  return id.slice(0, id.indexOf('.'));
}

function moduleSection(module: string, record: GuardsRecord, notes: Notes): string[] {
  const rows = Object.entries(record.guards).filter(([id]) => moduleOf(id) === module);
  return [
    `## ${module}`,
    '',
    '| action | guard | without it | how it shows |',
    '| --- | --- | --- | --- |',
    ...rows.map(([id, outcome]) => {
      const [, action = '', ...text] = id.split('.');
      const note = notes[id];
      const how = note === undefined ? outcomeText(outcome) : `${outcomeText(outcome)}. ${note}`;
      return `| ${action} | ${code(text.join('.'))} | ${outcome.outcome} | ${cell(how)} |`;
    }),
    '',
  ];
}

function list(title: string, ids: readonly string[]): string[] {
  return ids.length === 0 ? [] : [title, '', ...ids.map((id) => `- ${code(id)}`), ''];
}

function code(text: string): string {
  return `\`${cell(text)}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
