/**
 * The guards of spec/: every conjunct without primes in what the Next of a module reaches. A guard is named
 * MODULE.DEFINITION.TEXT, so that edits elsewhere leave its name alone.
 *
 * Taken apart are conjunctions, the body of an \E, the branches of IF and CASE, LET, and a call of an
 * operator whose body is itself a conjunction; a call that stands at several places counts besides its
 * conjuncts. Not guards are conditions of IF, ranges of variables, and operators used inside expressions.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Tlc } from '../tlc/find.js';
import { textAt } from './edit.js';
import { keyOf, parseModule, type Place, type Tree } from './sany.js';
import { walkNext, type Found, type Walk } from './walk.js';

export interface Conjunct {
  readonly id: string;
  readonly place: Place;
}

export interface Guards {
  /** In the order of their modules and places. */
  readonly guards: readonly Conjunct[];
  /** Conjuncts with primes that assign nothing: they cut steps too, but cannot be told from outcomes. */
  readonly passedOver: readonly Conjunct[];
  /** Definitions with primes that no Next reaches. */
  readonly unreached: readonly string[];
}

/** Modules of the protocol: those that hold bounds (MC*) have guards of their own, which are no protocol. */
export function protocolModules(folder: string): string[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.tla') && !name.startsWith('MC'));
  return files.map((name) => name.slice(0, -'.tla'.length)).sort();
}

export async function enumerateGuards(tlc: Pick<Tlc, 'java' | 'jar'>, folder: string): Promise<Guards> {
  const modules = protocolModules(folder);
  const trees: [string, Tree][] = [];
  for (const module of modules) trees.push([module, await parseModule(tlc, folder, module)]);
  return guardsOf(trees, (file) => readFileSync(join(folder, `${file}.tla`), 'utf8'));
}

/** Exported for tests: the guards of parsed modules, with their texts. */
export function guardsOf(
  trees: readonly (readonly [string, Tree])[],
  read: (file: string) => string,
): Guards {
  const files = new Set(trees.map(([module]) => module));
  let whole = new Set<string>();
  for (;;) {
    const walks = trees.map(([module, tree]) => walkNext(module, tree, files, whole));
    const opened = new Set(walks.flatMap((walk) => [...walk.opened]));
    const mixed = new Set(walks.flatMap((walk) => [...walk.mentioned]).filter((key) => opened.has(key)));
    // A conjunct of an operator that an expression uses too would change that as well: the call is the guard.
    if (mixed.size === 0) return collect(trees, walks, read);
    whole = new Set([...whole, ...mixed]);
  }
}

function collect(
  trees: readonly (readonly [string, Tree])[],
  walks: readonly Walk[],
  read: (file: string) => string,
): Guards {
  const calls = unique(walks.flatMap((walk) => walk.calls));
  const often = calls.filter(({ key }) => calls.filter((other) => other.key === key).length > 1);
  const texts = new Map(trees.map(([module]) => [module, read(module)]));
  const name = (found: readonly Found[]): Conjunct[] => {
    const seen = new Map<string, number>();
    return unique(found).map(({ owner, place }) => {
      const text = normalized(textAt(texts.get(place.file) ?? '', place));
      const id = `${place.file}.${owner}.${text}`;
      const count = (seen.get(id) ?? 0) + 1;
      seen.set(id, count);
      return { id: count === 1 ? id : `${id} #${count}`, place };
    });
  };
  const steps = new Set(walks.flatMap((walk) => [...walk.steps]));
  const unreached = trees.flatMap(([module, { definitions, local }]) =>
    [...definitions.values()].flatMap(({ uid, level, place, name: defined }) =>
      level === 2 &&
      place.file === module &&
      !local.has(uid) &&
      !defined.includes('!') &&
      !steps.has(keyOf(place))
        ? [`${module}.${defined}`]
        : [],
    ),
  );
  return {
    guards: name(walks.flatMap((walk) => walk.guards).concat(often)),
    passedOver: name(walks.flatMap((walk) => walk.passedOver)),
    unreached: unreached.sort(),
  };
}

/** Each place once, in order. */
function unique<F extends Found>(found: readonly F[]): F[] {
  const byPlace = new Map(found.map((one) => [keyOf(one.place), one]));
  return [...byPlace.values()].sort(({ place: a }, { place: b }) =>
    a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1,
  );
}

/** One line, without comments. */
function normalized(text: string): string {
  const bare = text.replace(/\(\*[\s\S]*?\*\)/g, ' ').replace(/\\\*.*/g, ' ');
  return bare.replace(/\s+/g, ' ').trim();
}
