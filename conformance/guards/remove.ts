/**
 * Removes guards and runs a passing model without them.
 *
 * A model is `quiet` where it passes and has, with and without the guards, as many distinct states and as
 * many generated ones. A guard less can only add steps, and TLC counts each step that it finds, to known
 * states or not: with no step more, each guard held wherever the other conjuncts did, in every state of the
 * model. So a guard that is quiet in all models is implied in them, and what holds of many guards removed at
 * once holds of each: the steps without one of them lie between those with all and those with none. Nor does
 * a model that passes without many fail without one, as long as no fairness is asked for.
 */
import { join } from 'node:path';
import type { Model } from '../models/codec.js';
import { removeFolder } from '../models/patch.js';
import type { Tlc } from '../tlc/find.js';
import { parseErrors } from '../tlc/output.js';
import { runTlc, type TlcResult } from '../tlc/run.js';
import { folderWithout } from './edit.js';
import type { Conjunct } from './enumerate.js';
import type { Outcome } from './record.js';

export interface Workshop {
  readonly tlc: Pick<Tlc, 'java' | 'jar'>;
  readonly folder: string;
  /** States of the models with every guard, by name, as far as they were needed. */
  readonly whole: Map<string, Promise<Counts>>;
}

interface Counts {
  readonly generated: number;
  readonly distinct: number;
}

/** `more`: the model passes, with more steps. `failed`: TLC could not evaluate it, or did not end in time. */
export type Trial =
  { readonly kind: 'quiet' | 'more' } | { readonly kind: 'killed' | 'failed'; readonly outcome: Outcome };

export async function tryWithout(
  workshop: Workshop,
  guards: readonly Conjunct[],
  model: Model,
): Promise<Trial> {
  const removed = folderWithout(
    workshop.folder,
    guards.map(({ place }) => place),
  );
  try {
    const limit = (guards.length === 1 ? 10 : 3) * model.seconds + 20;
    const found = await runModel(workshop, model, removed, limit);
    if (found.verdict === 'invariant' || found.verdict === 'property') {
      const violates = found.violated ?? 'a property';
      const outcome: Outcome = { outcome: 'killed', model: model.name, violates, states: found.distinct };
      return { kind: 'killed', outcome };
    }
    if (found.verdict !== 'ok') return { kind: 'failed', outcome: failureOf(model, found) };
    const counts = await wholeCounts(workshop, model);
    const same = found.generated === counts.generated && found.distinct === counts.distinct;
    return { kind: same ? 'quiet' : 'more' };
  } finally {
    removeFolder(removed);
  }
}

/** Below this many states the second compiler of the JVM costs more than it gains. */
const SMALL = 60_000;

/** A spec that lost a guard may explode: to be out of time is no kill, and no pass either. */
function runModel(
  { tlc, folder }: Workshop,
  model: Model,
  dir: string,
  seconds?: number,
): Promise<TlcResult> {
  return runTlc({
    tlc,
    dir,
    module: model.module,
    cfg: join(folder, model.cfg),
    heap: '2g',
    jvm: [
      ...['-XX:-UseParallelGC', '-XX:+UseSerialGC'],
      ...(model.distinct < SMALL ? ['-XX:TieredStopAtLevel=1'] : []),
    ],
    ...(seconds === undefined ? {} : { timeoutMs: 1000 * seconds }),
  });
}

/** What TLC says before it comes to the point. */
const PREFACE =
  /^(TLC threw an unexpected|This was probably|See the User|The exception was|The error occurred)/;

function failureOf(model: Model, found: TlcResult): Outcome {
  if (found.exit === null) return { outcome: 'timeout', model: model.name };
  const lines = parseErrors(found.output)
    .split('\n')
    .map((line) => line.replace(/^(Error|: ?)+/, '').trim());
  const message = lines.filter((line) => line !== '' && !PREFACE.test(line)).slice(0, 2);
  return { outcome: 'error', model: model.name, error: message.join(' ').slice(0, 160) };
}

function wholeCounts(workshop: Workshop, model: Model): Promise<Counts> {
  const known = workshop.whole.get(model.name);
  if (known !== undefined) return known;
  const counts = runModel(workshop, model, workshop.folder);
  workshop.whole.set(model.name, counts);
  return counts;
}
