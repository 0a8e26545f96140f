/** Recorded scenarios are accepted, and nothing that proves too little passes for one. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { merge, mergedLines, type Merged } from '../../conformance/merge/merge.js';
import { recordAll } from '../../conformance/record.js';
import { readReplay, replay, type Replay } from '../../conformance/trace/replay.js';
import { judge, validateTrace, validateTraces } from '../../conformance/trace/validate.js';
import { describe as describeVerdict, type Validation } from '../../conformance/trace/verdict.js';
import { exitOf } from '../../src/cli/commands/validate.js';
import { packageRoot } from '../../src/root.js';
import { describeWithTlc } from './with-tlc.js';

const TRACES = join(packageRoot(), 'traces');
const scenarios = readdirSync(TRACES).filter((name) => name !== 'rejected');
const temporary = mkdtempSync(join(tmpdir(), 'decree-validate-'));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

function merged(name: string): Merged {
  const result = merge([join(TRACES, name)]);
  if ('failure' in result) throw new Error(JSON.stringify(result.failure));
  return result.merged;
}

describe('traces/', () => {
  it('is what recording again gives, to the byte', () => {
    const again = join(temporary, 'traces');
    const list = (root: string): string[] =>
      readdirSync(root, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
        .sort();
    recordAll(again);
    expect(list(again)).toEqual(list(TRACES));
    const changed = list(again).filter(
      (file) => readFileSync(join(again, file), 'utf8') !== readFileSync(join(TRACES, file), 'utf8'),
    );
    expect(changed, 'npm run traces:record writes these anew').toEqual([]);
  });

  it('has at least six scenarios', () => {
    expect(scenarios.length).toBeGreaterThanOrEqual(6);
  });
});

describeWithTlc('recorded traces', (tlc) => {
  it.each(scenarios)('%s is accepted', async (name) => {
    const folder = join(TRACES, name);
    const one = await validateTrace({ name, files: [folder] }, { tlc });
    expect(one).toMatchObject({ verdict: 'accepted', events: merged(name).header.events });
  });

  it('a merged file has the verdict of its folder', async () => {
    const file = join(temporary, 'merged.ndjson');
    writeFileSync(
      file,
      mergedLines(merged('steady'))
        .map((line) => `${line}\n`)
        .join(''),
    );
    const [one] = await validateTraces([file], { tlc });
    expect(one).toMatchObject({ verdict: 'accepted', events: merged('steady').header.events });
  });

  it('without javac, a generated module gives the same verdicts', async () => {
    const { java, jar } = tlc;
    const options = { tlc: { java, jar }, cache: join(temporary, 'no-classes') };
    const accepted = join(TRACES, 'leader-crash');
    expect(await validateTrace({ name: 'a', files: [accepted] }, options)).toMatchObject({
      verdict: 'accepted',
    });
    const rejected = join(TRACES, 'rejected', 'changed-vote');
    const expected = JSON.parse(readFileSync(join(rejected, 'expected.json'), 'utf8')) as { line: number };
    expect(await validateTrace({ name: 'b', files: [rejected] }, options)).toMatchObject({
      verdict: 'rejected',
      event: { line: expected.line },
    });
  });

  it('ends a run that takes too long as undecided', async () => {
    const one = await validateTrace({ name: 'a', files: [join(TRACES, 'steady')] }, { tlc, timeoutMs: 50 });
    expect(one).toMatchObject({ verdict: 'undecided', reason: expect.stringContaining('50 ms') as unknown });
  });
});

describe('a long trace without javac', () => {
  it('is not replayed, and not accepted', async () => {
    const { header, steps } = merged('steady');
    const many = {
      header,
      steps: Array.from({ length: 10_001 }, () => steps[0]),
      notes: [],
    } as unknown as Merged;
    const tlc = { java: 'none', jar: join(TRACES, 'steady', 'manifest.json') };
    const result = await replay(mergedLines(many), { tlc, cache: join(temporary, 'no-classes') });
    expect(judge(many, result)).toMatchObject({ verdict: 'undecided' });
  });
});

describe('guards against a vacuous pass', () => {
  const trace = merged('steady');
  const depth = trace.header.steps + 1;
  const good: Replay = {
    verdict: 'ok',
    distinct: depth,
    depth,
    modeAsExpected: true,
    complaint: '',
    seconds: 1,
  };

  it('accepts a replay that reached the end', () => {
    expect(judge(trace, good)).toMatchObject({ verdict: 'accepted' });
  });

  it.each<[string, Partial<Replay>]>([
    ['a depth short of the end', { depth: depth - 1 }],
    ['a state too few', { distinct: depth - 1 }],
    ['several workers', { modeAsExpected: false }],
    ['an error of TLC', { verdict: 'error' }],
    ['a crash of TLC', { verdict: 'crash' }],
    ['a replay that did not happen', { verdict: 'not replayed' }],
  ])('does not accept %s', (_name, change) => {
    expect(judge(trace, { ...good, ...change }).verdict).toBe('undecided');
  });

  it('does not accept a trace in which nothing was chosen, or nothing happened', () => {
    const { header } = trace;
    const without = trace.steps.filter(({ action }) => action !== 'Choose');
    const short = { ...header, steps: without.length };
    const replayed = { ...good, depth: without.length + 1, distinct: without.length + 1 };
    expect(judge({ header: short, steps: without, notes: [] }, replayed).verdict).toBe('undecided');
    const none = { header: { ...header, steps: 0 }, steps: [], notes: [] };
    expect(judge(none, { ...good, depth: 1, distinct: 1 }).verdict).toBe('undecided');
  });

  it('reads worker count, depth and difference off what TLC prints', () => {
    const output = [
      'Running breadth-first search Model-Checking with fp 1 and seed 2 with 1 worker on 2 cores',
      '"differs;said;[value |-> \\"a;b\\"];{}"',
      '12 states generated, 11 distinct states found, 0 states left on queue.',
      'The depth of the complete state graph search is 11.',
    ].join('\n');
    expect(readReplay(11, output, 1)).toMatchObject({
      verdict: 'deadlock',
      distinct: 11,
      depth: 11,
      modeAsExpected: true,
      differs: { what: 'said', allowed: '[value |-> "a;b"]', logged: '{}' },
    });
    expect(readReplay(0, output.replace('1 worker', '2 workers'), 1).modeAsExpected).toBe(false);
  });
});

describe('without Java', () => {
  const missing = { missing: 'TLC was not run: no java on the PATH' };

  it('says so, and still finds what the merge refuses', async () => {
    const one = await validateTrace({ name: 'a', files: [join(TRACES, 'steady')] }, { tlc: missing });
    expect(one).toMatchObject({ verdict: 'not run', reason: missing.missing });
    const gap = join(TRACES, 'rejected', 'gap-in-seq');
    expect(await validateTrace({ name: 'b', files: [gap] }, { tlc: missing })).toMatchObject({
      verdict: 'invalid',
    });
    expect(describeVerdict(one)).toContain('NOT RUN');
  });

  it('has its own exit code, and fails in CI', async () => {
    const one = await validateTrace({ name: 'a', files: [join(TRACES, 'steady')] }, { tlc: missing });
    expect(exitOf([one])).toBe('notRun');
  });
});

describe('exit codes', () => {
  const of = (verdict: Validation['verdict']): Validation =>
    ({ verdict, name: 'a', notes: [] }) as unknown as Validation;

  it('are those of the worst verdict', () => {
    const accepted = of('accepted');
    expect(exitOf([accepted])).toBe('ok');
    expect(exitOf([accepted, of('undecided')])).toBe('undecided');
    expect(exitOf([of('invalid'), accepted])).toBe('invalidInput');
    expect(exitOf([of('invalid'), of('rejected')])).toBe('failed');
    expect(exitOf([])).toBe('undecided');
  });
});
