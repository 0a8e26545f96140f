/** Follows the worked example of spec/README.md, step by step, on a copy of the project. */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkModels } from '../../conformance/models/check.js';
import { packageRoot } from '../../src/root.js';
import { copyProject, makeEdits, readSteps, splitReadme, type Edit } from './example.js';
import { missingPartners } from './partners.js';
import { describeWithTlc } from './with-tlc.js';

const readme = readFileSync(join(packageRoot(), 'spec', 'README.md'), 'utf8');
const steps = readSteps(splitReadme(readme).example);

let root = '';
/** Each part of the test needs the ones before it. */
let done = 0;

beforeAll(() => {
  root = copyProject();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const needs = (number: number): void => {
  if (done < number) throw new Error(`it needs step ${done + 1}, which failed`);
};

describe('the worked example of spec/README.md', () => {
  it('has ten steps, begins with a whole project and ends with one', () => {
    expect(steps).toHaveLength(10);
    expect(missingPartners(root)).toEqual([]);
    expect(steps.at(-1)?.missing).toEqual([]);
    expect(steps.filter(({ missing }) => missing.length > 0).length).toBeGreaterThanOrEqual(8);
  });

  it.each(steps)('step $number, $title: leaves what it says', (step) => {
    needs(step.number - 1);
    makeEdits(step, root);
    expect(missingPartners(root)).toEqual(step.missing);
    done = step.number;
  });

  it('compiles', { timeout: 120_000 }, () => {
    needs(steps.length);
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    let said = '';
    try {
      execFileSync(process.execPath, [tsc, '-p', 'tsconfig.json'], { cwd: root, encoding: 'utf8' });
    } catch (error) {
      said = String((error as { stdout?: unknown }).stdout);
    }
    expect(said).toBe('');
    done = steps.length + 1;
  });
});

describeWithTlc('the spec and the code of the worked example', (tlc) => {
  it(
    'TLC accepts the model, with all that it must take, and rejects the twin',
    { timeout: 120_000 },
    async () => {
      needs(steps.length);
      const names = ['relay', 'broken-relay-below'];
      const { results } = await checkModels({ tlc, names, folder: join(root, 'spec') });
      expect(results.map(({ verdict }) => verdict)).toEqual(['ok', 'invariant Agreement']);
      // A new entry has no counts yet.
      const counts = /^(\d+ distinct states|depth \d+), expected 0$/;
      expect(results.flatMap(({ differences }) => differences).filter((line) => !counts.test(line))).toEqual(
        [],
      );
    },
  );

  it('the trace of a run that relays is accepted, and not with another slot', { timeout: 120_000 }, () => {
    needs(steps.length + 1);
    const script = join(root, 'test', 'conformance', 'example-run.mjs');
    const folder = join(root, 'run');
    const run: unknown = JSON.parse(
      execFileSync(process.execPath, [script, root, folder], { encoding: 'utf8' }),
    );
    expect(run).toMatchObject({
      ...{ before: [2, 1, 1], after: [2, 2, 2] },
      results: [{ verdict: 'accepted' }, { verdict: 'rejected', differs: { what: 'relayed' } }],
    });
    const trace = (name: string): string => readFileSync(join(folder, '0', `${name}-1.ndjson`), 'utf8');
    expect(trace('r1.aa')).toMatch(/"action":"Relay"/);
    expect(trace('r2.bb')).toMatch(/"action":"HandleRelayed"/);
  });
});

describe('an edit that does not fit fails by name', () => {
  const edit = (change: Partial<Edit>): void => {
    const file = 'src/core/step.ts';
    makeEdits({ number: 3, edits: [{ file, find: ['    case {'], replace: [], ...change }] }, root);
  };
  it.each<[string, Partial<Edit>, string]>([
    ['lines that are gone', {}, 'step 3, src/core/step.ts: no such lines, beginning with "    case {"'],
    ['a part of a line', { find: ["    case 'Promise"] }, 'no such lines'],
    ['lines that occur twice', { find: ['}', ''] }, 'more than one place begins with "}"'],
    ['a file that is not there', { file: 'src/core/steps.ts' }, 'src/core/steps.ts: there is no such file'],
    ['a new file that is there', { find: null }, 'it is there already'],
  ])('%s', (_, change, why) => {
    expect(() => edit(change)).toThrow(why);
  });

  it.each([
    ['a block without a heading', 'text\n```diff\n+a\n```\n', /step 1: a block has no line above it/],
    ['a heading that names no file', 'Then:\n\n```diff\n+a\n```\n', /step 1: "Then:" names no file/],
    [
      'a line without a sign',
      '`a.ts`:\n\n```diff\nconst\n```\n',
      /step 1, a\.ts: not a line of a diff: "const"/,
    ],
    ['no list of what is missing', '', /step 1: not one list of what is missing/],
    ['a number left out', '### 3. Third\n', /step 2 begins with "3\. Third/],
  ])('%s', (_, text, why) => {
    const list = text === '' ? '' : '\nStill missing:\n\n```text\nnothing\n```\n';
    expect(() => readSteps(`### 1. First\n\n${text}${list}`.replace('### 3', `${list}\n### 3`))).toThrow(why);
  });
});

describe('a partner that goes missing is named', () => {
  it.each([
    [
      'spec/ReplicaLog.tla',
      /^\(\* SAFE {2}The message names no value.*\n/m,
      'no SAFE in the box above HandleChosen',
    ],
    [
      'spec/ReplicaLog.tla',
      /^\(\* WHO {3}A candidate or leader that.*\n/m,
      'no WHO in the box above HandleReject',
    ],
    [
      'spec/PaxosReplica.tla',
      / {6}\\\/ Announce\(r\)/,
      'spec/PaxosReplica.tla: Next has no disjunct for Announce',
    ],
    ['src/trace/record.ts', / {4}case 'Announce':\n/, 'argumentsOf has no case Announce'],
    [
      'conformance/TracePaxosReplica.tla',
      /-> Restart\(r\)/,
      'conformance/TracePaxosReplica.tla: the case does not call Restart',
    ],
    [
      'src/trace/format.ts',
      /^export const ARGUMENTS/m,
      'src/trace/format.ts: no text like /^export const ARGUMENTS/m',
    ],
  ])('%s without %s', (file, pattern, line) => {
    const path = join(root, ...file.split('/'));
    const whole = readFileSync(path, 'utf8');
    expect(whole).toMatch(pattern);
    const before = missingPartners(root);
    writeFileSync(path, whole.replace(pattern, ''));
    try {
      const more = missingPartners(root).filter((one) => !before.includes(one));
      expect(
        more.some((one) => one.includes(line)),
        more.join('\n'),
      ).toBe(true);
    } finally {
      writeFileSync(path, whole);
    }
  });
});
