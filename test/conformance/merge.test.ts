/**
 * The merge: a causal order that does not depend on how the files are given, and Forget steps that lose
 * nothing.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { beginning, find, textsOf, type RawScenario } from '../../conformance/damage/raw.js';
import { merge, mergedLines, type Merged } from '../../conformance/merge/merge.js';
import { parseMerged } from '../../conformance/merge/merged-file.js';
import { ballotText, type Step } from '../../conformance/merge/steps.js';
import { packageRoot } from '../../src/root.js';

const TRACES = join(packageRoot(), 'traces');
const scenarios = readdirSync(TRACES).filter((name) => name !== 'rejected');

function merged(paths: readonly string[]): Merged {
  const result = merge(paths);
  if ('failure' in result) throw new Error(JSON.stringify(result.failure));
  return result.merged;
}

const filesOf = (name: string): string[] =>
  readdirSync(join(TRACES, name))
    .filter((file) => file.endsWith('.ndjson'))
    .map((file) => join(TRACES, name, file));

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function written(raw: RawScenario): string {
  const folder = mkdtempSync(join(tmpdir(), 'decree-merge-'));
  folders.push(folder);
  for (const [name, text] of textsOf(raw)) writeFileSync(join(folder, name), text);
  return folder;
}

describe.each(scenarios)('merging %s', (name) => {
  const whole = merged([join(TRACES, name)]);
  const key = (step: Step): string => ('seq' in step ? `${step.r}/${step.start}/${step.seq}` : '');
  const events = whole.steps.filter((step) => 'seq' in step);

  it('keeps every event once, in the order of its file', () => {
    expect(events.length).toBe(whole.header.events);
    expect(new Set(events.map(key)).size).toBe(events.length);
    const last = new Map<string, number>();
    for (const step of events) {
      if (!('seq' in step)) continue;
      const start = `${step.r}/${step.start}`;
      expect(step.seq).toBe((last.get(start) ?? -1) + 1);
      last.set(start, step.seq);
    }
  });

  it('puts the release of a message before its use, and a Crash right before each Restart', () => {
    const released = new Set<string>();
    const steps = whole.steps.filter(({ action }) => action !== 'Forget');
    for (const [i, step] of steps.entries()) {
      if (!('seq' in step)) continue;
      expect(step.from.filter((id) => !released.has(id))).toEqual([]);
      for (const id of step.released) released.add(id);
      if (step.action === 'Restart') expect(steps[i - 1]).toMatchObject({ action: 'Crash', r: step.r });
    }
  });

  it('forgets nothing that a later step names', () => {
    const gone = new Set<string>();
    const floors = new Map<string, number>();
    for (const step of whole.steps) {
      if (step.action === 'Forget' && 'gone' in step) {
        for (const id of step.gone) gone.add(id);
        for (const [r, floor] of step.floors) floors.set(r, floor);
      } else if ('seq' in step) {
        expect([...step.from, ...step.released, ...step.made].filter((id) => gone.has(id))).toEqual([]);
        const lowest = Math.min(step.slot ?? Infinity, step.first ?? Infinity);
        if (step.action !== 'HandleCatchUp') expect(lowest).toBeGreaterThan(floors.get(step.r) ?? 0);
      }
    }
    expect(gone.size).toBeGreaterThan(0);
  });

  it('does not depend on the order in which the files are given', () => {
    const files = filesOf(name);
    const order = (list: readonly string[]): string[] => merged(list).steps.map(key);
    const expected = order(files);
    fc.assert(
      fc.property(fc.shuffledSubarray(files, { minLength: files.length }), (shuffled) => {
        // Files of processes that were killed for good are complete only by their manifest.
        const result = merge(shuffled);
        if ('merged' in result) expect(result.merged.steps.map(key)).toEqual(expected);
      }),
      { numRuns: 5 },
    );
  });

  it('reads back what it wrote', () => {
    const text = mergedLines(whole)
      .map((line) => `${line}\n`)
      .join('');
    expect(mergedLines(parseMerged('merged', text))).toEqual(mergedLines(whole));
  });
});

describe('what is invalid', () => {
  const raw = (): RawScenario => beginning(join(TRACES, 'steady'), 60);
  const reason = (scenario: RawScenario): string => {
    const result = merge([written(scenario)]);
    if (!('failure' in result)) return 'nothing';
    return `${result.failure.verdict}: ${result.failure.reason}`;
  };

  it('takes the beginning of a scenario as it is', () => {
    expect(reason(raw())).toBe('nothing');
  });

  it('wants an end, unless the process was killed for good', () => {
    const one = raw();
    const [file] = one.files;
    if (file === undefined) throw new Error('no file');
    file.end = null;
    expect(reason(one)).toMatch(/^invalid: no end/);
    one.manifest.killed = [file.name];
    expect(reason(one)).toBe('nothing');
    file.text = (text) => `${text}{"seq":`;
    expect(reason(one)).toBe('nothing');
    one.manifest.killed = [];
    expect(reason(one)).toMatch(/^invalid: the last line is torn/);
  });

  it('counts the events against the end', () => {
    const one = raw();
    const [file] = one.files;
    if (file?.end) file.end.events += 1;
    expect(reason(one)).toMatch(/^invalid: the end counts/);
  });

  it('refuses a file of another cell', () => {
    const one = raw();
    const [file] = one.files;
    if (file !== undefined) file.header.cell = 'another';
    expect(reason(one)).toMatch(/^invalid: not of the same cell/);
  });

  it('refuses a start whose predecessor is missing', () => {
    const one = raw();
    const [file] = one.files;
    if (file !== undefined) file.header.start = 2;
    expect(reason(one)).toMatch(/^invalid: .*Restart/);
  });

  it('refuses an id that is not of its event, and a ballot of nobody', () => {
    const one = raw();
    const { event } = find(one, ({ made }) => made !== undefined);
    event.made = ['x/1/0/0'];
    expect(reason(one)).toMatch(/^invalid: made x\/1\/0\/0/);
    const other = raw();
    find(other, ({ ballot }) => ballot !== undefined).event.ballot = '1@nobody';
    expect(reason(other)).toMatch(/^invalid: ballot 1@nobody names no member/);
  });

  it('does not judge the dump of a flight recorder', () => {
    const one = raw();
    const [file] = one.files;
    if (file === undefined) throw new Error('no file');
    file.events = file.events.slice(3);
    file.end = null;
    one.manifest.killed = [file.name];
    expect(reason(one)).toMatch(/^invalid: seq 3 where 0 is due/);
    const [first] = file.events;
    if (first !== undefined) first.above = 0;
    expect(reason(one)).toMatch(/^undecided: .* begins at seq 3/);
  });

  it('says when a manifest cannot be read', () => {
    const folder = mkdtempSync(join(tmpdir(), 'decree-merge-'));
    folders.push(folder);
    expect(merge([folder])).toMatchObject({
      failure: { verdict: 'invalid', reason: /cannot be read/ as unknown },
    });
  });
});

describe('ballots as integers', () => {
  const members = ['a.1', 'b.1', 'c.1'];

  it('keeps their order and can be turned back', () => {
    const texts = [1, 2, 9].flatMap((round) => members.map((member) => `${round}@${member}`));
    const numbers = texts.map((_, i) => [3, 4, 5, 6, 7, 8, 27, 28, 29].map((n) => n + 1)[i] ?? 0);
    expect(numbers.map((number) => ballotText(number, members))).toEqual(texts);
    expect(ballotText(0, members)).toBe('');
  });
});
