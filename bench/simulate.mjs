/**
 * `npm run bench:sim`: simulated seconds per second of one thread, five replicas under the default faults:
 * untraced, traced, and traced with the traces validated by TLC (if there is one). Untraced and traced runs
 * of the same seeds take turns, so that a busy machine slows both down. Needs `npm run build`; a young
 * generation of 64 MiB (--max-semi-space-size=64) saves some 5 % of the time. Arguments: rounds (15),
 * simulated seconds of a run (120).
 *
 * Runs in which too little happened measure nothing: fewer than 5 answers per simulated second, or more than
 * 100 simulated seconds per change of the leader, over all of them, fail. How fast it was fails nothing.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTlc } from '../dist/conformance/tlc/find.js';
import { validateTrace } from '../dist/conformance/trace/validate.js';
import { requestsAnswered } from '../dist/src/sim/swarm/floors.js';
import { standardSettings } from '../dist/src/sim/swarm/knobs.js';
import { runSeed } from '../dist/src/sim/swarm/run.js';

/** What TLC validates: more takes minutes. */
const VALIDATED_SECONDS = 60;

function run(seed, safetySeconds, traced) {
  const settings = { ...standardSettings(), safetySeconds };
  const began = process.cpuUsage();
  const started = performance.now();
  const report = runSeed({ seed, settings, traced });
  const { user, system } = process.cpuUsage(began);
  if (report.finding !== null) throw new Error(`seed ${seed}: ${report.finding.what}`);
  const seconds = report.simulatedMs / 1000;
  return {
    report,
    seconds,
    wall: (performance.now() - started) / 1000,
    cpu: (user + system) / 1e6,
    answers: requestsAnswered(report),
    changes: Math.max(0, report.ballotsThatLed - 1),
  };
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const sum = (runs, of) => runs.reduce((total, each) => total + each[of], 0);
const answersPerSecond = (runs) => sum(runs, 'answers') / sum(runs, 'seconds');
const secondsPerChange = (runs) => sum(runs, 'seconds') / Math.max(1, sum(runs, 'changes'));
const rate = (runs, of) => median(runs.map((each) => each.seconds / each[of]));

function print(name, runs) {
  const columns = [
    name.padEnd(22),
    rate(runs, 'wall').toFixed(0).padStart(8),
    rate(runs, 'cpu').toFixed(0).padStart(8),
    answersPerSecond(runs).toFixed(1).padStart(9),
    secondsPerChange(runs).toFixed(0).padStart(9),
  ];
  process.stdout.write(`${columns.join(' ')}\n`);
}

async function validated(seed, tlc) {
  const folder = mkdtempSync(join(tmpdir(), 'decree-bench-'));
  try {
    const started = performance.now();
    const one = run(seed, VALIDATED_SECONDS, true);
    for (const [name, text] of one.report.folder()) writeFileSync(join(folder, name), text);
    const result = await validateTrace({ name: folder, files: [folder] }, { tlc });
    if (result.verdict !== 'accepted') throw new Error(`seed ${seed}: ${JSON.stringify(result)}`);
    return { ...one, wall: (performance.now() - started) / 1000 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const [rounds = 15, seconds = 120] = process.argv.slice(2).map(Number);
// The compilers of the engine need some seconds of work before a run is as fast as the next.
for (let seed = 101; seed <= 108; seed += 1) run(seed, seconds, seed % 2 === 0);
const untraced = [];
const traced = [];
for (let seed = 1; seed <= rounds; seed += 1) {
  untraced.push(run(seed, seconds, false));
  traced.push(run(seed, seconds, true));
}
process.stdout.write(`medians of ${rounds} runs of ${seconds} s, five replicas, default faults\n`);
process.stdout.write('                        s/wall s  s/CPU s answers/s s/change\n');
print('untraced', untraced);
print('traced', traced);
const tlc = findTlc();
if ('missing' in tlc) process.stderr.write(`not measured with validation: ${tlc.missing}\n`);
else {
  const runs = [];
  for (let seed = 1; seed <= Math.min(3, rounds); seed += 1) runs.push(await validated(seed, tlc));
  print('traced and validated', runs);
}
if (answersPerSecond(untraced) < 5 || secondsPerChange(untraced) > 100) {
  process.stderr.write('too few answers or changes of the leader: these runs measure nothing\n');
  process.exitCode = 1;
}
