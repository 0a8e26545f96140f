/**
 * In which order guards are removed and models run. Most guards are killed by a cheap model. Those that the
 * cheapest models do not miss are removed all at once in each other model, and in halves where that differs.
 */
import type { Model } from '../models/codec.js';
import type { Conjunct } from './enumerate.js';
import type { Outcome } from './record.js';
import type { Trial } from './remove.js';

/** Runs a model without some guards. */
export type Try = (guards: readonly Conjunct[], model: Model) => Promise<Trial>;

export interface TrialsOptions {
  readonly tryWithout: Try;
  /** The passing models that take a guard, in the order in which to try them. */
  readonly modelsOf: (guard: Conjunct) => readonly Model[];
  readonly workers: number;
  /** Called once for each guard, as soon as it is decided. */
  readonly onOutcome: (guard: Conjunct, outcome: Outcome) => void;
}

interface Case {
  readonly guard: Conjunct;
  readonly models: readonly Model[];
  readonly trials: Map<string, Trial>;
}

/** So many models, the first ones, must be quiet before a guard is removed with others. */
const QUIET = 2;

export async function decideGuards(guards: readonly Conjunct[], options: TrialsOptions): Promise<void> {
  const { tryWithout, workers } = options;
  const open = new Set<Case>();
  const settle = (one: Case): void => {
    const outcome = outcomeOf(one);
    if (outcome === undefined || !open.delete(one)) return;
    options.onOutcome(one.guard, outcome);
  };
  const alone = async (one: Case, enough: number): Promise<void> => {
    for (const model of one.models) {
      if (has(one, 'killed') || (one.trials.size >= enough && quiet(one))) break;
      if (!one.trials.has(model.name)) one.trials.set(model.name, await tryWithout([one.guard], model));
    }
    settle(one);
  };
  const together = async (cases: readonly Case[], model: Model): Promise<void> => {
    if (cases.length === 0) return;
    const trial = await tryWithout(
      cases.map(({ guard }) => guard),
      model,
    );
    if (trial.kind === 'quiet' || cases.length === 1) {
      cases.forEach((one) => one.trials.set(model.name, trial));
      cases.forEach(settle);
      return;
    }
    const half = Math.ceil(cases.length / 2);
    await together(cases.slice(0, half), model);
    await together(cases.slice(half), model);
  };

  await each(guards, workers, (guard) => {
    const one: Case = { guard, models: options.modelsOf(guard), trials: new Map() };
    open.add(one);
    return alone(one, QUIET);
  });
  const models = new Map([...open].flatMap((one) => one.models.map((model) => [model.name, model])));
  const cheapest = [...models.values()].sort((a, b) => a.seconds - b.seconds || a.distinct - b.distinct);
  await each(cheapest, workers, (model) => {
    const untried = [...open].filter((one) => one.models.includes(model) && !one.trials.has(model.name));
    return together(untried.filter(quiet), model);
  });
  await each([...open], workers, (one) => alone(one, Number.POSITIVE_INFINITY));
}

function has({ trials }: Case, kind: Trial['kind']): boolean {
  return [...trials.values()].some((trial) => trial.kind === kind);
}

function quiet({ trials }: Case): boolean {
  return [...trials.values()].every(({ kind }) => kind === 'quiet');
}

/** Undefined as long as a model is left that may fail. */
function outcomeOf({ models, trials }: Case): Outcome | undefined {
  const tried = [...trials.values()];
  const outcomes = (kind: Trial['kind']): Outcome[] =>
    tried.flatMap((trial) => (trial.kind === kind && 'outcome' in trial ? trial.outcome : []));
  const [killed] = outcomes('killed');
  if (killed !== undefined) return killed;
  if (tried.length < models.length) return undefined;
  const [failed] = outcomes('failed');
  if (failed !== undefined) return failed;
  const [more] = [...trials].flatMap(([name, { kind }]) => (kind === 'more' ? name : []));
  if (more !== undefined || models.length === 0) {
    return { outcome: 'survived', models: models.length, more: more ?? '' };
  }
  return { outcome: 'implied', models: models.length };
}

export async function each<T>(
  items: readonly T[],
  workers: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const worker = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.max(1, workers) }, worker));
}
