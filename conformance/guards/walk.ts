/** The walk over the definitions of steps that a Next reaches: what is a guard, and what is not. */
import { keyOf, type Definition, type Expr, type Place, type Tree } from './sany.js';

export interface Found {
  readonly owner: string;
  readonly place: Place;
}

export interface Walk {
  readonly guards: Found[];
  readonly passedOver: Found[];
  readonly calls: (Found & { readonly key: string })[];
  /** By place: operators taken apart, operators used inside expressions, definitions of steps. */
  readonly opened: Set<string>;
  readonly mentioned: Set<string>;
  readonly steps: Set<string>;
}

const BOTH = ['$ConjList', '\\land'];
const EITHER = ['$DisjList', '\\lor'];
const SOME = ['$BoundedExists', '$UnboundedExists'];

function is(node: Expr, names: readonly string[]): boolean {
  return node.kind === 'builtin' && names.includes(node.op);
}

/** Below LET and substitutions. */
function core(node: Expr): Expr {
  const [inner] = node.args;
  return (node.kind === 'let' || node.kind === 'in') && inner !== undefined ? core(inner) : node;
}

/** What IF and CASE choose by, and what they choose from; undefined for anything else. */
function branches(node: Expr): { conditions: readonly Expr[]; results: readonly Expr[] } | undefined {
  if (is(node, ['$IfThenElse'])) return { conditions: node.args.slice(0, 1), results: node.args.slice(1) };
  if (!is(node, ['$Case'])) return undefined;
  return {
    conditions: node.args.flatMap((arm) => arm.args.slice(0, 1)),
    results: node.args.flatMap((arm) => arm.args.slice(1)),
  };
}

/** `x' = e` or `x' \in S`, also with a tuple of primed variables. */
function assigns(node: Expr): boolean {
  const primed = (left: Expr | undefined): boolean =>
    left !== undefined && (is(left, ["'"]) || (is(left, ['$Tuple']) && left.args.every(primed)));
  return is(node, ['UNCHANGED']) || (is(node, ['=', '\\in']) && primed(node.args[0]));
}

/** Walks what the Next of a module reaches; `files` are the modules of spec/, `whole` is not taken apart. */
export function walkNext(
  module: string,
  tree: Tree,
  files: ReadonlySet<string>,
  whole: ReadonlySet<string>,
): Walk {
  const walker = new Walker(tree, files, whole);
  const next = [...tree.definitions.values()].find((d) => d.name === 'Next' && d.place.file === module);
  if (next !== undefined) walker.visit(next, '');
  return walker;
}

class Walker implements Walk {
  readonly guards: Found[] = [];
  readonly passedOver: Found[] = [];
  readonly calls: (Found & { readonly key: string })[] = [];
  readonly opened = new Set<string>();
  readonly mentioned = new Set<string>();
  readonly steps = new Set<string>();

  constructor(
    private readonly tree: Tree,
    private readonly files: ReadonlySet<string>,
    private readonly whole: ReadonlySet<string>,
  ) {}

  /** A definition of steps, once. */
  visit(definition: Definition, owner: string): void {
    const key = keyOf(definition.place);
    if (this.steps.has(key)) return;
    this.steps.add(key);
    this.step(definition.body, this.ownerOf(definition, owner));
  }

  private step(node: Expr, owner: string): void {
    const chosen = branches(node);
    const definition = this.definitionOf(node);
    if (node.level < 2) this.guard(node, owner);
    else if (core(node) !== node || is(node, [...BOTH, ...EITHER, ...SOME])) {
      this.mention(node.ranges);
      node.args.forEach((arg) => this.step(arg, owner));
    } else if (chosen !== undefined) {
      this.mention(chosen.conditions);
      chosen.results.forEach((result) => this.step(result, owner));
    } else if (definition !== undefined && definition.level === 2) {
      this.mention(node.args);
      this.visit(definition, owner);
    } else {
      if (!assigns(node)) this.passedOver.push({ owner, place: node.place });
      this.mention([node]);
    }
  }

  private guard(node: Expr, owner: string): void {
    const chosen = branches(node);
    const definition = this.definitionOf(node);
    const some = is(node, SOME) && node.args.every((arg) => is(core(arg), BOTH));
    if (is(node, ['TRUE'])) return;
    if (core(node) !== node || is(node, BOTH) || some) {
      this.mention(node.ranges);
      node.args.forEach((arg) => this.guard(arg, owner));
    } else if (chosen !== undefined) {
      this.mention(chosen.conditions);
      chosen.results.forEach((result) => this.guard(result, owner));
    } else if (definition !== undefined && this.opens(definition)) {
      const key = keyOf(definition.place);
      this.mention(node.args);
      this.calls.push({ owner, place: node.place, key });
      if (this.opened.has(key)) return;
      this.opened.add(key);
      this.guard(definition.body, this.ownerOf(definition, owner));
    } else {
      this.guards.push({ owner, place: node.place });
      this.mention([node]);
    }
  }

  /** Expressions: what they use, and so on. */
  private mention(nodes: readonly Expr[]): void {
    for (const node of nodes) {
      const definition = this.definitionOf(node);
      if (definition !== undefined && !this.mentioned.has(keyOf(definition.place))) {
        this.mentioned.add(keyOf(definition.place));
        this.mention([definition.body]);
      }
      this.mention(node.args);
      this.mention(node.ranges);
    }
  }

  private opens(definition: Definition): boolean {
    return (
      definition.level < 2 && is(core(definition.body), BOTH) && !this.whole.has(keyOf(definition.place))
    );
  }

  private definitionOf(node: Expr): Definition | undefined {
    const definition = node.kind === 'user' ? this.tree.definitions.get(node.op) : undefined;
    return definition !== undefined && this.files.has(definition.place.file) ? definition : undefined;
  }

  /** What LET defines belongs to the definition around it; of INSTANCE's A!B, the name is B. */
  private ownerOf(definition: Definition, owner: string): string {
    if (this.tree.local.has(definition.uid)) return owner;
    return definition.name.slice(definition.name.lastIndexOf('!') + 1);
  }
}
