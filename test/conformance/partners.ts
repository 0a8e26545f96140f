/**
 * One word per action and per message, in every place that must know it: the spec, its models, the core, the
 * events, the trace spec and the tables of names. What one place has and another lacks is a line that names
 * the place. Everything is read as text, so that a tree that does not compile can be asked too.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readModels as readChecks } from '../../conformance/models/codec.js';
import { readModules, standsFor, visibleIn } from './definitions.js';

/** Actions of the spec that the code does not take yet: their events come with the code. */
export const AHEAD = [
  ...['AskLease', 'GrantLease', 'ReleaseLease', 'HandleRelease', 'ReadLocally'],
  'Tick', // time passes without an event: events will carry a clock reading where a rule depends on it
];
/** Messages of the spec that are none of the code: a snapshot is a file that anyone may fetch. */
export const AHEAD_MESSAGES = ['snapshot'];
/** What a trace has besides the events of a replica: the merge puts them in. */
export const INSERTED = ['Crash'];
export const FOR_TLC_ALONE = ['Forget'];
/** The first event of a start is no step of the core. */
const BEFORE_STEPS = ['Restart'];
/** A message of the code is the spec's with a capital letter, or it is one of these. */
const CALLED: Readonly<Record<string, string>> = { entry: 'Entries' };
/** Messages that change no state of the spec. */
const CODE_ALONE = ['CatchUp'];

export const TRACE_SPEC = 'conformance/TracePaxosReplica.tla';
const SPEC = 'spec/PaxosReplica.tla';

export const camel = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

export function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] ?? '');
}

/** A folder with the files of the project, and what was not found in them. */
export class Tree {
  /** Place -> the names that it lacks. */
  readonly #lacking = new Map<string, Set<string>>();

  constructor(readonly root: string) {}

  read(file: string): string {
    return readFileSync(join(this.root, ...file.split('/')), 'utf8');
  }

  /** The text from one mark to the next; a mark that is gone is missing like a name. */
  between(file: string, from: RegExp, to: RegExp): string {
    const text = this.read(file);
    const start = text.search(from);
    if (start < 0) this.lacks(`${file}: no text like`, String(from));
    const rest = start < 0 ? '' : text.slice(start);
    const end = rest.search(to);
    return end < 0 ? rest : rest.slice(0, end);
  }

  lacks(place: string, ...names: readonly string[]): void {
    if (names.length === 0) return;
    const before = this.#lacking.get(place) ?? new Set();
    this.#lacking.set(place, new Set([...before, ...names]));
  }

  lines(): string[] {
    return [...this.#lacking].map(([place, names]) => `${place} ${[...names].join(', ')}`);
  }
}

/** The modules that PaxosReplica is made of: its own text and that of all that it extends. */
export function specFiles(root: string): string[] {
  const extended = readModules(join(root, 'spec')).get('PaxosReplica')?.extended ?? new Set();
  const here = new Set(readdirSync(join(root, 'spec')));
  return [...extended].filter((name) => here.has(`${name}.tla`)).map((name) => `spec/${name}.tla`);
}

/** The actions that Next names. A disjunct that only picks witnesses in one line stands for what it calls. */
export function actionsOfNext(tree: Tree): string[] {
  const spec = specFiles(tree.root).map((file) => tree.read(file));
  const disjuncts = matches(tree.between(SPEC, /^Next ==/m, /^Spec ==/m), /\b([A-Z]\w+)\(r\)/g);
  return disjuncts.map((disjunct) => {
    const picks = new RegExp(`^${disjunct}\\(r\\) *== *(?:\\\\E .* : )?([A-Z]\\w+)\\(r\\b.*$`, 'm');
    return spec.flatMap((text) => picks.exec(text)?.[1] ?? [])[0] ?? disjunct;
  });
}

/** What the boxed paragraph above an action says. */
const BOX = ['WHO', 'WHAT', 'SAFE', 'FROM'];

interface Definition {
  readonly file: string;
  readonly params: string;
  readonly text: string;
  /** The boxed paragraph that it is the action of. */
  readonly box: string | null;
}

/**
 * The definitions of the modules. A boxed paragraph is about the last definition before the next one or a
 * rule: those before it are its helpers.
 */
function definitionsIn(tree: Tree): Map<string, Definition> {
  const found = new Map<string, Definition>();
  for (const file of specFiles(tree.root)) {
    for (const part of tree.read(file).split(/^(?=\(\*{10,}\)\n\(\* )|^[-=]{40,}$/m)) {
      const above = /^\(\*+\)\n((?:\(\* .*\n)*)/.exec(part)?.[1] ?? '';
      const box = BOX.some((word) => above.includes(`(* ${word} `)) ? above : null;
      const heads = [...part.matchAll(/^(\w+)(?:\(([^)\n]*)\))? +==|^(\w+)(?:\(([^)\n]*)\))?==/gm)];
      heads.forEach((head, i) => {
        const name = head[1] ?? head[3] ?? '';
        const text = part.slice(head.index, heads[i + 1]?.index ?? part.length);
        const params = head[2] ?? head[4] ?? '';
        found.set(name, { file, params, text, box: i === heads.length - 1 ? box : null });
      });
    }
  }
  return found;
}

/** The places that lack a partner, a line for each; empty where every word is everywhere. */
export function missingPartners(root: string): string[] {
  const tree = new Tree(root);
  const definitions = definitionsIn(tree);
  const messages = compareMessages(tree, definitions);
  const traceAction = tree.between(TRACE_SPEC, /^Action ==/m, /^\(\* The state after/m);
  const places: Places = {
    next: actionsOfNext(tree),
    boxed: [...definitions].flatMap(([name, { box }]) => (box === null ? [] : [name])),
    core: matches(
      tree.between('src/core/step-types.ts', /^export type Action =/m, /^export type ActionName/m),
      /readonly name: '(\w+)'/g,
    ),
    events: matches(tree.between('src/trace/format.ts', /^export const ARGUMENTS/m, /^}/m), /^ {2}(\w+): /gm),
    traced: matches(traceAction, /e\.action = "(\w+)"/g).filter((name) => !FOR_TLC_ALONE.includes(name)),
  };
  const all = [...new Set([...Object.values(places).flat(), ...AHEAD])];
  compareSpec(tree, definitions, places, all);
  const coded = all.filter((name) => !AHEAD.includes(name));
  tree.lacks(
    'test/conformance/partners.ts: AHEAD names what the code has:',
    ...AHEAD.filter((name) => [...places.core, ...places.events, ...places.traced].includes(name)),
  );
  compareCore(tree, places, coded);
  compareTraceSpec(tree, { definitions, messages, traceAction }, places, coded);
  compareTables(tree, coded);
  return tree.lines();
}

type Places = Readonly<Record<'boxed' | 'next' | 'core' | 'events' | 'traced', readonly string[]>>;
type Definitions = ReadonlyMap<string, Definition>;

function without(names: readonly string[], has: readonly string[]): string[] {
  return names.filter((name) => !has.includes(name));
}

/** A message: its type, its constructor, who reads it, and its partner in the core. Returns constructors. */
function compareMessages(tree: Tree, definitions: Definitions): string[] {
  const types = matches(tree.between('spec/ReplicaState.tla', /^Types ==/m, /}/), /"(\w+)"/g);
  const made = [...definitions].flatMap(([name, { text }]) => {
    const type = /\[type \|-> "(\w+)"/.exec(text)?.[1];
    return type === undefined ? [] : [{ name, type }];
  });
  const union = matches(
    tree.between('src/core/messages.ts', /^export type Message =/m, /;/),
    /\b([A-Z]\w+)\b/g,
  );
  const core = without(union, ['Message']);
  const called = (type: string): string => CALLED[type] ?? capital(type);
  const known = [...new Set([...types, ...made.map(({ type }) => type)])];
  const inSpec = [...known, ...without(core, [...known.map(called), ...CODE_ALONE]).map(camel)];
  const spec = [...definitions.values()].map(({ text }) => text).join('\n');
  tree.lacks('spec/ReplicaState.tla: Types has no message', ...without(inSpec, types));
  tree.lacks(
    'spec/ReplicaState.tla: no operator makes a message',
    ...without(
      inSpec,
      made.map(({ type }) => type),
    ),
  );
  tree.lacks(
    'spec: no action reads the message',
    ...inSpec.filter((type) => !new RegExp(`\\b(in|subseteq) sent\\.${type}\\b`).test(spec)),
  );
  tree.lacks(
    'spec: no action makes the message',
    ...made.flatMap(({ name, type }) => (uses(definitions, name) ? [] : [type])),
  );
  const coded = without(inSpec, AHEAD_MESSAGES);
  const names = coded.map(called);
  const consumes = tree.between(TRACE_SPEC, /^Consumes ==/m, /^Single/m);
  tree.lacks(
    `${TRACE_SPEC}: Consumes has no message`,
    ...coded.filter((type) => !consumes.includes(`-> "${type}"`)),
  );
  tree.lacks('src/core/messages.ts: Message has no', ...without(names, core));
  const places: readonly (readonly [string, string, (name: string) => string])[] = [
    ['src/core/step.ts', 'receive has no case', (name) => `case '${name}':`],
    ['src/core/well-formed.ts', 'malformed has no case', (name) => `case '${name}':`],
    ['src/core/scan.ts', 'left has no case', (name) => `case '${name}':`],
    ['conformance/schedules/names.ts', 'rows has no case', (name) => `case '${name}':`],
    ['src/runtime/codecs.ts', 'message has no codec of', (name) => `t.literal('${name}')`],
    ['test/contract/samples.ts', 'messages has no', (name) => `type: '${name}'`],
  ];
  for (const [file, what, sign] of places) {
    const text = tree.read(file);
    tree.lacks(`${file}: ${what}`, ...[...names, ...CODE_ALONE].filter((name) => !text.includes(sign(name))));
  }
  return made.map(({ name }) => name);
}

/** Whether a definition other than its own uses the operator. */
function uses(definitions: Definitions, operator: string): boolean {
  return [...definitions].some(
    ([name, { text }]) => name !== operator && new RegExp(`\\b${operator}\\(`).test(text),
  );
}

function compareSpec(tree: Tree, definitions: Definitions, places: Places, all: readonly string[]): void {
  tree.lacks('spec: no module defines', ...all.filter((name) => !definitions.has(name)));
  for (const name of all.filter((one) => definitions.has(one))) {
    const { file, box } = definitions.get(name) ?? { file: '', box: null };
    if (box === null) tree.lacks(`${file}: no boxed paragraph above`, name);
    for (const word of BOX)
      if (box?.includes(`(* ${word} `) === false) tree.lacks(`${file}: no ${word} in the box above`, name);
  }
  tree.lacks(`${SPEC}: Next has no disjunct for`, ...without(all, places.next));
  const fired = firedIn(join(tree.root, 'spec'));
  tree.lacks(
    'spec/models: no passing model demands by "fires" that it takes',
    ...all.filter((name) => !fired.has(name)),
  );
}

/** The actions that some passing model of PaxosReplica demands of TLC's coverage. */
function firedIn(folder: string): Set<string> {
  const modules = readModules(folder);
  const fired = new Set<string>();
  for (const { kind, module: name, fires = [] } of readChecks(folder)) {
    const module = modules.get(name);
    if (kind !== 'ladder' || module?.extended.has('PaxosReplica') !== true) continue;
    const visible = visibleIn(module, modules);
    for (const fire of fires) for (const word of standsFor(fire, visible)) fired.add(word);
  }
  return fired;
}

function compareCore(tree: Tree, places: Places, coded: readonly string[]): void {
  const events = without(coded, INSERTED);
  tree.lacks('src/core/step-types.ts: Action has no', ...without(events, places.core));
  const files = readdirSync(join(tree.root, 'src', 'core')).map((file) => `src/core/${file}`);
  const functions = files.flatMap((file) => matches(tree.read(file), /^export function (\w+)/gm));
  tree.lacks('src/core: no function', ...without(events.map(camel), functions));
  const step = tree.read('src/core/step.ts');
  tree.lacks(
    'src/core/step.ts: nothing calls',
    ...without(events, BEFORE_STEPS)
      .map(camel)
      .filter((name) => !new RegExp(`\\b${name}\\(`).test(step)),
  );
  tree.lacks(
    'test/core/names.test.ts: FUNCTIONS has no',
    ...without(events, matches(tree.read('test/core/names.test.ts'), /^ {2}(\w+): \w+,$/gm)),
  );
  tree.lacks('src/trace/format.ts: ARGUMENTS has no row', ...without(events, places.events));
  const cases = matches(
    tree.between('src/trace/record.ts', /^function argumentsOf/m, /^}/m),
    /case '(\w+)':/g,
  );
  tree.lacks('src/trace/record.ts: argumentsOf has no case', ...without(events, cases));
}

interface Texts {
  readonly definitions: Definitions;
  /** The operators that make messages. */
  readonly messages: readonly string[];
  readonly traceAction: string;
}

function compareTraceSpec(tree: Tree, texts: Texts, places: Places, coded: readonly string[]): void {
  const { definitions, messages, traceAction } = texts;
  const consumes = tree.between(TRACE_SPEC, /^Consumes ==/m, /^Single/m);
  const single = tree.between(TRACE_SPEC, /^Single/m, /}/);
  const made = tree.between(TRACE_SPEC, /^Made ==/m, /^\(\* What the spec lets leave/m);
  const textOf = (name: string): string => definitions.get(name)?.text ?? '';
  const quotes = (text: string, name: string): boolean => text.includes(`"${name}"`);
  tree.lacks(`${TRACE_SPEC}: Action has no case for`, ...without(coded, places.traced));
  tree.lacks(
    `${TRACE_SPEC}: the case does not call`,
    ...places.traced.filter((name) => !new RegExp(`\\b${name}\\(r\\b`).test(traceAction)),
  );
  tree.lacks(
    `${TRACE_SPEC}: Consumes has no case for`,
    ...coded.filter((name) => /\b(in|subseteq) sent\.\w/.test(textOf(name)) && !quotes(consumes, name)),
  );
  tree.lacks(
    `${TRACE_SPEC}: Single has no`,
    ...coded.filter((name) => / m$/.test(definitions.get(name)?.params ?? '') && !quotes(single, name)),
  );
  const makes = (name: string): boolean =>
    messages.some((message) => new RegExp(`\\b${message}\\(`).test(textOf(name)));
  tree.lacks(
    `${TRACE_SPEC}: Made has no case for`,
    ...coded.filter((one) => makes(one) && !quotes(made, one)),
  );
}

function compareTables(tree: Tree, coded: readonly string[]): void {
  const first = (text: string): string[] =>
    matches(text, /^\| ([^|]*) \|/gm).flatMap((cell) => cell.match(/\w+/g) ?? []);
  const spec = tree.between('spec/README.md', /^## Names$/m, /^## The models$/m);
  tree.lacks('spec/README.md: the table of names has no row', ...without(coded, first(spec)));
  const readme = tree.between('README.md', /^## One vocabulary$/m, /^## Reading order$/m);
  tree.lacks('README.md: the table of names has no row', ...without(coded, first(readme)));
}
