/** The files of spec/ agree: models, configurations, patches, the table, the names of actions. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseProperties } from '../../conformance/tlc/config.js';
import { compare, nameViolated } from '../../conformance/models/check.js';
import {
  readModels,
  readPatch,
  readQuestions,
  specFolder,
  type Model,
} from '../../conformance/models/codec.js';
import { applyEdit, patchedFolder, PatchError, removeFolder } from '../../conformance/models/patch.js';
import { formatResult, readReadme, withTables } from '../../conformance/models/table.js';
import type { TlcResult } from '../../conformance/tlc/run.js';

const folder = specFolder();
const questions = readQuestions();
const models = readModels();
const patches = readdirSync(join(folder, 'broken')).filter((name) => name.endsWith('.json'));
const text = (file: string): string => readFileSync(join(folder, file), 'utf8');

describe('spec/models', () => {
  it('names files that exist, and every configuration and patch is in some model', () => {
    for (const model of models) {
      expect(existsSync(join(folder, `${model.module}.tla`)), model.name).toBe(true);
      expect(existsSync(join(folder, model.cfg)), model.name).toBe(true);
    }
    const cfgs = [
      ...readdirSync(folder),
      ...readdirSync(join(folder, 'broken')).map((name) => `broken/${name}`),
    ].filter((name) => name.endsWith('.cfg'));
    expect(new Set(models.map((model) => model.cfg))).toEqual(new Set(cfgs));
    expect(new Set(models.flatMap((model) => model.patch ?? []))).toEqual(new Set(patches));
  });

  it('expects a pass of ladder and random runs only, and demands it in the configuration', () => {
    for (const model of models) {
      const passes = model.kind === 'ladder' || model.kind === 'simulation';
      expect(model.expect.verdict === 'ok', model.name).toBe(passes);
      expect(model.patch !== undefined, model.name).toBe(model.kind === 'broken');
      const cfg = text(model.cfg);
      if (model.expect.verdict === 'invariant')
        expect(cfg).toMatch(new RegExp(`^ *${model.expect.name}$`, 'm'));
      if (model.expect.verdict === 'property') expect(cfg).toMatch(/^PROPERTY /m);
      if (model.expect.verdict === 'ok') expect(cfg).toMatch(/^INVARIANTS$/m);
    }
  });

  it('has at least eight mutants, and a broken lower module for each refinement', () => {
    const broken = models.filter((model) => model.kind === 'broken');
    expect(broken.filter((model) => model.expect.verdict === 'invariant').length).toBeGreaterThanOrEqual(8);
    const refining = models.filter(({ cfg }) =>
      parseProperties(text(cfg)).some((name) => name.startsWith('Refines')),
    );
    const modules = new Set(refining.flatMap((model) => (model.kind === 'ladder' ? model.module : [])));
    const violated = broken.flatMap((model) =>
      model.expect.verdict === 'property' && model.expect.name.startsWith('Spec of ') ? model.module : [],
    );
    expect(modules.size).toBeGreaterThanOrEqual(2);
    expect([...modules].filter((module) => !violated.includes(module))).toEqual([]);
  });

  it('has a small tier with one model of each kind', () => {
    const small = models.filter((model) => model.tier === 'small');
    expect(new Set(small.map((model) => model.kind))).toEqual(new Set(['ladder', 'reachability', 'broken']));
  });

  it('demands of some model that every action of PaxosReplica is taken, with every outcome', () => {
    const outcomes: Readonly<Record<string, readonly string[]>> = {
      HandlesPrepare: ['PrepareNew', 'PrepareRepeat', 'PrepareReject'],
      HandlesAccept: ['AcceptNew', 'AcceptRepeat', 'AcceptReject'],
      Persists: ['PersistOne', 'PersistMany'],
      Crashes: ['Crash', 'CrashKeeping'],
    };
    const spec = text('PaxosReplica.tla');
    const next = spec.slice(spec.indexOf('\nNext =='), spec.indexOf('\nSpec =='));
    const disjuncts = [...next.matchAll(/\\\/ (\w+)\(r\)/g)].map((match) => match[1] ?? '');
    expect(disjuncts.length).toBeGreaterThanOrEqual(17);
    const fires = models.flatMap((model) => model.fires ?? []);
    // TLC names a disjunct that picks from a constant set after the action inside it, else after itself.
    const fired = (name: string): boolean =>
      outcomes[name]?.every((outcome) => fires.includes(outcome)) ??
      (fires.includes(name) ||
        fires.some((fire) => new RegExp(`^${name}\\(r\\).*\\b${fire}\\(r, `, 'm').test(spec)));
    expect(disjuncts.filter((name) => !fired(name))).toEqual([]);
  });
});

describe('spec/README.md', () => {
  it('has the tables that spec/models makes (else: decree check --update)', () => {
    expect(withTables(readReadme(), questions)).toBe(readReadme());
  });
  it('would be stale with other counts', () => {
    const more = (model: Model): Model => ({ ...model, distinct: model.distinct + 1 });
    const changed = questions.map((question) => ({ ...question, models: question.models.map(more) }));
    expect(withTables(readReadme(), changed)).not.toBe(readReadme());
    expect(() => withTables('no marks', questions)).toThrow(/no marks for the tables/);
  });
});

describe('patches of spec/broken', () => {
  it.each(patches)('%s applies to the real modules and is named after itself', (name) => {
    const patch = readPatch(name);
    expect(`${patch.id}.json`).toBe(name);
    const target = patchedFolder(folder, patch);
    try {
      const changed = readdirSync(target).filter(
        (file) => readFileSync(join(target, file), 'utf8') !== text(file),
      );
      expect(changed).toEqual([...new Set(patch.edits.map((edit) => edit.file))].sort());
    } finally {
      removeFolder(target);
    }
    expect(existsSync(target)).toBe(false);
  });

  const edit = { file: 'A.tla', find: ['b', 'c'], replace: ['x'] };
  it('replaces lines', () => {
    expect(applyEdit('a\nb\nc\nd', edit, 'M')).toBe('a\nx\nd');
  });
  it.each([
    ['a\nc\n', /no such text/],
    ['b\nc\nb\nc\n', /more than one place/],
  ])('fails where the text %j has not one such place', (source, why) => {
    expect(() => applyEdit(source, edit, 'M')).toThrow(PatchError);
    expect(() => applyEdit(source, edit, 'M')).toThrow(why);
  });
  it('fails where nothing changes', () => {
    expect(() => applyEdit('b\nc', { ...edit, replace: ['b', 'c'] }, 'M')).toThrow(/changes nothing/);
  });
});

describe('compare', () => {
  const model: Model = {
    ...{ name: 'm', kind: 'ladder', tier: 'quick', module: 'M', cfg: 'M.cfg', expect: { verdict: 'ok' } },
    ...{ distinct: 10, depth: 3, seconds: 1, shows: 'a test', fires: ['Campaign'], reaches: ['TwoLeaders'] },
  };
  const coverage = (taken: number): string =>
    `"reached;TwoLeaders"\nThe coverage statistics at now\n` +
    `<Campaign line 1, col 1 to line 1, col 2 of module M>: 0:${taken}\n`;
  const found: TlcResult = {
    ...{ verdict: 'ok', exit: 0, timedOut: false, generated: 20, distinct: 10, depth: 3 },
    ...{ trace: '', seconds: 1 },
    output: coverage(5),
  };
  it.each<[string, Partial<TlcResult>, string[]]>([
    ['nothing', {}, []],
    ['states', { distinct: 11 }, ['11 distinct states, expected 10']],
    ['depth', { depth: 4 }, ['depth 4, expected 3']],
    ['an action that is never taken', { output: coverage(0) }, ['never taken: Campaign']],
    [
      'what is never reached',
      { output: coverage(5).replace('TwoLeaders', 'Other') },
      ['never reached: TwoLeaders'],
    ],
    ['no coverage at all', { output: '' }, ['never taken: Campaign', 'never reached: TwoLeaders']],
    [
      'what does not end',
      { verdict: 'crash', exit: null, timedOut: true },
      ['not ended after 200 s, expected ok'],
    ],
    ['a violation', { verdict: 'invariant', violated: 'A' }, ['verdict invariant A, expected ok']],
  ])('finds a difference in %s', (_, change, differences) => {
    expect(compare(model, { ...found, ...change }).differences).toEqual(differences);
  });
  it('demands of random runs what they counted themselves', () => {
    const simulate = { runs: 1, depth: 3, seed: 1 };
    const random: Model = { ...model, kind: 'simulation', simulate, reaches: [] };
    const counted = (times: number): TlcResult => ({ ...found, output: `"fired;Campaign;${times}"` });
    expect(compare(random, counted(2)).differences).toEqual([]);
    expect(compare(random, counted(0)).differences).toEqual(['never taken: Campaign']);
    expect(formatResult(compare(random, counted(2)))).toMatch(/1 random runs of 3 steps, seed 1/);
  });
  it('takes an error of TLC for no verdict that a mutant may have, and shows it', () => {
    const broken: Model = { ...model, expect: { verdict: 'invariant', name: 'A' } };
    const result = compare(broken, { ...found, verdict: 'error', output: 'Error: division by zero' });
    expect(result.differences[0]).toMatch(/^verdict error, expected invariant A:\nError: division by zero/);
    expect(formatResult(result)).toMatch(/DIFFERS/);
  });
  it('names a temporal property after the only one of its configuration, and refuses several', () => {
    const broken: Model = { ...model, expect: { verdict: 'property', name: 'P' }, fires: [], reaches: [] };
    const output = 'Error: Temporal properties were violated.\n';
    const temporal: TlcResult = { ...found, verdict: 'property', output };
    expect(compare(broken, nameViolated(temporal, ['P'])).differences).toEqual([]);
    expect(compare(broken, nameViolated(temporal, ['P', 'Q'])).differences[0]).toMatch(
      /^verdict property, expected property P: .* must not have more than one$/,
    );
    expect(compare(broken, nameViolated(found, ['P'])).verdict).toBe('ok');
  });
  it('demands the named invariant, not just any', () => {
    const broken: Model = { ...model, expect: { verdict: 'invariant', name: 'A' } };
    const differences = ['verdict invariant B, expected invariant A'];
    const other = { ...found, verdict: 'invariant', violated: 'B' } as const;
    expect(compare(broken, other).differences).toEqual(differences);
  });
});
