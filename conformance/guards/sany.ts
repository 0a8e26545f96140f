/**
 * A module as SANY, the parser of TLC, reads it: definitions and expressions with their levels and places.
 * Its XML has neither attributes nor mixed text, so that a few lines read it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DecreeError } from '../../src/errors.js';
import type { Tlc } from '../tlc/find.js';
import { runJava } from '../tlc/process.js';

/** Lines and columns from 1, both ends included. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export const keyOf = ({ file, line, column, endLine, endColumn }: Place): string =>
  `${file}:${line}:${column}-${endLine}:${endColumn}`;

/** 0 constant, 1 of a state, 2 of a step (it has primes), 3 temporal. */
export type Level = number;

export interface Expr {
  readonly place: Place;
  readonly level: Level;
  /**
   * Operator: `builtin` by SANY's name of it ($ConjList, \land, =), `user` by the uid of its definition;
   * `let` and `in` (a substitution of INSTANCE) hold one argument; `param` is a parameter or bound variable;
   * anything else is a `leaf`.
   */
  readonly kind: 'builtin' | 'user' | 'let' | 'in' | 'param' | 'leaf';
  readonly op: string;
  readonly args: readonly Expr[];
  /** Ranges of bound variables, or what INSTANCE puts in for a name. */
  readonly ranges: readonly Expr[];
}

export interface Definition {
  readonly uid: string;
  readonly name: string;
  readonly place: Place;
  readonly level: Level;
  /** Uids of its parameters. */
  readonly params: readonly string[];
  readonly body: Expr;
}

export interface Tree {
  readonly definitions: ReadonlyMap<string, Definition>;
  /** Uids of what LET defines. */
  readonly local: ReadonlySet<string>;
  /** What the names of the module itself stand for, those that it extends among them. */
  readonly names: ReadonlyMap<string, Definition>;
}

/** Parses `module` of `folder` and all that it extends. Throws DecreeError for what SANY rejects. */
export async function parseModule(
  tlc: Pick<Tlc, 'java' | 'jar'>,
  folder: string,
  module: string,
): Promise<Tree> {
  const lines: string[] = [];
  // SANY unpacks the standard modules into Java's temporary folder: two in one read each other's torn files.
  const scratch = mkdtempSync(join(tmpdir(), 'decree-sany-'));
  const flags = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xss16m', `-Djava.io.tmpdir=${scratch}`];
  const args = [...flags, '-cp', tlc.jar, 'tla2sany.xml.XMLExporter', '-o', `${module}.tla`];
  const { exit } = await runJava({ tlc, dir: folder }, args, (line) => lines.push(line)).finally(() => {
    rmSync(scratch, { recursive: true, force: true });
  });
  const xml = lines.find((line) => line.startsWith('<?xml'));
  if (exit !== 0 || xml === undefined) {
    const from = lines.findIndex((line) => /^(Semantic errors|\*+ ?Errors|Parse Error|Lexical)/i.test(line));
    const said = lines.slice(Math.max(0, from)).filter((line) => line.trim() !== '' && !/^\s+at /.test(line));
    const why = said.slice(0, 6).join(' ');
    throw new DecreeError('invalidInput', `SANY does not accept ${module}.tla: ${why}`);
  }
  return readTree(xml);
}

interface Element {
  readonly tag: string;
  readonly children: Element[];
  text: string;
}

function readXml(xml: string): Element {
  const root: Element = { tag: '', children: [], text: '' };
  const open: Element[] = [root];
  for (const match of xml.matchAll(/<(\/?)(\w+)(\/?)>|([^<]+)/g)) {
    const [, close, tag, empty, text] = match;
    const top = open.at(-1);
    if (top === undefined) break;
    if (text !== undefined) top.text += text;
    else if (close === '/') open.pop();
    else {
      const element: Element = { tag: tag ?? '', children: [], text: '' };
      top.children.push(element);
      if (empty !== '/') open.push(element);
    }
  }
  return root;
}

const child = (element: Element | undefined, tag: string): Element | undefined =>
  element?.children.find((candidate) => candidate.tag === tag);
const children = (element: Element | undefined): readonly Element[] => element?.children ?? [];
const textOf = (element: Element | undefined, tag: string): string => child(element, tag)?.text ?? '';

function readTree(xml: string): Tree {
  const modules = child(readXml(xml), 'modules');
  const entries = children(child(modules, 'context')).map((entry) => ({
    uid: textOf(entry, 'UID'),
    node: entry.children.find((candidate) => candidate.tag !== 'UID'),
  }));
  const builtins = new Map(
    entries.flatMap(({ uid, node }) =>
      node?.tag === 'BuiltInKind' ? [[uid, textOf(node, 'uniquename')] as const] : [],
    ),
  );
  const local = new Set<string>();
  const definitions = new Map<string, Definition>();
  for (const { uid, node } of entries) {
    const body = child(node, 'body')?.children[0];
    if (node?.tag !== 'UserDefinedOpKind' || body === undefined) continue;
    definitions.set(uid, {
      uid,
      name: textOf(node, 'uniquename'),
      place: placeOf(node),
      level: Number(textOf(node, 'level')),
      params: children(child(node, 'params')).map((param) =>
        textOf(child(param, 'FormalParamNodeRef'), 'UID'),
      ),
      body: readExpr(body, builtins, local),
    });
  }
  const root = entries.find(
    ({ node }) => node?.tag === 'ModuleNode' && textOf(node, 'uniquename') === textOf(modules, 'RootModule'),
  );
  const visible = children(root?.node).flatMap((ref) => definitions.get(textOf(ref, 'UID')) ?? []);
  return { definitions, local, names: new Map(visible.map((one) => [one.name, one])) };
}

const KINDS: Readonly<Record<string, 'builtin' | 'user' | 'param'>> = {
  BuiltInKindRef: 'builtin',
  UserDefinedOpKindRef: 'user',
  FormalParamNodeRef: 'param',
};

function readExpr(element: Element, builtins: ReadonlyMap<string, string>, local: Set<string>): Expr {
  const read = (part: Element): Expr => readExpr(part, builtins, local);
  const base = { place: placeOf(element), level: Number(textOf(element, 'level')) };
  const body = child(element, 'body');
  if (body !== undefined) {
    children(child(element, 'opDefs')).forEach((ref) => local.add(textOf(ref, 'UID')));
    const substituted = children(child(element, 'substs')).flatMap((subst) => subst.children.slice(1));
    const kind = element.tag === 'LetInNode' ? 'let' : 'in';
    return { ...base, kind, op: '', args: children(body).map(read), ranges: substituted.map(read) };
  }
  // An operator that is handed over as an argument stands there as a reference alone.
  const reference =
    child(element, 'operator')?.children[0] ?? child(element, 'argument')?.children[0] ?? element;
  const uid = textOf(reference, 'UID');
  const kind = KINDS[reference.tag] ?? 'leaf';
  const bounds = children(child(element, 'boundSymbols')).flatMap((bound) => bound.children);
  return {
    ...base,
    kind,
    op: kind === 'builtin' ? (builtins.get(uid) ?? uid) : uid,
    args: children(child(element, 'operands')).map(read),
    ranges: bounds.filter((part) => part.tag !== 'FormalParamNodeRef').map(read),
  };
}

function placeOf(element: Element): Place {
  const location = child(element, 'location');
  const number = (of: string, end: string): number => Number(textOf(child(location, of), end));
  return {
    file: textOf(location, 'filename'),
    line: number('line', 'begin'),
    column: number('column', 'begin'),
    endLine: number('line', 'end'),
    endColumn: number('column', 'end'),
  };
}
