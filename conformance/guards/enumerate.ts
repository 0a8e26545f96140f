/**
 * The guards of spec/: every conjunct that assigns nothing in what the Next of a module reaches, and what the
 * passing models reach in it besides. A guard is named MODULE.DEFINITION.TEXT, so that edits elsewhere leave
 * its name alone.
 *
 * Taken apart are conjunctions, the body of an \E, the branches of IF and CASE, LET, and a call of an
 * operator whose body is itself a conjunction; a call that stands at several places counts besides its
 * conjuncts. Not guards are conditions of IF, ranges of variables, and operators used inside expressions.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { textAt } from './edit.js';
import { modelStart, nextOf, type LoadedSpec } from './load.js';
import { keyOf, type Definition, type Expr, type Place, type Tree } from './sany.js';
import { bodyKey, walkSteps, type Found, type Walk } from './walk.js';

export interface Conjunct {
  readonly id: string;
  readonly place: Place;
}

export interface Guards {
  /** In the order of their modules and places. */
  readonly guards: readonly Conjunct[];
  /** Conjuncts that cut stuttering alone: with and without them a module says the same. */
  readonly passedOver: readonly Conjunct[];
  /** Definitions with primes that neither a Next nor a passing model reaches. */
  readonly unreached: readonly string[];
}

export function enumerateGuards(spec: LoadedSpec): Guards {
  const all = [...spec.trees];
  const starts: [Tree, Definition[]][] = [
    ...all.map(([module, tree]): [Tree, Definition[]] => [tree, nextOf(module, tree)]),
    ...spec.models.map((model): [Tree, Definition[]] => {
      const { tree, root } = modelStart(spec, model);
      return [tree, [root]];
    }),
  ];
  const walks = walkAll(starts, new Set(spec.trees.keys()));
  const own = ({ place }: Found): boolean => spec.modules.includes(place.file);
  const calls = unique(walks.flatMap((walk) => walk.calls)).filter(own);
  const often = calls.filter(({ key }) => calls.filter((other) => other.key === key).length > 1);
  const texts = new Map(spec.modules.map((module) => [module, textOf(spec, module)]));
  const name = (found: readonly Found[]): Conjunct[] => named(unique(found).filter(own), texts);
  return {
    guards: name(walks.flatMap((walk) => walk.guards).concat(often)),
    passedOver: name(walks.flatMap((walk) => walk.passedOver)),
    unreached: spec.modules.flatMap((module) => unreached(module, spec.trees.get(module), walks)),
  };
}

function textOf({ folder }: LoadedSpec, module: string): string {
  return readFileSync(join(folder, `${module}.tla`), 'utf8');
}

function walkAll(starts: readonly [Tree, Definition[]][], files: ReadonlySet<string>): Walk[] {
  let whole = new Set<string>();
  for (;;) {
    const walks = starts.map(([tree, roots]) => walkSteps(tree, roots, files, whole));
    const opened = new Set(walks.flatMap((walk) => [...walk.opened]));
    const mixed = walks.flatMap((walk) => [...walk.mentioned]).filter((key) => opened.has(key));
    // A conjunct of an operator that an expression uses too would change that as well: the call is the guard.
    if (mixed.length === 0) return walks;
    whole = new Set([...whole, ...mixed]);
  }
}

/** Each place once, in order. */
function unique<F extends Found>(found: readonly F[]): F[] {
  const byPlace = new Map(found.map((one) => [keyOf(one.place), one]));
  return [...byPlace.values()].sort(({ place: a }, { place: b }) =>
    a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1,
  );
}

function named(found: readonly Found[], texts: ReadonlyMap<string, string>): Conjunct[] {
  const seen = new Map<string, number>();
  return found.map(({ owner, place }) => {
    const id = `${place.file}.${owner}.${normalized(textAt(texts.get(place.file) ?? '', place))}`;
    const count = (seen.get(id) ?? 0) + 1;
    seen.set(id, count);
    return { id: count === 1 ? id : `${id} #${count}`, place };
  });
}

/** One line, without comments. */
function normalized(text: string): string {
  const bare = text.replace(/\(\*[\s\S]*?\*\)/g, ' ').replace(/\\\*.*/g, ' ');
  return bare.replace(/\s+/g, ' ').trim();
}

function unreached(module: string, tree: Tree | undefined, walks: readonly Walk[]): string[] {
  if (tree === undefined) return [];
  const keys = new Set([...walks.flatMap((walk) => [...walk.steps, ...walk.mentioned]), ...fairIn(tree)]);
  const isLeft = (one: Definition): boolean =>
    one.level === 2 && one.place.file === module && !one.name.includes('!') && !keys.has(bodyKey(one));
  const left = [...tree.definitions.values()].filter((one) => isLeft(one) && !tree.local.has(one.uid));
  return left.map(({ name }) => `${module}.${name}`).sort();
}

/** What fairness is asked for, and what that uses: it takes no step. */
function fairIn(tree: Tree): ReadonlySet<string> {
  const keys = new Set<string>();
  const use = (node: Expr): void => {
    [...node.args, ...node.ranges].forEach(use);
    const definition = node.kind === 'user' ? tree.definitions.get(node.op) : undefined;
    if (definition === undefined || keys.has(bodyKey(definition))) return;
    keys.add(bodyKey(definition));
    use(definition.body);
  };
  const look = (node: Expr): void => {
    if (node.kind === 'builtin' && (node.op === '$WF' || node.op === '$SF')) node.args.forEach(use);
    node.args.forEach(look);
  };
  for (const { body, level } of tree.definitions.values()) if (level === 3) look(body);
  return keys;
}
