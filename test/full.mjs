/**
 * `npm run test:full`: everything of `npm test` and the longer searches, under 80 minutes on 2 cores. Ended
 * early, it goes on where it stopped, as long as the commit is the same. `--again` begins anew.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const VITEST = 'node_modules/vitest/vitest.mjs';
const MAIN = 'dist/src/cli/main.js';
const seed = Math.floor(Math.random() * 2 ** 31);
const long = { DECREE_SEED: String(seed) };

const STEPS = [
  { name: 'all tests', args: [VITEST, 'run'] },
  {
    name: 'every model of the spec, larger bounds and random runs too',
    args: [MAIN, 'check', '--tier', 'full', '--resume', '.cache/check-full.json'],
  },
  {
    name: 'random runs of cores, 60 times as many',
    args: [VITEST, 'run', 'test/core/random-runs.test.ts', '--testTimeout', '1800000'],
    env: { ...long, DECREE_RUNS: '60' },
  },
  {
    name: '1,000 storms over whole cells',
    args: [VITEST, 'run', 'test/sim/storm.test.ts', '--testTimeout', '1800000'],
    env: { ...long, DECREE_RUNS: '1000' },
  },
  {
    name: '1,500 seeds of the simulator, 15 of them replayed by TLC',
    args: [MAIN, 'simulate', '--seeds', '1500', '--start', String(seed), '--validate', '100'],
  },
  {
    name: 'histories of simulated runs, also judged by Porcupine',
    args: ['test/history/porcupine.mjs'],
    env: { ...long, DECREE_RUNS: '100' },
  },
  { name: 'the killer of each guard of the spec', args: [MAIN, 'mutants', 'spec', '--verify'] },
  ...[3, 5, 7].map((replicas) => ({
    name: `the main job with ${replicas} replicas`,
    args: [MAIN, 'verify', '--no-models', '--replicas', String(replicas), '--seconds', '60'],
  })),
];

const STATE = '.cache/test-full.json';
const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
const clean = execFileSync('git', ['status', '--porcelain'], { encoding: 'utf8' }) === '';
const before = existsSync(STATE) ? JSON.parse(readFileSync(STATE, 'utf8')) : {};
const goesOn = clean && before.commit === commit && !process.argv.includes('--again');
const passed = new Set(goesOn ? before.passed : []);

let failed = 0;
for (const { name, args, env } of STEPS) {
  if (passed.has(name)) {
    console.log(`passed before: ${name}`);
    continue;
  }
  console.log(`begins: ${name}${env === undefined ? '' : `, seed ${env.DECREE_SEED}`}`);
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  if (status === 0) passed.add(name);
  else failed += 1;
  mkdirSync('.cache', { recursive: true });
  writeFileSync(STATE, JSON.stringify({ commit, passed: [...passed] }));
}
console.log(`${passed.size} of ${STEPS.length} steps passed`);
process.exitCode = failed === 0 ? 0 : 1;
