/** In which order guards and models are tried, and what is made of the trials; the edits and the record. */
import { describe, expect, it } from 'vitest';
import { textAt, withTrue } from '../../conformance/guards/edit.js';
import type { Conjunct, Guards } from '../../conformance/guards/enumerate.js';
import { readCfg } from '../../conformance/guards/load.js';
import { faults, recordDifferences, type Outcome } from '../../conformance/guards/record.js';
import type { Trial } from '../../conformance/guards/remove.js';
import type { Place } from '../../conformance/guards/sany.js';
import { guardsTable, outcomeText, summary } from '../../conformance/guards/table.js';
import { decideGuards } from '../../conformance/guards/trials.js';
import type { Model } from '../../conformance/models/codec.js';

const at = (line: number, column: number, endLine: number, endColumn: number): Place => ({
  ...{ file: 'A', line, column, endLine, endColumn },
});

describe('an edit', () => {
  const text = 'A == /\\ x > 0 /\\ y\n     /\\ \\A q :\n          p(q) /\\ z\n';
  it.each<[Place, string, string]>([
    [at(1, 9, 1, 13), 'x > 0', 'A == /\\ TRUE  /\\ y\n     /\\ \\A q :\n          p(q) /\\ z\n'],
    [
      at(2, 9, 3, 14),
      '\\A q :\n          p(q)',
      'A == /\\ x > 0 /\\ y\n     /\\ TRUE  \n               /\\ z\n',
    ],
    [at(1, 18, 1, 18), 'y', 'A == /\\ x > 0 /\\ TRUE\n     /\\ \\A q :\n          p(q) /\\ z\n'],
  ])('at %j takes %j away', (place, taken, left) => {
    expect(textAt(text, place)).toBe(taken);
    expect(withTrue(text, place)).toBe(left);
  });
});

describe('a cfg', () => {
  it('names its relation and what it replaces, comments aside', () => {
    const { root, replaced } = readCfg(
      '\\* NEXT Old\nINIT Init\nNEXT New\nCONSTANTS\n  A <- B\n  C <- [M] D\n  E = {e}',
    );
    expect(root).toBe('New');
    expect([...replaced]).toEqual([
      ['A', 'B'],
      ['C', 'D'],
    ]);
    expect(readCfg('SPECIFICATION Spec').root).toBe('Spec');
  });
});

const model = (name: string, seconds: number): Model => ({
  ...{ name, kind: 'ladder', tier: 'quick', module: 'M', cfg: 'M.cfg', expect: { verdict: 'ok' } },
  ...{ distinct: 10, depth: 3, seconds, shows: 'a test' },
});
const MODELS = [model('a', 1), model('b', 2), model('c', 3), model('d', 4)];
const guard = (id: string): Conjunct => ({ id, place: at(1, 1, 1, 1) });
const kill = (name: string): Trial => ({
  kind: 'killed',
  outcome: { outcome: 'killed', model: name, violates: 'Agreement', states: 5 },
});

/** Runs the guards with what happens by `guard/model`, quiet else; returns outcomes and the runs. */
async function decide(
  ids: readonly string[],
  happens: Readonly<Record<string, Trial>>,
  models: readonly Model[] = MODELS,
  fair = false,
): Promise<{ outcomes: Record<string, Outcome>; runs: string[] }> {
  const outcomes: Record<string, Outcome> = {};
  const runs: string[] = [];
  await decideGuards(ids.map(guard), {
    tryWithout: (guards, { name }) => {
      runs.push(`${guards.map(({ id }) => id).join('+')}/${name}`);
      const trials = guards.flatMap(({ id }) => happens[`${id}/${name}`] ?? []);
      return Promise.resolve(trials[0] ?? { kind: 'quiet' });
    },
    modelsOf: () => models,
    isFair: () => fair,
    workers: 1,
    onOutcome: ({ id }, outcome) => {
      expect(outcomes).not.toHaveProperty(id);
      outcomes[id] = outcome;
    },
  });
  return { outcomes, runs };
}

describe('trials', () => {
  it('end with the first model that fails', async () => {
    const { outcomes, runs } = await decide(['g'], { 'g/b': kill('b'), 'g/c': kill('c') });
    expect(outcomes).toEqual({ g: { outcome: 'killed', model: 'b', violates: 'Agreement', states: 5 } });
    expect(runs).toEqual(['g/a', 'g/b']);
  });

  it('remove those that two models do not miss together, and find them implied by all', async () => {
    const { outcomes, runs } = await decide(['g', 'h'], {});
    expect(outcomes).toEqual({ g: { outcome: 'implied', models: 4 }, h: { outcome: 'implied', models: 4 } });
    expect(runs).toEqual(['g/a', 'g/b', 'h/a', 'h/b', 'g+h/c', 'g+h/d']);
  });

  it('halve what differs together, and blame one alone', async () => {
    const { outcomes, runs } = await decide(['g', 'h', 'i'], { 'h/c': kill('c') });
    expect(runs.slice(6)).toEqual(['g+h+i/c', 'g+h/c', 'g/c', 'h/c', 'i/c', 'g+i/d']);
    expect(Object.values(outcomes).map(({ outcome }) => outcome)).toEqual(['killed', 'implied', 'implied']);
  });

  it('pass for all where a model passes without all of them, unless it is fair', async () => {
    const more: Trial = { kind: 'more' };
    const happens = { 'g/a': more, 'g/c': more, 'h/b': more, 'h/c': more, 'h/d': kill('d') };
    const { outcomes, runs } = await decide(['g', 'h', 'i'], happens);
    expect(runs.slice(6)).toEqual(['i/c', 'g+h/c', 'i/d', 'g+h/d', 'g/d', 'h/d']);
    expect(outcomes).toEqual({
      g: { outcome: 'survived', models: 4, more: 'a' },
      h: { outcome: 'killed', model: 'd', violates: 'Agreement', states: 5 },
      i: { outcome: 'implied', models: 4 },
    });
    const fair = await decide(['g', 'h'], { 'g/a': more, 'h/a': more, 'g/c': more }, MODELS, true);
    expect(fair.runs.slice(4)).toEqual(['g+h/c', 'g/c', 'h/c', 'g+h/d']);
  });

  it('take an error or a timeout for no kill, but look for one', async () => {
    const error: Outcome = { outcome: 'error', model: 'a', error: 'no such key' };
    const happens: Readonly<Record<string, Trial>> = { 'g/a': { kind: 'failed', outcome: error } };
    expect((await decide(['g'], happens)).outcomes).toEqual({ g: error });
    const killed = await decide(['g'], { ...happens, 'g/d': kill('d') });
    expect(killed.outcomes['g']?.outcome).toBe('killed');
  });

  it('find no guard implied that no model takes', async () => {
    expect((await decide(['g'], {}, [])).outcomes).toEqual({
      g: { outcome: 'survived', models: 0, more: '' },
    });
  });
});

describe('the record', () => {
  const killed: Outcome = { outcome: 'killed', model: 'm', violates: 'Agreement', states: 1234 };
  const record = { guards: { 'A.P.x > 1': killed }, passedOver: ['A.P.y'], unreached: [] };
  const found: Guards = { guards: [guard('A.P.x > 1')], passedOver: [guard('A.P.y')], unreached: [] };

  it('differs by name from guards that are new or gone', () => {
    expect(recordDifferences(record, found)).toEqual([]);
    const other: Guards = { guards: [guard('A.P.x > 2')], passedOver: [], unreached: ['A.Q'] };
    expect(recordDifferences(record, other)).toEqual([
      ...['new guard: A.P.x > 2', 'no longer a guard: A.P.x > 1'],
      ...['no longer a conjunct that is passed over: A.P.y', 'new definition that no Next reaches: A.Q'],
    ]);
  });

  it('has a fault where a guard survived, did not end, or has an error that no note explains', () => {
    const error: Outcome = { outcome: 'error', model: 'm', error: 'x' };
    const guards: Readonly<Record<string, Outcome>> = {
      k: killed,
      i: { outcome: 'implied', models: 2 },
      s: { outcome: 'survived', models: 2, more: 'm' },
      t: { outcome: 'timeout', model: 'm' },
      e: error,
      f: error,
    };
    expect(faults(guards, { f: 'guards f[x]', gone: 'x' })).toEqual([
      ...[
        'survived: s',
        'timeout: t',
        'error without a reason in guards-notes.json: e',
        'a note on no guard: gone',
      ],
    ]);
    expect(summary(Object.values(guards))).toBe(
      '6 guards: 1 killed, 1 implied, 2 error, 1 timeout, 1 survived',
    );
  });

  it('becomes a table, with notes', () => {
    const table = guardsTable(record, { 'A.P.x > 1': 'It is so.' });
    expect(table).toContain('| P | `x > 1` | killed | m violates Agreement after 1,234 states. It is so. |');
    expect(table).toContain('- `A.P.y`');
    expect(outcomeText({ outcome: 'survived', models: 0, more: '' })).toBe('no passing model takes it');
  });
});
