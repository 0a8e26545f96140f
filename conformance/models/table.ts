/** The models as tables: for the terminal, and for spec/README.md (--update makes it, a test compares). */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DecreeError } from '../../src/errors.js';
import { specFolder, type Model, type Question } from './codec.js';
import { verdictText, type ModelResult } from './check.js';

const BEGIN = '<!-- models: made by `decree check --update` -->';
const END = '<!-- end of models -->';

/** One line of the terminal's table. */
export function formatResult(result: ModelResult): string {
  const state = result.differences.length === 0 ? 'as expected' : 'DIFFERS';
  const depth = pad(result.depth === 0 ? '-' : result.depth, 2);
  const counts = `${pad(result.distinct, 9)} states  depth ${depth}`;
  const line = `${result.model.name.padEnd(30)} ${result.verdict.padEnd(28)} ${counts}`;
  const head = `${line}  ${pad(result.seconds.toFixed(1), 5)} s  ${state}`;
  const { simulate } = result.model;
  const drawn =
    simulate === undefined
      ? []
      : [`${simulate.runs} random runs of ${simulate.depth} steps, seed ${simulate.seed}`];
  const fired = [...(result.coverage ?? [])].map(([name, times]) => `${name} ${times}`).join(', ');
  const more = [...drawn, ...(fired === '' ? [] : [`successors: ${fired}`]), ...result.differences];
  return [head, ...more.map((line) => `    ${line}`)].join('\n');
}

function pad(value: number | string, width: number): string {
  return (typeof value === 'number' ? value.toLocaleString('en-US') : value).padStart(width);
}

/** The tables of spec/README.md, one for each question. */
export function markdownTables(questions: readonly Question[]): string {
  return questions.map(({ title, models }) => `### ${title}\n\n${markdownTable(models)}`).join('\n\n');
}

function markdownTable(models: readonly Model[]): string {
  const rows = models.map((model) =>
    [
      `\`${model.name}\``,
      model.tier,
      verdictText(model.expect),
      model.distinct.toLocaleString('en-US'),
      String(model.depth),
      String(model.seconds),
      model.shows,
    ].join(' | '),
  );
  return [
    '| model | tier | verdict | distinct states | depth | seconds | what it covers |',
    '| --- | --- | --- | ---: | ---: | ---: | --- |',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n');
}

/** The text with its tables replaced; throws DecreeError where the marks are missing. */
export function withTables(text: string, questions: readonly Question[]): string {
  const from = text.indexOf(BEGIN);
  const to = text.indexOf(END);
  if (from < 0 || to < from) {
    throw new DecreeError(
      'invalidInput',
      `spec/README.md has no marks for the tables; put back ${BEGIN} and ${END}`,
    );
  }
  return `${text.slice(0, from)}${BEGIN}\n${markdownTables(questions)}\n${text.slice(to)}`;
}

export function readReadme(folder = specFolder()): string {
  return readFileSync(join(folder, 'README.md'), 'utf8');
}

export function updateReadme(questions: readonly Question[], folder = specFolder()): void {
  writeFileSync(join(folder, 'README.md'), withTables(readReadme(folder), questions));
}
