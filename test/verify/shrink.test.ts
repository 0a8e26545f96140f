/** A failing seed leaves a smaller run that fails in the same way, and the command that runs it again. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { validateTraces } from '../../conformance/trace/validate.js';
import { planOf } from '../../src/cli/commands/simulate.js';
import type { Plan } from '../../src/sim/swarm/choice.js';
import type { Settings } from '../../src/sim/swarm/knobs.js';
import { runSeed, type SeedReport, type SeedSetup } from '../../src/sim/swarm/run.js';
import { replaySeed, type ReplayOptions } from '../../src/verify/swarm/replay.js';
import { runBatch, type BatchOptions } from '../../src/verify/swarm/run-batch.js';
import { read } from '../cli/simulate-line.js';
import { describeWithTlc } from '../conformance/with-tlc.js';

const base = mkdtempSync(join(tmpdir(), 'decree-smaller-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

let made = 0;
let lines: string[] = [];
let warnings: string[] = [];
beforeEach(() => {
  lines = [];
  warnings = [];
});

const fresh = (): string => join(base, `${(made += 1)}`);
const printed = (): string => lines.join('\n');

/** Weather in which ballots contend: a replica that forgets its promise is soon noticed. */
const ROUGH: Plan = {
  ...{ start: 1, seeds: 1, shard: { index: 1, of: 1 }, faults: 'default', validate: 0 },
  set: {
    leaseMs: 0,
    safetySeconds: 40,
    thinkMs: 400,
    partitions: 100,
    isolations: 100,
    crashes: 100,
    lossPerMille: 100,
  },
};
const PLANTED = { acceptIgnoresPromise: true };
/** Short runs of two members in good weather. */
const CALM: Plan = {
  ...{ ...ROUGH, faults: 'none', seeds: 3 },
  set: { members: 2, safetySeconds: 2, heartbeatMs: 50, thinkMs: 100 },
};

const options = (plan: Plan, more: Partial<BatchOptions> = {}): BatchOptions => ({
  ...{ plan, minutes: null, out: fresh(), shrink: 40, results: null, resume: null },
  ...{ tlc: { missing: 'no TLC in this test' }, program: 'decree', verbose: false },
  print: (line) => lines.push(line),
  warn: (line) => warnings.push(line),
  ...more,
});

/** runSeed, whose reports are changed. */
const doctored =
  (change: (report: SeedReport, setup: SeedSetup) => Partial<SeedReport>) =>
  (setup: SeedSetup): SeedReport => {
    const report = runSeed(setup);
    return { ...report, ...change(report, setup) };
  };
/** A failure of the class `bound` whatever the run is. */
const always = doctored(() => ({ finding: { failure: 'bound', atMs: 900, what: 'planted' } }));

interface Kept {
  readonly again: string;
  readonly failure: { readonly failure: string; readonly atMs: number };
  readonly settings: Settings;
  readonly skip: readonly number[];
  readonly shrunk?: { readonly reduced: readonly string[]; readonly runs: number };
  readonly strikes: readonly { readonly what: string }[];
  readonly simulatedMs: number;
  readonly counts: unknown;
}

const reportIn = (folder: string): Kept =>
  JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as Kept;
const strikes = (kept: Kept): number => kept.strikes.filter(({ what }) => what !== '').length;
const traces = (folder: string): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(folder)
      .filter((name) => name.endsWith('.ndjson'))
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );

/** The first seed under ROUGH that meets the mistake amid the faults, and keeps some strikes when shrunk. */
async function failing(more: Partial<BatchOptions> = {}): Promise<readonly [BatchOptions, string]> {
  for (let start = 22; start < 40; start++) {
    lines = [];
    const given = options({ ...ROUGH, start }, { planted: PLANTED, ...more });
    if ((await runBatch(given)) === 'ok') continue;
    const folder = join(given.out, String(start));
    const { failure, settings } = reportIn(folder);
    if (failure.atMs > 1_000 * settings.safetySeconds) continue;
    if (reportIn(join(folder, 'shrunk')).skip.length > 0) return [given, folder];
  }
  throw new Error('no seed fails as the test needs it');
}

/** What the command line asks of --replay. */
async function replayed(again: string, more: Partial<ReplayOptions>): Promise<ReplayOptions> {
  expect(again).toMatch(/^decree simulate --replay /);
  const { flags } = await read(again.slice('decree '.length));
  if (flags?.replay === undefined) throw new Error('no --replay');
  const { skip = new Set<number>(), replay: seed } = flags;
  return { ...options(planOf(flags)), seed, skip, shrink: 0, out: null, ...more };
}

describe('a failing seed', () => {
  it('leaves a smaller run, which its command runs again', { timeout: 120_000 }, async () => {
    const [, folder] = await failing();
    const small = join(folder, 'shrunk');
    const [before, after] = [reportIn(folder), reportIn(small)];
    expect(after.failure.failure).toBe(before.failure.failure);
    expect(strikes(after)).toBeLessThan(strikes(before));
    expect(after.settings.members).toBeLessThanOrEqual(before.settings.members);
    expect(after.settings.safetySeconds).toBeLessThan(before.settings.safetySeconds);
    // Not its bytes: a cell that is hurt less does more in a second.
    expect(after.simulatedMs).toBeLessThanOrEqual(before.simulatedMs + 1_000);
    expect(existsSync(join(small, 'manifest.json'))).toBe(true);
    expect(after.shrunk?.reduced.length).toBeGreaterThan(0);
    expect(after.shrunk?.runs).toBeLessThanOrEqual(40);
    expect([before.skip, before.shrunk]).toEqual([[], undefined]);
    expect(printed()).toMatch(
      /^ {2}shrunk: \d+ -> \d+ strikes, \d -> \d members, [\d.]+ -> [\d.]+ simulated/m,
    );
    expect(printed()).toContain(`: decree validate ${small}\n  again:  ${after.again}`);
    expect(after.again).toContain(` --skip ${after.skip.join(',')}`);

    const out = fresh();
    const again = await replayed(after.again, { out, planted: PLANTED });
    expect(await replaySeed(again)).toBe(before.failure.failure);
    const once = reportIn(out);
    const facts = ({ failure: { atMs }, settings, skip, counts, again: line }: Kept): unknown => [
      atMs,
      settings,
      skip,
      counts,
      line,
    ];
    expect(facts(once)).toEqual(facts(after));
    expect(traces(out)).toEqual(traces(small));
    // Without the mistake nothing is wrong with the run.
    expect(await replaySeed({ ...again, planted: {}, plan: { ...again.plan, validate: 0 } })).not.toBe(
      before.failure.failure,
    );
  });

  it('is the first of its class', { timeout: 60_000 }, async () => {
    const run = doctored((_, { seed }) => ({
      finding: { failure: seed === 2 ? 'liveness' : 'bound', atMs: 900, what: 'planted' },
    }));
    const given = options(CALM, { run, shrink: 2 });
    expect(await runBatch(given)).toBe('bound');
    const shrunk = [1, 2, 3].map((seed) => existsSync(join(given.out, `${seed}`, 'shrunk', 'report.json')));
    expect(shrunk).toEqual([true, true, false]);
    expect(lines.filter((line) => line.startsWith('  shrunk: '))).toHaveLength(2);
  });

  it('is not shrunk where nobody wants it', async () => {
    const given = options(CALM, { run: always, shrink: 0 });
    expect(await runBatch(given)).toBe('bound');
    expect(existsSync(join(given.out, '1', 'report.json'))).toBe(true);
    expect(existsSync(join(given.out, '1', 'shrunk'))).toBe(false);
    expect(printed()).not.toContain('shrunk');
  });

  it.each<readonly [string, (setup: SeedSetup) => SeedReport]>([
    ['the run broke off', () => expect.unreachable('a stop')],
    ['too little happened, and in a smaller run less', doctored(() => ({ slots: 0 }))],
    [
      'the run is not the same each time',
      doctored((report, { traced }) => ({ slots: report.slots + (traced === true ? 1 : 0) })),
    ],
  ])('is not shrunk, and says so, where %s', async (why, run) => {
    const given = options({ ...CALM, seeds: 1, validate: 1 }, { run });
    expect(await runBatch(given)).not.toBe('ok');
    expect(printed()).toContain(`  shrunk: no, ${why}`);
    expect(existsSync(join(given.out, '1', 'shrunk'))).toBe(false);
  });

  it('says so where no smaller run fails', async () => {
    const run = doctored(({ settings }) => ({
      finding: settings.safetySeconds < 2 ? null : { failure: 'bound', atMs: 1_900, what: 'planted' },
    }));
    const given = options({ ...CALM, seeds: 1 }, { run, shrink: 1 });
    expect(await runBatch(given)).toBe('bound');
    expect(printed()).toContain('  shrunk: no, nothing smaller fails in the same way (runs tried: 1)');
    expect(existsSync(join(given.out, '1', 'shrunk'))).toBe(false);
  });

  it('leaves nothing of an earlier smaller run, and nobody’s files are lost', async () => {
    const given = options({ ...CALM, seeds: 1 }, { run: always, shrink: 2 });
    await runBatch(given);
    const shrunk = join(given.out, '1', 'shrunk');
    expect(existsSync(shrunk)).toBe(true);
    await runBatch({ ...given, shrink: 0 });
    expect(existsSync(shrunk)).toBe(false);
    await runBatch(given);
    writeFileSync(join(shrunk, 'mine.txt'), 'x');
    await runBatch(given);
    expect(warnings).toEqual([expect.stringMatching(/holds shrunk\/mine.txt, so the folder of seed 1/)]);
    expect(readdirSync(shrunk)).toContain('mine.txt');
  });
});

describe('--replay', () => {
  it('shrinks too where it is asked', async () => {
    const out = fresh();
    const given = { ...options(CALM, { run: always, shrink: 3 }), seed: 2, out };
    expect(await replaySeed(given)).toBe('bound');
    expect(printed()).toContain(join(out, 'shrunk'));
    expect(reportIn(join(out, 'shrunk'))).toMatchObject({ seed: 2, failure: { failure: 'bound' } });
  });

  it('refuses to leave out a strike that the run does not have', async () => {
    const given = { ...options(CALM), seed: 2, shrink: 0, out: null };
    await expect(replaySeed({ ...given, skip: new Set([4]) })).rejects.toThrow(
      '--skip: there is no strike 4, for this run of seed 2 has none',
    );
    const set = { ...CALM.set, pauses: 1_000, safetySeconds: 20 };
    const rough = { ...given, plan: { ...CALM, set } };
    await expect(replaySeed({ ...rough, skip: new Set([0, 99_999]) })).rejects.toThrow(
      /no strike 99999, for this run of seed 2 has those from 0 to \d+$/,
    );
    expect(await replaySeed({ ...rough, skip: new Set([0]) })).toBe('ok');
  });
});

describeWithTlc('with TLC', (tlc) => {
  it('the smaller run is ready to be validated', { timeout: 120_000 }, async () => {
    const [, folder] = await failing();
    const [one, ...more] = await validateTraces([join(folder, 'shrunk')], { tlc });
    expect(more).toEqual([]);
    expect(one?.verdict).toBe('rejected');
  });

  it('what TLC alone finds is not shrunk', { timeout: 120_000 }, async () => {
    const altered = (text: string): string => text.replace('"applied":1', '"applied":0');
    const run = doctored((report) => ({
      folder: () => new Map([...report.folder()].map(([name, text]) => [name, altered(text)])),
    }));
    const given = options({ ...CALM, seeds: 1, validate: 1 }, { tlc, run });
    expect(await runBatch(given)).toBe('conformance');
    expect(printed()).toContain('  shrunk: no, TLC found it after the run');
  });
});
