/** `decree check --distributed`: models in TLC's server and worker processes, against spec/models. */
import { copyFileSync, readdirSync, readFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DecreeError } from '../../src/errors.js';
import { runDistributed, type DistributedResult, type Place } from '../tlc/distributed.js';
import type { Tlc } from '../tlc/find.js';
import { parseErrors } from '../tlc/output.js';
import { selectModels, verdictText, type ModelResult } from './check.js';
import { readModels, readPatch, specFolder, type Model, type Tier } from './codec.js';
import { patchedFolder, removeFolder } from './patch.js';

export interface DistributedCheck {
  readonly tlc: Tlc;
  /** Without names: the models of this tier that must pass. */
  readonly tier: Tier;
  readonly names: readonly string[];
  readonly workers: number;
  readonly listen?: string;
  readonly onServing?: (model: Model, place: Place) => void;
  readonly onResult?: (result: ModelResult) => void;
  readonly folder?: string;
}

/** One model after the other; each has all workers. Throws DecreeError for a model that cannot be run so. */
export async function checkDistributed(options: DistributedCheck): Promise<ModelResult[]> {
  const folder = options.folder ?? specFolder();
  const selected = selectModels(readModels(folder), options);
  const named = options.names.length > 0;
  const simulation = selected.find(({ kind }) => kind === 'simulation');
  if (named && simulation !== undefined) {
    throw new DecreeError('usage', `${simulation.name} is a simulation: it cannot be run with --distributed`);
  }
  const models = named ? selected : selected.filter(({ kind }) => kind === 'ladder');
  const results: ModelResult[] = [];
  for (const model of models) {
    const result = await checkOne(model, folder, options);
    results.push(result);
    options.onResult?.(result);
  }
  return results;
}

async function checkOne(model: Model, folder: string, options: DistributedCheck): Promise<ModelResult> {
  const dir =
    model.patch === undefined ? copied(folder) : patchedFolder(folder, readPatch(model.patch, folder));
  try {
    if (readdirSync(dir).includes('Reached.tla')) writeFileSync(join(dir, 'Reached.tla'), REACHED);
    const cfg = readFileSync(join(folder, model.cfg), 'utf8');
    writeFileSync(join(dir, CFG), withoutOthers(cfg, model.expect));
    const { tlc, workers, listen, onServing } = options;
    const found = await runDistributed({
      ...{ tlc, dir, workers, module: model.module, cfg: CFG },
      ...(listen === undefined ? {} : { listen }),
      onServing: (place) => onServing?.(model, place),
    });
    return compareDistributed(model, found);
  } finally {
    removeFolder(dir);
  }
}

const CFG = 'Distributed.cfg';

/** The registers of TLC are those of one process, so here nothing is marked as reached. */
const REACHED = `------------------------------ MODULE Reached ------------------------------
EXTENDS Naturals, Sequences, TLC
Reached(k, name, P) == TRUE
=============================================================================
`;

/**
 * Where a violation is expected, the configuration with that invariant or property alone: TLC does not say
 * here what is violated. Exported for tests.
 */
export function withoutOthers(cfg: string, expect: Model['expect']): string {
  if (expect.verdict === 'ok') return cfg;
  const invariants = /^INVARIANTS?\b.*\n(?:[ \t]+\S+[ \t]*\n?)*/gm;
  const rest = cfg.replace(invariants, '');
  if (expect.verdict === 'property') return rest;
  return `${rest.replace(/^PROPERT(?:Y|IES)\b.*\n(?:[ \t]+\S+[ \t]*\n?)*/gm, '')}INVARIANT ${expect.name}\n`;
}

/** Exported for tests. The depth is not compared: the server counts other levels than one process does. */
export function compareDistributed(model: Model, found: DistributedResult): ModelResult {
  const expected = verdictText(model.expect);
  const verdict = found.verdict === 'violated' ? violated(model) : found.verdict;
  const differences: string[] = [];
  if (verdict !== expected) {
    const why = found.verdict === 'error' ? `:\n${parseErrors(found.output)}` : '';
    differences.push(`verdict ${verdict}, expected ${expected}${why}`);
  } else if (verdict === 'ok' && found.distinct !== model.distinct) {
    differences.push(`${found.distinct} distinct states, expected ${model.distinct}`);
  }
  const { distinct, seconds, trace } = found;
  return { model, verdict, distinct, depth: 0, seconds, differences, trace };
}

/** The one that was checked, or one of those that must hold. */
function violated(model: Model): string {
  return model.expect.verdict === 'ok' ? 'violated' : verdictText(model.expect);
}

function copied(folder: string): string {
  const target = mkdtempSync(join(tmpdir(), 'decree-distributed-spec-'));
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.tla'))) {
    copyFileSync(join(folder, file), join(target, file));
  }
  return target;
}
