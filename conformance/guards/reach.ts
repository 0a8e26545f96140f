/** Which passing models take a guard: those whose next-state relation, as the cfg names it, has it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DecreeError } from '../../src/errors.js';
import type { Model } from '../models/codec.js';
import type { Tlc } from '../tlc/find.js';
import { keyOf, parseModule, type Expr, type Place, type Tree } from './sany.js';

/** The passing models that take the guard at a place, the cheapest first. */
export type Reaching = (place: Place) => readonly Model[];

/** A model that reads a module as a PROPERTY alone is not among them: a weaker property rejects less. */
export async function reachingModels(
  tlc: Pick<Tlc, 'java' | 'jar'>,
  folder: string,
  models: readonly Model[],
): Promise<Reaching> {
  const trees = new Map<string, Tree>();
  for (const module of new Set(models.map((model) => model.module))) {
    trees.set(module, await parseModule(tlc, folder, module));
  }
  const cheapest = [...models].sort((a, b) => a.seconds - b.seconds || a.distinct - b.distinct);
  const taken = cheapest.map((model) => {
    const tree = trees.get(model.module);
    const cfg = readFileSync(join(folder, model.cfg), 'utf8');
    return { model, places: tree === undefined ? new Set<string>() : placesOf(tree, model, cfg) };
  });
  return (place) => taken.flatMap(({ model, places }) => (places.has(keyOf(place)) ? [model] : []));
}

/** NEXT or SPECIFICATION of a configuration, and its `<-`. */
export function readCfg(cfg: string): { root: string | undefined; replaced: ReadonlyMap<string, string> } {
  const bare = cfg.replace(/\(\*[\s\S]*?\*\)/g, ' ').replace(/\\\*.*/g, ' ');
  const root = /\b(?:NEXT|SPECIFICATION)\s+(\w+)/.exec(bare)?.[1];
  const pairs = [...bare.matchAll(/(\w+)\s*<-\s*(?:\[\w+\]\s*)?(\w+)/g)];
  return { root, replaced: new Map(pairs.map((pair) => [pair[1] ?? '', pair[2] ?? ''])) };
}

/** The places of all expressions that the next-state relation is made of. */
function placesOf(tree: Tree, model: Model, cfg: string): ReadonlySet<string> {
  const { root, replaced } = readCfg(cfg);
  const start = root === undefined ? undefined : tree.names.get(root);
  if (start === undefined) {
    throw new DecreeError(
      'invalidInput',
      `${model.cfg}: ${model.module} has no ${root ?? 'NEXT'}; correct it`,
    );
  }
  const places = new Set<string>();
  const seen = new Set<string>();
  const visit = (node: Expr): void => {
    places.add(keyOf(node.place));
    node.args.forEach(visit);
    node.ranges.forEach(visit);
    const defined = node.kind === 'user' ? tree.definitions.get(node.op) : undefined;
    if (defined === undefined) return;
    const definition = tree.names.get(replaced.get(defined.name) ?? '') ?? defined;
    if (seen.has(definition.uid)) return;
    seen.add(definition.uid);
    visit(definition.body);
  };
  visit(start.body);
  return places;
}
