/** What spec/models/*.json and spec/broken/*.json say, and how they are read. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as t from 'io-ts';
import { PathReporter } from 'io-ts/lib/PathReporter.js';
import { DecreeError } from '../../src/errors.js';
import { packageRoot } from '../../src/root.js';

const KindCodec = t.keyof({ ladder: null, simulation: null, reachability: null, broken: null });
const TierCodec = t.keyof({ small: null, quick: null, full: null });
const Verdict = t.union([
  t.type({ verdict: t.literal('ok') }),
  t.type({ verdict: t.keyof({ invariant: null, property: null }), name: t.string }),
]);

const ModelCodec = t.intersection([
  t.type({
    name: t.string,
    /**
     * ladder: passes; simulation: random runs that pass; reachability: a negated invariant that must fail;
     * broken: a mutant that must fail.
     */
    kind: KindCodec,
    /** small: `npm start` has time for it; quick: so has `npm test`; full: only `npm run test:full`. */
    tier: TierCodec,
    module: t.string,
    cfg: t.string,
    expect: Verdict,
    /** Exact, since each run has one worker: distinct states, or those checked in random runs, and depth. */
    distinct: t.number,
    depth: t.number,
    /** Seconds it took when the table was made; decides only which model starts first. */
    seconds: t.number,
    /** One line: what the model covers. */
    shows: t.string,
  }),
  t.partial({
    /** A file of spec/broken that is applied to the real modules before the run. */
    patch: t.string,
    /** Random runs instead of a search: how many, how long, and the seed of their draws. */
    simulate: t.type({ runs: t.number, depth: t.number, seed: t.number }),
    /** Actions, as TLC's coverage names them, each of which must be taken. */
    fires: t.array(t.string),
    /** What the search must come by, as the `Reaches` of the module prints it: `reached;NAME`. */
    reaches: t.array(t.string),
  }),
]);

const FileCodec = t.type({ title: t.string, models: t.array(ModelCodec) });

const PatchCodec = t.type({
  id: t.string,
  title: t.string,
  /** Who had this bug, or where it is described. */
  source: t.string,
  edits: t.array(t.type({ file: t.string, find: t.array(t.string), replace: t.array(t.string) })),
});

export type Model = t.TypeOf<typeof ModelCodec>;
export type Simulation = NonNullable<Model['simulate']>;
export type Tier = t.TypeOf<typeof TierCodec>;
/** One file of spec/models: the models of one question. `id` is the name of the file. */
export interface Question extends t.TypeOf<typeof FileCodec> {
  readonly id: string;
}
export type Patch = t.TypeOf<typeof PatchCodec>;
export type Expected = t.TypeOf<typeof Verdict>;

export function specFolder(): string {
  return join(packageRoot(), 'spec');
}

/** The files of spec/models: the ladder first, then by name. Throws DecreeError for what cannot be read. */
export function readQuestions(folder = specFolder()): Question[] {
  const files = readdirSync(join(folder, 'models')).filter((name) => name.endsWith('.json'));
  const ids = files.map((name) => name.slice(0, -'.json'.length)).sort();
  return ids
    .sort((a, b) => Number(b === 'ladder') - Number(a === 'ladder'))
    .map((id) => ({ id, ...decode(FileCodec, questionFile(id, folder)) }));
}

/** All models of spec/models, in its order. Throws DecreeError if a file is not what it must be. */
export function readModels(folder = specFolder()): Model[] {
  const models = readQuestions(folder).flatMap((question) => question.models);
  const twice = models.find((model, i) => models.findIndex((other) => other.name === model.name) !== i);
  if (twice !== undefined) {
    throw new DecreeError('invalidInput', `spec/models: two models are named ${twice.name}; rename one`);
  }
  return models;
}

export function writeQuestion({ id, title, models }: Question, folder = specFolder()): void {
  writeFileSync(questionFile(id, folder), `${JSON.stringify({ title, models }, null, 2)}\n`);
}

function questionFile(id: string, folder: string): string {
  return join(folder, 'models', `${id}.json`);
}

export function readPatch(name: string, folder = specFolder()): Patch {
  return decode(PatchCodec, join(folder, 'broken', name));
}

/** Reads a JSON file; throws DecreeError, which names it, if it is not what it must be. */
export function decode<A>(codec: t.Type<A, unknown>, file: string): A {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new DecreeError('invalidInput', `${file} cannot be read as JSON (${String(error)}); correct it`);
  }
  const result = codec.decode(parsed);
  if (result._tag === 'Right') return result.right;
  const why = PathReporter.report(result).slice(0, 3).join('; ');
  throw new DecreeError('invalidInput', `${file} does not hold what it must: ${why}; correct it`);
}
