/**
 * Records schedules with TLC: the counterexample of a broken spec with the first of its steps that the
 * spec itself forbids, and random runs of the spec.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DecreeError } from '../../src/errors.js';
import { packageRoot } from '../../src/root.js';
import { readPatch, specFolder } from '../models/codec.js';
import { patchedFolder, removeFolder } from '../models/patch.js';
import type { Tlc } from '../tlc/find.js';
import { parseErrors } from '../tlc/output.js';
import { runTlc, type TlcResult } from '../tlc/run.js';
import type { Schedule } from './codec.js';
import { tellingRuns } from './kinds.js';
import { parseStates, stepsOf } from './read.js';
import type { Broken, Runs } from './table.js';

const HERE = join(packageRoot(), 'conformance', 'schedules');
const TIME_LIMIT = 300_000;

/** TLC's counterexample of a broken spec. Throws DecreeError where TLC finds none. */
export async function recordBroken(tlc: Tlc, broken: Broken): Promise<Schedule> {
  const patch = readPatch(`${broken.patch}.json`, broken.planted === true ? HERE : specFolder());
  const base = configuration(readFileSync(join(specFolder(), broken.cfg), 'utf8'));
  const cfg = broken.invariant === undefined ? base : { ...base, checks: `INVARIANT ${broken.invariant}` };
  const patched = patchedFolder(specFolder(), patch);
  try {
    const script = broken.script === undefined ? '' : ` /\\ Tells(${broken.script})`;
    const symmetry = broken.script === undefined ? ['SYMMETRY RecordingSymmetry'] : [];
    const also = broken.also === undefined ? '' : ` \\/ \\E r \\in Replica : ${broken.also}(r)`;
    const module = recordingModule(cfg, 'Init /\\ Begins', `(${cfg.next}${also}) /\\ Says${script}`);
    const found = await inFolder(
      { 'Recording.tla': module, 'Recording.cfg': text(cfg, symmetry, broken.echo === true) },
      (dir) => runTlc({ tlc, dir, module: 'Recording', libraryDirs: [HERE, patched], timeoutMs: TIME_LIMIT }),
    );
    if (found.violated === undefined) throw failed(`the broken spec ${patch.id} shows nothing`, found);
    const steps = stepsOf(parseStates(found.trace));
    return {
      name: broken.name,
      title: patch.title,
      ...headerOf(cfg),
      patch: patch.id,
      violates: found.violated,
      forbidden: await firstForbidden(tlc, cfg, found.trace),
      steps,
    };
  } finally {
    removeFolder(patched);
  }
}

/** Random runs of the spec that TLC draws from a seed: those that show what none before them shows. */
export async function recordRuns(tlc: Tlc, runs: Runs): Promise<Schedule[]> {
  const cfg = configuration(runsText(runs));
  const module = recordingModule(cfg, 'Init /\\ Begins', 'ScheduleNext');
  const files = { 'Recording.tla': module, 'Recording.cfg': text(cfg, [], false) };
  return inFolder(files, async (dir) => {
    const simulate = `num=${runs.runs},file=${join(dir, 'run')}`;
    const extra = ['-simulate', simulate, '-depth', String(runs.depth), '-seed', String(runs.seed)];
    const libraryDirs = [HERE, specFolder()];
    const found = await runTlc({ tlc, dir, module: 'Recording', libraryDirs, extra, timeoutMs: TIME_LIMIT });
    if (found.verdict !== 'ok') throw failed(`the random runs ${runs.name} are not of the spec`, found);
    const drawn = Array.from({ length: runs.runs }, (_, i) => ({
      name: `${runs.name}-${String(i + 1).padStart(3, '0')}`,
      title: `run ${i + 1} of those that TLC draws from seed ${runs.seed}`,
      ...headerOf(cfg),
      steps: stepsOf(parseStates(readFileSync(join(dir, `run_0_${i}`), 'utf8'))),
    }));
    return tellingRuns(drawn);
  });
}

/**
 * The first step, from 1, of the behaviour that TLC printed which is none of the spec itself. TLC
 * decides: it is given the states one by one.
 */
async function firstForbidden(tlc: Tlc, cfg: Configuration, trace: string): Promise<number> {
  const states = trace.split(/^State \d+: .*$/m).slice(1);
  /** TLC assigns a variable where it reads `variable' = value`, not under an operator that is primed. */
  const assigned = (state: string, prime: string): string => {
    const variables = state.split(/^\/\\ /m).slice(1);
    const kept = variables.filter((one) => !/^(?:did|counted) =/.test(one));
    return kept.map((one) => `/\\ ${one.replace(' = ', `${prime} = `)}`).join('');
  };
  const cases = states.map((state, i) => `State${i + 1} ==\n${assigned(state, i === 0 ? '' : "'")}`);
  const next = states.slice(1).map((_, i) => `at = ${i + 1} /\\ at' = ${i + 2} /\\ State${i + 2}`);
  const module = [
    '---- MODULE Recording ----',
    'EXTENDS MCPaxosReplica',
    `CONSTANTS ${constantsOf(cfg).join(', ')}`,
    'VARIABLE at',
    ...cases,
    'RecordingInit == at = 1 /\\ State1',
    'RecordingNext ==',
    `  /\\ \\/ ${next.join('\n     \\/ ')}`,
    '  /\\ Next',
    '====',
  ].join('\n');
  const bare: Configuration = { ...cfg, checks: '' };
  const files = { 'Recording.tla': module, 'Recording.cfg': text(bare, [], undefined) };
  const found = await inFolder(files, (dir) =>
    runTlc({ tlc, dir, module: 'Recording', libraryDirs: [specFolder()], timeoutMs: TIME_LIMIT }),
  );
  if (found.verdict !== 'ok') throw failed('the steps of a counterexample cannot be judged', found);
  if (found.depth >= states.length)
    throw new DecreeError('internal', 'the spec itself allows every step of a counterexample');
  return found.depth;
}

interface Configuration {
  readonly next: string;
  readonly replicas: readonly string[];
  readonly values: readonly string[];
  readonly alpha: number;
  /** The lines of CONSTANTS. */
  readonly constants: string;
  /** Everything from INVARIANTS or PROPERTY on. */
  readonly checks: string;
}

/** Takes a configuration of MCPaxosReplica apart. */
function configuration(file: string): Configuration {
  const one = (pattern: RegExp): string => {
    const [, found] = pattern.exec(file) ?? [];
    if (found === undefined) throw new DecreeError('internal', `a configuration has no ${String(pattern)}`);
    return found;
  };
  return {
    next: one(/^NEXT (\w+)/m),
    replicas: one(/^ *Replica = \{(.*)\}/m).split(', '),
    values: one(/^ *Value = \{(.*)\}/m).split(', '),
    alpha: Number(one(/^ *Alpha = (\d+)/m)),
    constants: one(/^CONSTANTS\n((?: .*\n)*)/m),
    checks: /^(?:INVARIANT|PROPERT)[^]*/m.exec(file)?.[0] ?? '',
  };
}

function constantsOf({ replicas, values }: Configuration): string[] {
  return [...replicas, ...values];
}

function headerOf(cfg: Configuration): Pick<Schedule, 'replicas' | 'alpha' | 'noop'> {
  const { replicas, alpha, values } = cfg;
  return { replicas: [...replicas], alpha, noop: values.at(-1) ?? '' };
}

function recordingModule(cfg: Configuration, init: string, next: string): string {
  return [
    '---- MODULE Recording ----',
    'EXTENDS Schedules',
    `CONSTANTS ${constantsOf(cfg).join(', ')}`,
    `RecordingInit == ${init}`,
    `RecordingNext == ${next}`,
    'RecordingSymmetry == Permutations(Replica)',
    '====',
  ].join('\n');
}

/** `echo` is that of Schedules.tla; undefined where the module is not an extension of it. */
function text(cfg: Configuration, more: readonly string[], echo: boolean | undefined): string {
  const noop = cfg.values.at(-1) ?? '';
  const own = echo === undefined ? [] : ['Every = 1', `Noop = ${noop}`, `Echo = ${echo ? 'TRUE' : 'FALSE'}`];
  return [
    'INIT RecordingInit',
    'NEXT RecordingNext',
    ...(echo === undefined ? [] : ['VIEW scheduled']),
    ...more,
    'CONSTANTS',
    cfg.constants.trimEnd(),
    ...[...constantsOf(cfg).map((name) => `${name} = ${name}`), ...own].map((line) => `  ${line}`),
    cfg.checks,
  ].join('\n');
}

function runsText({ replicas, slots, alpha, ballots }: Runs): string {
  const names = Array.from({ length: replicas }, (_, i) => `r${i + 1}`).join(', ');
  return `NEXT ScheduleNext
CONSTANTS
  Replica = {${names}}
  Value = {v, w, x}
  Alpha = ${alpha}
  Term = 0
  Eps = 0
  Birth = {${names}}
  Membership <- NoMembership
  MaxSlot = ${slots}
  MaxBallot = ${ballots}
  MaxLevel = 0
  Slot <- BoundedSlot
  Ballot <- BoundedBallot
INVARIANTS
  TypeOK
  Agreement
PROPERTY RecordedIsSpec
`;
}

async function inFolder<A>(
  files: Readonly<Record<string, string>>,
  use: (dir: string) => Promise<A>,
): Promise<A> {
  const dir = mkdtempSync(join(tmpdir(), 'decree-schedules-'));
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), `${content}\n`);
    return await use(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function failed(what: string, found: TlcResult): DecreeError {
  return new DecreeError(
    'internal',
    `${what}: TLC ended with ${found.verdict}\n${parseErrors(found.output)}`,
  );
}
