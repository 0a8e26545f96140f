/** Which passing models take a guard: those whose next-state relation, as the cfg names it, has it. */
import type { Model } from '../models/codec.js';
import { modelStart, type LoadedSpec } from './load.js';
import { keyOf, type Expr, type Place } from './sany.js';

/** The models that take the guard at a place, the cheapest first. */
export type Reaching = (place: Place) => readonly Model[];

/** A model that reads a module as a PROPERTY alone is not among them: a weaker property rejects less. */
export function reachingModels(spec: LoadedSpec, models: readonly Model[]): Reaching {
  const cheapest = [...models].sort((a, b) => a.seconds - b.seconds || a.distinct - b.distinct);
  const taken = cheapest.map((model) => ({ model, places: placesOf(spec, model) }));
  return (place) => taken.flatMap(({ model, places }) => (places.has(keyOf(place)) ? [model] : []));
}

/** The places of all expressions that the next-state relation is made of. */
function placesOf(spec: LoadedSpec, model: Model): ReadonlySet<string> {
  const { tree, root, replaced } = modelStart(spec, model);
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
  visit(root.body);
  return places;
}
