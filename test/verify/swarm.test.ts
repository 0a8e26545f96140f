/** The batch: its exit codes, what it keeps of failing seeds, its results, going on with them, merging. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../../src/errors.js';
import { FAILURE_CLASSES, FAILURES } from '../../src/sim/checks/finding.js';
import type { Plan } from '../../src/sim/swarm/choice.js';
import { runSeed, type SeedReport, type SeedSetup } from '../../src/sim/swarm/run.js';
import { replaySeed } from '../../src/verify/swarm/replay.js';
import { readResults } from '../../src/verify/swarm/results-file.js';
import { mergeFiles, runBatch, type BatchOptions } from '../../src/verify/swarm/run-batch.js';
import { describeWithTlc } from '../conformance/with-tlc.js';

const base = mkdtempSync(join(tmpdir(), 'decree-swarm-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

let made = 0;
let lines: string[] = [];
let warnings: string[] = [];
beforeEach(() => {
  lines = [];
  warnings = [];
});

const fresh = (): string => join(base, `${(made += 1)}`);
/** Short runs: two members in good weather. */
const PLAN: Plan = {
  ...{ start: 1, seeds: 4, shard: { index: 1, of: 1 }, faults: 'none', validate: 0 },
  set: { members: 2, safetySeconds: 2, heartbeatMs: 50, thinkMs: 200 },
};
const options = (plan: Partial<Plan>, more: Partial<BatchOptions> = {}): BatchOptions => ({
  plan: { ...PLAN, ...plan },
  ...{ minutes: null, out: fresh(), shrink: 0, results: null, resume: null },
  ...{ tlc: { missing: 'no TLC in this test' }, program: 'decree', verbose: false },
  print: (line) => lines.push(line),
  warn: (line) => warnings.push(line),
  ...more,
});
const printed = (): string => lines.join('\n');

/** runSeed, whose report is changed for one seed. */
const doctored =
  (seed: number, change: (report: SeedReport, setup: SeedSetup) => SeedReport) =>
  (setup: SeedSetup): SeedReport =>
    setup.seed === seed ? change(runSeed(setup), setup) : runSeed(setup);

describe('a batch', () => {
  it('passes where all seeds do, and says what happened', async () => {
    expect(await runBatch(options({}))).toBe('ok');
    expect(printed()).toMatch(/^seeds +4$/m);
    expect(printed()).toMatch(/^failures +0$/m);
    expect(printed()).toMatch(/^ {2}frames sent +[\d,]+$/m);
  });

  it.each(FAILURE_CLASSES)(
    'ends with the code of %s, names the seed and keeps its folder',
    async (failure) => {
      const run = doctored(3, (report) => ({
        ...report,
        finding: { failure, atMs: 1_234, what: 'planted\nand more' },
      }));
      const given = options({}, { run });
      const exit = await runBatch(given);
      expect(EXIT[exit]).toBe(FAILURES[failure]);
      const kept = join(given.out, '3');
      expect(printed()).toContain(`FAILED seed 3: ${failure} at 1.2 s: planted\n    and more`);
      expect(printed()).toContain('  again:  decree simulate --replay 3 --faults none --set members=2 --set');
      expect(printed()).toContain(`  kept:   ${kept}`);
      expect(printed()).toMatch(new RegExp(`^ {2}${failure} +1: seed 3$`, 'm'));
      expect(existsSync(join(kept, 'manifest.json'))).toBe(true);
      const report = JSON.parse(readFileSync(join(kept, 'report.json'), 'utf8')) as unknown;
      expect(report).toMatchObject({ version: 1, seed: 3, failure: { failure }, settings: { members: 2 } });
      expect(existsSync(join(given.out, '2'))).toBe(false);
    },
  );

  it('is decided by its first failing seed', async () => {
    const run = (setup: SeedSetup): SeedReport => {
      const failure = setup.seed === 2 ? 'bound' : 'history';
      return { ...runSeed(setup), ...(setup.seed > 1 && { finding: { failure, atMs: 1, what: 'x' } }) };
    };
    expect(await runBatch(options({}, { run }))).toBe('bound');
  });

  it('takes a run that breaks off for a failure, without a stack unless asked', async () => {
    const run = doctored(2, () => {
      throw new Error('a member did not stop');
    });
    expect(await runBatch(options({}, { run }))).toBe('stop');
    expect(printed()).toContain('FAILED seed 2: stop: the run broke off: a member did not stop');
    expect(printed()).toMatch(/^seeds +4$/m);
    expect([...lines, ...warnings].join('\n')).not.toContain('swarm.test.ts');
    await runBatch(options({}, { run, verbose: true }));
    expect(warnings.join('\n')).toContain('swarm.test.ts');
  });

  it('notices a run that is another one with traces', async () => {
    const run = doctored(1, (report, { traced }) => ({ ...report, slots: traced === true ? 1 : 2 }));
    expect(await runBatch(options({ seeds: 1, validate: 1 }, { run }))).toBe('stop');
    expect(printed()).toContain('something is not deterministic');
  });

  it('misses its floors where nothing was injected', async () => {
    const bare = (setup: SeedSetup): SeedReport => {
      const report = one ?? (one = runSeed(setup));
      return { ...report, settings: { ...report.settings, crashes: 5_000 } };
    };
    let one: SeedReport | null = null;
    expect(await runBatch(options({ seeds: 50 }, { run: bare }))).toBe('floor');
    expect(printed()).toMatch(/FAILED floor: crashes: 0; under these settings at least \d+ should be/);
  });

  it('mixes its folders with nobody’s files', async () => {
    const given = options({}, { run: doctored(2, (report) => ({ ...report, slots: 0 })) });
    expect(await runBatch(given)).toBe('floor');
    expect(await runBatch(given)).toBe('floor');
    writeFileSync(join(given.out, '2', 'mine.txt'), 'x');
    expect(await runBatch(given)).toBe('floor');
    expect(warnings).toEqual([expect.stringMatching(/holds mine.txt, so the folder of seed 2 is not kept/)]);
    const again = { ...given, seed: 2, out: join(given.out, '2') };
    await expect(replaySeed(again)).rejects.toThrow(/holds other files, as mine.txt: name a directory/);
    expect(readdirSync(again.out)).toContain('mine.txt');
  });
});

describe('without TLC', () => {
  it('one loud line says what was not run, and the exit code does', async () => {
    expect(await runBatch(options({ validate: 2 }))).toBe('notRun');
    expect(warnings).toEqual(['NOT RUN: no trace of a seed is replayed. no TLC in this test']);
    expect(printed()).toMatch(/^traces replayed by TLC +0 accepted, of 0 events; 2 not run$/m);
  });

  it('a failure stays the failure', async () => {
    const run = doctored(1, (report) => ({ ...report, slots: 0 }));
    expect(await runBatch(options({ validate: 2 }, { run }))).toBe('floor');
    expect(await replaySeed({ ...options({ validate: 1 }, { run }), seed: 1 })).toBe('floor');
    expect(await replaySeed({ ...options({ validate: 1 }), seed: 1 })).toBe('notRun');
    expect(await replaySeed({ ...options({ validate: 0 }), seed: 1 })).toBe('ok');
  });
});

describeWithTlc('with TLC', (tlc) => {
  it(
    'the sample is replayed, and a run that the spec does not allow fails',
    { timeout: 120_000 },
    async () => {
      expect(await runBatch(options({ validate: 4 }, { tlc }))).toBe('ok');
      expect(printed()).toMatch(/^traces replayed by TLC +1 accepted, of [\d,]+ events$/m);
      // The trace says once that it executed a slot less.
      const altered = (text: string): string => text.replace('"applied":1', '"applied":0');
      const run = doctored(1, (report) => ({
        ...report,
        folder: () => new Map([...report.folder()].map(([name, text]) => [name, altered(text)])),
      }));
      const given = options({ validate: 4 }, { tlc, run });
      expect(await runBatch(given)).toBe('conformance');
      expect(printed()).toMatch(/FAILED seed 1: conformance at [\d.]+ s: REJECTED/);
      expect(existsSync(join(given.out, '1', 'manifest.json'))).toBe(true);
    },
  );

  it('says of a failing seed whether the spec allows what it did', { timeout: 120_000 }, async () => {
    const out = fresh();
    const planted = { holdNothing: true };
    const set = { ...PLAN.set, members: 3, syncMs: 40 };
    const given = { ...options({ set, validate: 1 }, { tlc, planted }), seed: 1, out };
    expect(await replaySeed(given)).toBe('invariant');
    expect(printed()).toMatch(/FAILED seed 1: invariant at/);
    expect(printed()).toMatch(/ {2}traces: REJECTED/);
    expect(printed()).toContain('  syncMs=40');
    expect(printed()).toMatch(/recovery: /);
    // The same seed without the mistake.
    expect(await replaySeed({ ...given, planted: {}, out: fresh() })).toBe('ok');
  });
});

describe('results', () => {
  const shard = async (index: number, of: number, plan: Partial<Plan> = {}): Promise<string> => {
    const results = `${fresh()}.json`;
    await runBatch(options({ seeds: 5, shard: { index, of }, ...plan }, { results }));
    return results;
  };
  const merged = (...files: string[]): string => {
    lines = [];
    return `${mergeFiles(files, 'decree', (line) => lines.push(line))}\n${printed()}`;
  };

  it('of shards add up to those of the whole', async () => {
    const parts = [await shard(1, 3), await shard(2, 3), await shard(3, 3)];
    const whole = readResults(await shard(1, 1)).totals;
    const [a, b, c] = parts.map((path) => readResults(path).totals);
    expect([a?.seeds, b?.seeds, c?.seeds]).toEqual([2, 2, 1]);
    const text = merged(...parts);
    expect(text).toMatch(/^ok\n/);
    expect(text).toMatch(/^seeds +5$/m);
    expect((a?.slots ?? 0) + (b?.slots ?? 0) + (c?.slots ?? 0)).toBe(whole.slots);
  });

  it('are no whole without a shard, with one twice, of other code, or cut short', async () => {
    const [one, two] = [await shard(1, 2), await shard(2, 2)];
    expect(merged(one, two)).toMatch(/^ok\n/);
    expect(merged(one)).toMatch(/^invalidInput\n[^]*FAILED merge: .* shards are missing: 2\/2$/m);
    expect(merged(one, two, one)).toMatch(/^invalidInput\n[^]*share 3 seeds, as seed 1$/m);
    expect(merged(one, two, await shard(1, 1, { start: 3 }))).toMatch(/share \d seeds/);
    const other = `${fresh()}.json`;
    writeFileSync(other, JSON.stringify({ ...readResults(two), code: 'other' }));
    expect(merged(one, other)).toMatch(/^invalidInput\n[^]*are results of different code$/m);
    writeFileSync(other, JSON.stringify({ ...readResults(two), ended: null }));
    expect(merged(one, other)).toMatch(/^invalidInput\n[^]*was not ended: it has 2 of 2 seeds/m);
  });

  it('carry failures into the merge', async () => {
    const results = `${fresh()}.json`;
    const run = doctored(2, (report) => ({ ...report, slots: 0 }));
    expect(await runBatch(options({}, { results, run }))).toBe('floor');
    expect(merged(results)).toMatch(
      /^floor\n[^]*FAILED seed 2: floor: no slot was chosen; decree simulate --replay 2 /m,
    );
  });

  it('go on where a run was ended, and only where it was the same', async () => {
    const file = `${fresh()}.json`;
    const seeds: number[] = [];
    const run = (setup: SeedSetup): SeedReport => {
      seeds.push(setup.seed);
      return runSeed(setup);
    };
    expect(await runBatch(options({ seeds: 2 }, { resume: file, run }))).toBe('ok');
    expect(await runBatch(options({ seeds: 5 }, { resume: file, run }))).toBe('ok');
    expect(seeds).toEqual([1, 2, 3, 4, 5]);
    expect(readResults(file).totals).toEqual(readResults(await shard(1, 1)).totals);
    await expect(runBatch(options({ start: 2 }, { resume: file }))).rejects.toThrow(
      /other seeds or settings/,
    );
    await expect(runBatch(options({ faults: 'default' }, { resume: file }))).rejects.toThrow(
      /other seeds or/,
    );
    await expect(runBatch(options({}, { results: file }))).rejects.toThrow(/is there already: --resume it/);
    writeFileSync(file, JSON.stringify({ ...readResults(file), code: 'other' }));
    await expect(runBatch(options({}, { resume: file }))).rejects.toThrow(/results of other code/);
  });

  it('end where the time is over', async () => {
    const results = `${fresh()}.json`;
    await runBatch(options({ seeds: null }, { minutes: 0, results }));
    expect(readResults(results)).toMatchObject({ ended: 'time is over', totals: { seeds: 0 } });
  });

  it.each([
    ['no JSON', 'x', /cannot be read as JSON/],
    ['another version', '{"version":2}', /holds no results of decree simulate/],
  ])('that are %s are named', (_, text, says) => {
    const file = `${fresh()}.json`;
    writeFileSync(file, text);
    expect(() => readResults(file)).toThrow(says);
    expect(() => readResults(file)).toThrow(file);
  });
});
