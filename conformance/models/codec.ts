/** What spec/models.json and spec/broken/*.json say, and how they are read. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as t from 'io-ts';
import { PathReporter } from 'io-ts/lib/PathReporter.js';
import { DecreeError } from '../../src/errors.js';
import { packageRoot } from '../../src/root.js';

const KindCodec = t.keyof({ ladder: null, reachability: null, broken: null });
const Verdict = t.union([
  t.type({ verdict: t.literal('ok') }),
  t.type({ verdict: t.keyof({ invariant: null, property: null }), name: t.string }),
]);

const ModelCodec = t.intersection([
  t.type({
    name: t.string,
    /** ladder: passes; reachability: a negated invariant that must fail; broken: a mutant that must fail. */
    kind: KindCodec,
    tier: t.keyof({ small: null, all: null }),
    module: t.string,
    cfg: t.string,
    expect: Verdict,
    /** Exact, since each run has one worker: distinct states and depth of the search. */
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
    /** Actions, as TLC's coverage names them, each of which must be taken. */
    fires: t.array(t.string),
  }),
]);

const FileCodec = t.type({ models: t.array(ModelCodec) });

const PatchCodec = t.type({
  id: t.string,
  title: t.string,
  /** Who had this bug, or where it is described. */
  source: t.string,
  edits: t.array(t.type({ file: t.string, find: t.array(t.string), replace: t.array(t.string) })),
});

export type Model = t.TypeOf<typeof ModelCodec>;
export type Patch = t.TypeOf<typeof PatchCodec>;
export type Expected = t.TypeOf<typeof Verdict>;

export function specFolder(): string {
  return join(packageRoot(), 'spec');
}

/** The models of spec/models.json, in its order. Throws DecreeError if the file is not what it must be. */
export function readModels(folder = specFolder()): Model[] {
  const file = join(folder, 'models.json');
  const { models } = decode(FileCodec, file);
  const twice = models.find((model, i) => models.findIndex((other) => other.name === model.name) !== i);
  if (twice !== undefined) {
    throw new DecreeError('invalidInput', `${file}: two models are named ${twice.name}; rename one`);
  }
  return models;
}

export function writeModels(models: readonly Model[], folder = specFolder()): void {
  writeFileSync(join(folder, 'models.json'), `${JSON.stringify({ models }, null, 2)}\n`);
}

export function readPatch(name: string, folder = specFolder()): Patch {
  return decode(PatchCodec, join(folder, 'broken', name));
}

function decode<A>(codec: t.Type<A, unknown>, file: string): A {
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
