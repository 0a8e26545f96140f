/** spec/ as SANY reads it: the modules of the protocol, the passing models, and the modules of those. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DecreeError } from '../../src/errors.js';
import { readModels, type Model } from '../models/codec.js';
import type { Tlc } from '../tlc/find.js';
import { parseModule, type Definition, type Expr, type Tree } from './sany.js';
import { each } from './each.js';

export interface LoadedSpec {
  readonly folder: string;
  readonly modules: readonly string[];
  readonly models: readonly Model[];
  readonly trees: ReadonlyMap<string, Tree>;
}

export async function loadSpec(tlc: Pick<Tlc, 'java' | 'jar'>, folder: string): Promise<LoadedSpec> {
  const modules = protocolModules(folder);
  const models = readModels(folder).filter(({ kind }) => kind === 'ladder');
  const trees = new Map<string, Tree>();
  await each([...new Set([...modules, ...models.map(({ module }) => module)])], 2, async (module) => {
    trees.set(module, await parseModule(tlc, folder, module));
  });
  return { folder, modules, models, trees };
}

/** All but those that hold bounds (MC*): what they add to an action is no part of the protocol. */
function protocolModules(folder: string): string[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.tla') && !name.startsWith('MC'));
  return files.map((name) => name.slice(0, -'.tla'.length)).sort();
}

/** Next, which is a LeasedNext or the like where a module extends one that has a Next. */
export function nextOf(module: string, tree: Tree): Definition[] {
  return [...tree.definitions.values()].filter(
    ({ name, place, level }) => name.endsWith('Next') && place.file === module && level === 2,
  );
}

export interface Cfg {
  /** NEXT or SPECIFICATION. */
  readonly root: string | undefined;
  /** `A <- B`. */
  readonly replaced: ReadonlyMap<string, string>;
}

export function readCfg(text: string): Cfg {
  const bare = text.replace(/\(\*[\s\S]*?\*\)/g, ' ').replace(/\\\*.*/g, ' ');
  const root = /\b(?:NEXT|SPECIFICATION)\s+(\w+)/.exec(bare)?.[1];
  const pairs = [...bare.matchAll(/(\w+)\s*<-\s*(?:\[\w+\]\s*)?(\w+)/g)];
  return { root, replaced: new Map(pairs.map((pair) => [pair[1] ?? '', pair[2] ?? ''])) };
}

export interface ModelStart {
  readonly tree: Tree;
  readonly root: Definition;
  readonly replaced: ReadonlyMap<string, string>;
}

/** The next-state relation of a model, or its specification. Throws DecreeError if there is none. */
export function modelStart({ folder, trees }: LoadedSpec, model: Model): ModelStart {
  const { root: name, replaced } = readCfg(readFileSync(join(folder, model.cfg), 'utf8'));
  const tree = trees.get(model.module);
  const root = tree?.names.get(name ?? '');
  if (tree !== undefined && root !== undefined) return { tree, root, replaced };
  const what = name ?? 'NEXT';
  throw new DecreeError('invalidInput', `${model.cfg}: ${model.module} has no ${what}; correct the cfg`);
}

/** Whether the specification of a model demands fairness. */
export function isFair(spec: LoadedSpec, model: Model): boolean {
  const { tree, root } = modelStart(spec, model);
  const fair = (node: Expr): boolean => {
    if (node.kind === 'builtin' && (node.op === '$WF' || node.op === '$SF')) return true;
    const definition = node.kind === 'user' && node.level === 3 ? tree.definitions.get(node.op) : undefined;
    return node.args.some(fair) || (definition !== undefined && fair(definition.body));
  };
  return root.level === 3 && fair(root.body);
}
