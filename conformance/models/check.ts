/**
 * Runs the models of spec/ in TLC and compares what it finds with spec/models: verdict, violated
 * invariant, distinct states and depth. Each TLC has one worker, since with more the counts of a violation
 * vary; to use more cores, several run at once.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DecreeError } from '../../src/errors.js';
import type { Tlc } from '../tlc/find.js';
import { parseProperties } from '../tlc/config.js';
import { startMany, type ManyChecks } from '../tlc/many.js';
import {
  isTemporal,
  parseChecked,
  parseCoverage,
  parseErrors,
  parseFired,
  parseViolated,
} from '../tlc/output.js';
import { runTlc, type TlcResult } from '../tlc/run.js';
import {
  readModels,
  readPatch,
  specFolder,
  type Expected,
  type Model,
  type Simulation,
  type Tier,
} from './codec.js';
import { PatchError, patchedFolder, removeFolder } from './patch.js';

export interface CheckOptions {
  readonly tlc: Tlc;
  /** Each tier has those before it: small (`npm start`), quick (`npm test`), full. Default quick. */
  readonly tier?: Tier;
  /** Only these models, whatever their tier. */
  readonly names?: readonly string[];
  /** Without these. */
  readonly without?: ReadonlySet<string>;
  /** How many TLC run at once; default 2. */
  readonly workers?: number;
  /** Called when a model has been checked, in the order in which they end. */
  readonly onResult?: (result: ModelResult) => void;
  /** Default: spec/ of the package. */
  readonly folder?: string;
}

export interface ModelResult {
  readonly model: Model;
  /** `ok`, `invariant NAME`, `property NAME`, or what else TLC ended with. */
  readonly verdict: string;
  readonly distinct: number;
  readonly depth: number;
  readonly seconds: number;
  /** How it differs from what spec/models expects; empty if it does not. */
  readonly differences: readonly string[];
  /** The counterexample; empty if there is none. */
  readonly trace: string;
  /** Of random runs: how often each action had a successor. */
  readonly coverage?: ReadonlyMap<string, number>;
}

export interface CheckReport {
  /** In the order of spec/models. */
  readonly results: readonly ModelResult[];
  readonly ok: boolean;
  readonly seconds: number;
}

/** Checks a tier of models, or those named. Throws DecreeError for an unknown name. */
export async function checkModels(options: CheckOptions): Promise<CheckReport> {
  const folder = options.folder ?? specFolder();
  const selected = selectModels(readModels(folder), options);
  const models = selected.filter(({ name }) => options.without?.has(name) !== true);
  const started = performance.now();
  const waiting = [...models].sort((a, b) => b.seconds - a.seconds);
  const results = new Map<string, ModelResult>();
  const many = startMany(options.tlc);
  const work = async (): Promise<void> => {
    for (let model = waiting.shift(); model !== undefined; model = waiting.shift()) {
      const result = await checkModel(model, { tlc: options.tlc, many }, folder);
      results.set(model.name, result);
      options.onResult?.(result);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.max(1, options.workers ?? 2) }, work));
  } finally {
    await many?.end();
  }
  const ordered = models.flatMap((model) => results.get(model.name) ?? []);
  return {
    results: ordered,
    ok: selected.length > 0 && ordered.every((result) => result.differences.length === 0),
    seconds: (performance.now() - started) / 1000,
  };
}

const TIERS: readonly Tier[] = ['small', 'quick', 'full'];

/** Those of the tier, or those named. Throws DecreeError for an unknown name. */
export function selectModels(
  models: readonly Model[],
  options: Pick<CheckOptions, 'names' | 'tier'>,
): Model[] {
  const names = options.names ?? [];
  if (names.length === 0) {
    const most = TIERS.indexOf(options.tier ?? 'quick');
    return models.filter((model) => TIERS.indexOf(model.tier) <= most);
  }
  return names.map((name) => {
    const model = models.find((candidate) => candidate.name === name);
    if (model !== undefined) return model;
    throw new DecreeError('usage', `no model is named ${name}; spec/README.md lists them`);
  });
}

/** TLC, and the JVMs that are used again, if there are any. */
interface Tools {
  readonly tlc: Tlc;
  readonly many: ManyChecks | undefined;
}

async function checkModel(model: Model, tools: Tools, folder: string): Promise<ModelResult> {
  if (model.patch === undefined) return compare(model, await run(model, tools, folder, folder));
  let patched: string;
  try {
    patched = patchedFolder(folder, readPatch(model.patch, folder));
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    const none = { distinct: 0, depth: 0, seconds: 0, trace: '' };
    return { model, verdict: 'not run', ...none, differences: [error.message] };
  }
  try {
    return compare(model, await run(model, tools, folder, patched));
  } finally {
    removeFolder(patched);
  }
}

/**
 * Milliseconds after which a model counts as endless: much longer than it took on record, since machines
 * are slow and busy, and yet so short that one which explodes after a change of the spec does not stop the
 * others.
 */
export function timeLimit({ seconds }: Pick<Model, 'seconds'>): number {
  return (180 + 20 * seconds) * 1000;
}

/** Below this many states the second compiler of the JVM costs more than it gains, and its start the most. */
const SMALL = 20_000;

async function run(model: Model, { tlc, many }: Tools, folder: string, dir: string): Promise<TlcResult> {
  const { simulate } = model;
  const cfg = join(folder, model.cfg);
  const properties = parseProperties(readFileSync(cfg, 'utf8'));
  const small = model.distinct < SMALL && simulate === undefined;
  const found = await runTlc({
    tlc,
    dir,
    module: model.module,
    cfg,
    ...(small ? { jvm: ['-XX:TieredStopAtLevel=1'] } : {}),
    ...(small && many !== undefined ? { many } : {}),
    timeoutMs: timeLimit(model),
    extra: simulate === undefined ? searchFlags(model) : simulationFlags(simulate),
  });
  return nameViolated(simulate === undefined ? found : simulated(found, simulate), properties);
}

/** Liveness is checked once, at the end: in between it depends on the clock, and so would the counts. */
function searchFlags({ fires }: Model): string[] {
  return ['-lncheck', 'final', ...(fires === undefined ? [] : ['-coverage', '60'])];
}

function simulationFlags({ runs, depth, seed }: Simulation): string[] {
  return ['-simulate', `num=${runs}`, '-depth', String(depth), '-seed', String(seed)];
}

/**
 * Random runs read as a search. TLC names the violated invariant and then fails to show how it came there, as
 * draws that it makes again come out otherwise: the text counts, and there is no trace.
 */
function simulated(found: TlcResult, { depth }: Simulation): TlcResult {
  const verdict = found.violated !== undefined && found.verdict === 'crash' ? 'invariant' : found.verdict;
  return { ...found, verdict, distinct: parseChecked(found.output), depth };
}

/** Gives a violated temporal property its name, if the configuration has only one; exported for tests. */
export function nameViolated(found: TlcResult, properties: readonly string[]): TlcResult {
  const violated = found.violated ?? parseViolated(found.output, properties);
  return violated === undefined ? found : { ...found, violated };
}

/** What TLC found against what was expected; exported for tests. */
export function compare(model: Model, found: TlcResult): ModelResult {
  const verdict = found.violated === undefined ? found.verdict : `${found.verdict} ${found.violated}`;
  const differences: string[] = [];
  const expected = verdictText(model.expect);
  if (found.timedOut) {
    differences.push(`not ended after ${timeLimit(model) / 1000} s, expected ${expected}`);
  } else if (verdict !== expected) {
    const why =
      found.verdict === 'error' || found.verdict === 'crash' ? `:\n${parseErrors(found.output)}` : '';
    const which =
      found.violated === undefined && isTemporal(found.output)
        ? ': TLC names no temporal property, so a configuration must not have more than one'
        : '';
    differences.push(`verdict ${verdict}, expected ${expected}${why}${which}`);
  } else {
    if (found.distinct !== model.distinct) {
      differences.push(`${found.distinct} distinct states, expected ${model.distinct}`);
    }
    if (found.depth !== model.depth) differences.push(`depth ${found.depth}, expected ${model.depth}`);
    differences.push(...unfired(model, found.output));
    differences.push(...unreached(model.reaches ?? [], found.output));
  }
  const { distinct, depth, seconds, trace } = found;
  const coverage = model.simulate === undefined ? {} : { coverage: parseFired(found.output) };
  return { model, verdict, distinct, depth, seconds, differences, trace, ...coverage };
}

export function verdictText(expected: Expected): string {
  return expected.verdict === 'ok' ? 'ok' : `${expected.verdict} ${expected.name}`;
}

function unreached(reaches: readonly string[], output: string): string[] {
  const never = reaches.filter((name) => !output.split('\n').includes(`"reached;${name}"`));
  return never.length === 0 ? [] : [`never reached: ${never.join(', ')}`];
}

function unfired({ fires = [], simulate }: Model, output: string): string[] {
  const times = simulate === undefined ? takenIn(parseCoverage(output)) : parseFired(output);
  const never = fires.filter((name) => (times.get(name) ?? 0) === 0);
  return never.length === 0 ? [] : [`never taken: ${never.join(', ')}`];
}

function takenIn(coverage: ReturnType<typeof parseCoverage>): Map<string, number> {
  return new Map([...coverage].map(([name, { taken }]) => [name, taken]));
}
