/** The operators of the modules of spec/, read well enough to ask which actions a name stands for. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { specFolder } from '../../conformance/models/codec.js';

export interface Module {
  readonly name: string;
  /** The modules that it extends, at any depth, and itself. */
  readonly extended: ReadonlySet<string>;
  readonly definitions: ReadonlyMap<string, string>;
}

export function readModules(folder = specFolder()): Map<string, Module> {
  const names = readdirSync(folder).flatMap((file) => /^(.*)\.tla$/.exec(file)?.[1] ?? []);
  const texts = new Map(
    names.map((name) => [name, plain(readFileSync(join(folder, `${name}.tla`), 'utf8'))]),
  );
  const all = (name: string): string[] => [name, ...extendedBy(texts.get(name) ?? '').flatMap(all)];
  return new Map(
    names.map((name) => [
      name,
      { name, extended: new Set(all(name)), definitions: definitionsOf(texts.get(name) ?? '') },
    ]),
  );
}

/** The actions that `Next` of a module names; empty where it has none. */
export function actionsOf(module: Module): string[] {
  const next = module.definitions.get('Next');
  if (next === undefined) return [];
  return [...new Set(words(next))].filter((word) => module.definitions.has(word));
}

/**
 * What a name of the coverage stands for in a module and those it extends: itself, and, as long as a
 * definition does no more than choose parameters, what it calls.
 */
export function standsFor(name: string, definitions: ReadonlyMap<string, string>): Set<string> {
  const found = new Set([name]);
  // A set grows while it is gone through; parameters may have the names of operators, even of its own.
  for (const word of found) {
    const text = definitions.get(word);
    if (text === undefined || /'|\bUNCHANGED\b/.test(text)) continue;
    for (const inner of words(text)) if (definitions.has(inner)) found.add(inner);
  }
  return found;
}

/** Definitions of a module and of all that it extends. */
export function visibleIn(module: Module, modules: ReadonlyMap<string, Module>): Map<string, string> {
  return new Map([...module.extended].flatMap((name) => [...(modules.get(name)?.definitions ?? [])]));
}

function plain(text: string): string {
  return text.replace(/\(\*[\s\S]*?\*\)/g, '').replace(/\\\*.*$/gm, '');
}

function extendedBy(text: string): string[] {
  return (/^EXTENDS\s+([\w\s,]+?)$/m.exec(text)?.[1] ?? '').split(/[\s,]+/).filter((name) => name !== '');
}

function definitionsOf(text: string): Map<string, string> {
  const heads = [...text.matchAll(/^(\w+)(?:\([^)\n]*\))?\s*==/gm)];
  return new Map(
    heads.map((head, i) => {
      const from = head.index + head[0].length;
      return [head[1] ?? '', text.slice(from, heads[i + 1]?.index ?? text.length)];
    }),
  );
}

function words(text: string): string[] {
  return text.replace(/"[^"]*"/g, '').match(/\b[A-Za-z]\w*\b/g) ?? [];
}
