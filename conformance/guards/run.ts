/** Removes the guards of spec/, and keeps what comes of it in spec/guards.json and spec/GUARDS.md. */
import { DecreeError } from '../../src/errors.js';
import { readModels, specFolder, type Model, type Tier } from '../models/codec.js';
import type { Tlc } from '../tlc/find.js';
import { each } from './each.js';
import { enumerateGuards, type Conjunct, type Guards } from './enumerate.js';
import { isFair, loadSpec, type LoadedSpec } from './load.js';
import { openProgress } from './progress.js';
import { reachingModels, type Reaching } from './reach.js';
import {
  faults,
  readNotes,
  readRecord,
  recordDifferences,
  writeGuardsTable,
  writeRecord,
  type GuardsRecord,
  type Outcome,
} from './record.js';
import { tryWithout, type Workshop } from './remove.js';
import { guardsTable } from './table.js';
import { decideGuards } from './trials.js';

export interface GuardsOptions {
  readonly tlc: Pick<Tlc, 'java' | 'jar'>;
  /** Only guards of these modules, or with these names. Default: all. */
  readonly modules?: readonly string[];
  readonly ids?: readonly string[];
  /** The models that are tried: quick, or quick and full. */
  readonly tier?: Tier;
  /** How many TLC run at once; default 2. */
  readonly workers?: number;
  /** Forget what an earlier run on the same spec found before it was ended. */
  readonly again?: boolean;
  readonly onOutcome?: (id: string, outcome: Outcome) => void;
  /** Default: spec/ of the package. */
  readonly folder?: string;
}

export interface GuardsReport {
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** What is wrong, a line each; empty if nothing is. */
  readonly faults: readonly string[];
}

/** Removes each guard and records what came of it. */
export async function recordGuards(options: GuardsOptions): Promise<GuardsReport> {
  const folder = options.folder ?? specFolder();
  const spec = await loadSpec(options.tlc, folder);
  const all = enumerateGuards(spec);
  const record = readRecord(folder);
  const chosen = select(spec, all, options);
  const progress = openProgress(folder, options.tier ?? 'quick', options.again ?? false);
  const order = killersFirst(reach(spec, options), record);
  const workshop: Workshop = { tlc: options.tlc, folder, whole: new Map() };
  const found = new Map<string, Outcome>();
  const take = (guard: Conjunct, outcome: Outcome): void => {
    order.note(guard, outcome);
    found.set(guard.id, outcome);
    options.onOutcome?.(guard.id, outcome);
  };
  for (const guard of chosen) {
    const before = progress.outcomes.get(guard.id);
    if (before !== undefined) take(guard, before);
  }
  const left = chosen.filter(({ id }) => !found.has(id));
  await decideGuards(left, {
    tryWithout: (guards, model) => tryWithout(workshop, guards, model),
    modelsOf: order,
    isFair: (model) => isFair(spec, model),
    workers: options.workers ?? 2,
    onOutcome: (guard, outcome) => {
      progress.outcomes.set(guard.id, outcome);
      progress.save();
      take(guard, outcome);
    },
  });
  const outcomes = new Map([...Object.entries(record.guards), ...found]);
  const written = writeRecord(all, outcomes, folder);
  const notes = readNotes(folder);
  writeGuardsTable(guardsTable(written, notes), folder);
  return { outcomes: found, faults: faults(written.guards, notes) };
}

/** Runs again what the record says: the guards are those that there are, and each killer still kills. */
export async function verifyGuards(options: GuardsOptions): Promise<GuardsReport> {
  const folder = options.folder ?? specFolder();
  const spec = await loadSpec(options.tlc, folder);
  const all = enumerateGuards(spec);
  const record = readRecord(folder);
  const differences = [...recordDifferences(record, all), ...faults(record.guards, readNotes(folder))];
  const models = readModels(folder);
  const workshop: Workshop = { tlc: options.tlc, folder, whole: new Map() };
  const outcomes = new Map<string, Outcome>();
  await each(select(spec, all, options), options.workers ?? 2, async (guard) => {
    const recorded = record.guards[guard.id];
    if (recorded?.outcome !== 'killed') return;
    const model = models.find(({ name }) => name === recorded.model);
    const trial = model === undefined ? undefined : await tryWithout(workshop, [guard], model);
    if (trial?.kind !== 'killed') {
      const now = trial === undefined ? 'is no model' : trial.kind === 'failed' ? 'cannot run' : 'passes';
      differences.push(`${recorded.model} killed it, and now ${now}: ${guard.id}`);
      return;
    }
    outcomes.set(guard.id, trial.outcome);
    options.onOutcome?.(guard.id, trial.outcome);
  });
  return { outcomes, faults: differences };
}

function select(
  { modules: known }: LoadedSpec,
  { guards }: Guards,
  { modules = [], ids = [] }: GuardsOptions,
): Conjunct[] {
  const module = modules.find((name) => !known.includes(name));
  if (module !== undefined) {
    throw new DecreeError('usage', `spec has no module ${module}; it has ${known.join(', ')}`);
  }
  const id = ids.find((name) => !guards.some((guard) => guard.id === name));
  if (id !== undefined) {
    throw new DecreeError('usage', `no guard is named ${id}; spec/guards.json has their names`);
  }
  return guards.filter(
    ({ id, place }) =>
      (modules.length === 0 || modules.includes(place.file)) && (ids.length === 0 || ids.includes(id)),
  );
}

function reach(spec: LoadedSpec, { tier = 'quick' }: GuardsOptions): Reaching {
  return reachingModels(
    spec,
    spec.models.filter((model) => tier === 'full' || model.tier !== 'full'),
  );
}

interface Order {
  (guard: Conjunct): readonly Model[];
  note(guard: Conjunct, outcome: Outcome): void;
}

/** The recorded killer first, then the last killer in the same definition, then the cheapest. */
function killersFirst(reaching: Reaching, record: GuardsRecord): Order {
  const last = new Map<string, string>();
  const definition = ({ id }: Conjunct): string => id.split('.', 2).join('.');
  const order = (guard: Conjunct): readonly Model[] => {
    const recorded = record.guards[guard.id];
    const first = [recorded?.outcome === 'killed' ? recorded.model : undefined, last.get(definition(guard))];
    const rank = ({ name }: Model): number => (first.includes(name) ? first.indexOf(name) : first.length);
    return [...reaching(guard.place)].sort((a, b) => rank(a) - rank(b));
  };
  const note = (guard: Conjunct, outcome: Outcome): void => {
    if (outcome.outcome === 'killed') last.set(definition(guard), outcome.model);
  };
  return Object.assign(order, { note });
}
