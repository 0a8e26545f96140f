/**
 * Seeds of the simulator: a fixed set, and a fresh one whose first seed is the time in seconds. A failure
 * names its seed and the command that runs it again; DECREE_SEED sets the first fresh seed and DECREE_RUNS
 * how many of each set there are.
 */
import { describe, expect, it } from 'vitest';
import { add, failureOf, NOTHING, totalsOf, type Totals } from '../../src/sim/swarm/batch.js';
import { batchFloors } from '../../src/sim/swarm/floors.js';
import { replayCommand } from '../../src/sim/swarm/format.js';
import { runSeed, settingsOf } from '../../src/sim/swarm/run.js';

const RUNS = Number(process.env['DECREE_RUNS'] ?? 60);
const FRESH = Number(process.env['DECREE_SEED'] ?? Math.floor(Date.now() / 1000));
const PER_TEST = 10;

const again = (seed: number): string =>
  `npm run build && ${replayCommand('node dist/src/cli/main.js', { faults: 'drawn', set: {} }, seed)}`;

/** Runs seeds; answers what they came to, and what is wrong with each, with the command that shows it. */
function runSeeds(first: number, count: number): { totals: Totals; wrong: string[] } {
  let totals = NOTHING;
  const wrong: string[] = [];
  for (let seed = first; seed < first + count; seed++) {
    const report = runSeed({ seed });
    totals = add(totals, totalsOf(report));
    const failure = failureOf(report);
    if (failure !== null)
      wrong.push(`seed ${seed}: ${failure.failure}: ${failure.what}; again: ${again(seed)}`);
  }
  return { totals, wrong };
}

describe('seeds of the simulator', () => {
  process.stdout.write(`test/sim/swarm.test.ts: fresh seeds from ${FRESH} on\n`);
  let all = NOTHING;

  it.each(
    [1, FRESH].flatMap((first) =>
      Array.from({ length: Math.ceil(RUNS / PER_TEST) }, (_, i) => [first + i * PER_TEST] as const),
    ),
  )('pass all checks: ten from %i on', { timeout: 240_000 }, (first) => {
    const { totals, wrong } = runSeeds(first, PER_TEST);
    all = add(all, totals);
    expect(wrong).toEqual([]);
  });

  it('together reach the floors of a batch', () => {
    expect(batchFloors(all)).toEqual([]);
  });
});

describe('a seed', () => {
  const text = (report: ReturnType<typeof runSeed>): string =>
    JSON.stringify({ ...report, folder: undefined });
  /** The first seeds of a cell of three and of five that begin before they are long. */
  const some = [3, 5].map((members) => {
    for (let seed = 1; ; seed++) {
      const drawn = settingsOf(seed);
      if (drawn.members === members && drawn.safetySeconds < 60 && drawn.lossPerMille > 0) return seed;
    }
  });

  it.each([...some, FRESH])('%i runs the same way each time, traced or not', { timeout: 120_000 }, (seed) => {
    const bare = runSeed({ seed });
    const one = runSeed({ seed, traced: true });
    const two = runSeed({ seed, traced: true });
    expect(text(one)).toBe(text(bare));
    expect(text(two)).toBe(text(bare));
    const folder = [...one.folder()];
    expect(folder.length).toBeGreaterThan(1);
    expect([...two.folder()]).toEqual(folder);
    // Asked again, and after the run was asked for it, nothing changes.
    expect([...one.folder()]).toEqual(folder);
    expect(bare.folder().size).toBe(1);
  });

  it('is another run than the next one', () => {
    const [seed = 1] = some;
    expect(text(runSeed({ seed: seed + 1 }))).not.toBe(text(runSeed({ seed })));
  });
});
