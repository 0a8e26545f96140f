/** conformance/RULES.md, the tests of the rules and the switches say the same. */
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FAULT_NAMES } from '../../src/core/index.js';
import { NO_STORAGE_FAULTS } from '../../src/storage/faults.js';
import { STORE_FAULT_NAMES } from '../../src/store/faults.js';
import { filesBelow, readFromRoot } from '../tidy-helpers.js';

interface Row {
  readonly rule: string;
  readonly spec: string;
  readonly code: string;
  readonly switches: readonly string[];
  /** The file, and the name in it where it is not the rule. */
  readonly test: string;
}

const NONE = '–';
const SWITCHES: readonly string[] = [...FAULT_NAMES, ...STORE_FAULT_NAMES, ...Object.keys(NO_STORAGE_FAULTS)];

const named = (cell: string): string[] => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name ?? '');

export function readRows(text: string): readonly Row[] {
  const lines = text.split('\n').filter((line) => /^\| (?!rule |---)/.test(line));
  return lines.map((line) => {
    const [rule = '', spec = '', code = '', off = '', test = ''] = line.slice(2, -2).split(' | ');
    return { rule, spec, code, switches: named(off), test };
  });
}

/** The names of the rules that a file tests: the first argument of whatever calls rule(), or is it. */
function rulesIn(text: string): readonly string[] {
  const calls = text.matchAll(/^(?:rule(?:<.*>)?|log|cores|cell|disk|sessions)\(\s*(['"])(.+)\1,/gm);
  return [...calls].map(([, , name]) => name ?? '');
}

const rows = readRows(readFromRoot('conformance/RULES.md'));
const tests = filesBelow('test/rules', ['.test.ts']).filter((file) => basename(file) !== 'table.test.ts');
const spec = filesBelow('spec', ['.tla']).map(readFromRoot).join('\n');

/** From the name of a rule on, up to the next one; all of a file whose tests are others. */
function scenarioOf(text: string, name: string): string {
  const names = rulesIn(text);
  if (!names.includes(name)) return text;
  const next = names[names.indexOf(name) + 1];
  return text.slice(text.indexOf(name), next === undefined ? undefined : text.indexOf(next));
}

/** What is wrong with a row, a line each. */
export function flaws({ rule, spec: action, code, switches, test }: Row): string[] {
  const [file = '', name = rule] = test.split(': ', 2);
  const [, fn = '', source = ''] = /^`(\w+)` in (\S+)$/.exec(code) ?? [];
  const text = filesBelow('test', ['.ts']).includes(file) ? readFromRoot(file) : '';
  const place = filesBelow('src', ['.ts']).includes(source) ? readFromRoot(source) : '';
  return [
    ...(text.includes(name) ? [] : [`${rule}: ${file} has no test ${name}`]),
    ...switches
      .filter((each) => !scenarioOf(text, name).includes(each))
      .map((each) => `${rule}: ${file} turns ${each} not off`),
    ...switches.filter((each) => !SWITCHES.includes(each)).map((each) => `${rule}: no switch ${each}`),
    ...(fn !== '' && new RegExp(`\\b${fn}\\(`).test(place) ? [] : [`${rule}: no ${fn} in ${source}`]),
    ...named(action)
      .filter((each) => !new RegExp(`^\\s*${each}\\b.*==`, 'm').test(spec))
      .map((each) => `${rule}: the spec has no ${each}`),
  ];
}

describe('the table of rules', () => {
  it('has a test for each rule, its code, its words in the spec and its switches', () => {
    expect(rows.length).toBeGreaterThan(50);
    expect(rows.flatMap(flaws)).toEqual([]);
    expect(new Set(rows.map(({ rule }) => rule)).size).toBe(rows.length);
  });

  it('has each rule that is tested, and no test lacks a switch', () => {
    const tested = tests.flatMap((file) => rulesIn(readFromRoot(file)).map((rule) => `${file}: ${rule}`));
    const ours = rows.filter(({ test }) => test.startsWith('test/rules/'));
    expect(tested.sort()).toEqual(ours.map(({ rule, test }) => `${test}: ${rule}`).sort());
    expect(ours.filter(({ switches }) => switches.length === 0)).toEqual([]);
  });

  it('has each switch that no random run shows', () => {
    const shown = rows.flatMap(({ switches }) => switches);
    const alone = readFromRoot('conformance/MUTANTS.md').split('## Those that no seed shows')[1] ?? '';
    const names = named(alone.split('## ')[0] ?? '');
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !shown.includes(name))).toEqual([]);
  });

  it.each([
    ['no such rule', { rule: 'a rule that nobody tests' }, /has no test a rule that nobody tests/],
    ['a switch of another rule', { switches: ['rotIsCut'] }, /turns rotIsCut not off/],
    ['no such switch', { switches: ['nothingAtAll'] }, /no switch nothingAtAll/],
    ['no such code', { code: '`nowhere` in src/core/step.ts' }, /no nowhere in src\/core\/step\.ts/],
    ['no such word', { spec: '`NoSuchAction`' }, /the spec has no NoSuchAction/],
    ['no such file', { test: 'test/rules/gone.test.ts' }, /gone\.test\.ts has no test/],
  ])('notices %s', (_what, change, flaw) => {
    const [row] = rows;
    if (row === undefined) throw new Error('no row');
    expect(flaws({ ...row, ...change }).join('\n')).toMatch(flaw);
  });

  it(`reads ${NONE} as nothing`, () => {
    expect(readRows(`| x | ${NONE} | \`f\` in g | ${NONE} | t: n |`)).toEqual([
      { rule: 'x', spec: NONE, code: '`f` in g', switches: [], test: 't: n' },
    ]);
  });
});
