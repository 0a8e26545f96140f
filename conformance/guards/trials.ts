/**
 * In which order guards are removed and models run. Most guards are killed by a cheap model. Those that are
 * not are removed many at a time in each other model, and in halves where that tells something: a model that
 * passes without all of them passes without each, since it has no step then that it has not without all.
 */
import type { Model } from '../models/codec.js';
import { each } from './each.js';
import type { Conjunct } from './enumerate.js';
import type { Outcome } from './record.js';
import type { Trial } from './remove.js';

/** Runs a model without some guards. */
export type Try = (guards: readonly Conjunct[], model: Model) => Promise<Trial>;

export interface TrialsOptions {
  readonly tryWithout: Try;
  /** The passing models that take a guard, in the order in which to try them. */
  readonly modelsOf: (guard: Conjunct) => readonly Model[];
  /** Whether a model has fairness: more steps may then make a failure a pass. Default: none has. */
  readonly isFair?: (model: Model) => boolean;
  readonly workers: number;
  /** Called once for each guard, as soon as it is decided. */
  readonly onOutcome: (guard: Conjunct, outcome: Outcome) => void;
}

interface Case {
  readonly guard: Conjunct;
  readonly models: readonly Model[];
  readonly trials: Map<string, Trial>;
}

/** So many models, the first ones, are run without the guard alone, before it is removed with others. */
const ALONE = 2;

export async function decideGuards(guards: readonly Conjunct[], options: TrialsOptions): Promise<void> {
  const { tryWithout, workers, isFair = () => false } = options;
  const open = new Set<Case>();
  const note = (one: Case, model: Model, trial: Trial): void => {
    one.trials.set(model.name, trial);
    const outcome = outcomeOf(one);
    if (outcome !== undefined && open.delete(one)) options.onOutcome(one.guard, outcome);
  };
  const alone = async (one: Case, models: readonly Model[]): Promise<void> => {
    for (const model of models) {
      if (has(one, 'killed')) return;
      if (!one.trials.has(model.name)) note(one, model, await tryWithout([one.guard], model));
    }
  };
  const together = async (cases: readonly Case[], model: Model): Promise<void> => {
    if (cases.length === 0) return;
    const trial = await tryWithout(
      cases.map(({ guard }) => guard),
      model,
    );
    const passes = trial.kind === 'more' && cases.every((one) => has(one, 'more')) && !isFair(model);
    if (trial.kind === 'quiet' || passes || cases.length === 1) {
      cases.forEach((one) => note(one, model, trial));
      return;
    }
    const half = Math.ceil(cases.length / 2);
    await together(cases.slice(0, half), model);
    await together(cases.slice(half), model);
  };

  await each(guards, workers, async (guard) => {
    const one: Case = { guard, models: options.modelsOf(guard), trials: new Map() };
    const outcome = outcomeOf(one);
    if (outcome !== undefined) return options.onOutcome(guard, outcome);
    open.add(one);
    await alone(one, one.models.slice(0, ALONE));
  });
  const models = new Map([...open].flatMap((one) => one.models.map((model) => [model.name, model])));
  const cheapest = [...models.values()].sort((a, b) => a.seconds - b.seconds || a.distinct - b.distinct);
  await each(cheapest, workers, async (model) => {
    const untried = [...open].filter((one) => one.models.includes(model) && !one.trials.has(model.name));
    await together(untried.filter(quiet), model);
    await together(
      untried.filter((one) => !one.trials.has(model.name) && has(one, 'more') && !has(one, 'failed')),
      model,
    );
  });
  await each([...open], workers, (one) => alone(one, one.models));
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
