/** The walk over the definitions of steps that a Next reaches: what is a guard, and what is not. */
import { keyOf, type Definition, type Expr, type Place, type Tree } from './sany.js';

export interface Found {
  readonly owner: string;
  readonly place: Place;
}

export interface Walk {
  readonly guards: Found[];
  /** Conjuncts that cut nothing but stuttering. */
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

/** INSTANCE gives all that it defines its own place, so a definition is known by the place of its body. */
export function bodyKey(definition: Definition): string {
  return keyOf(core(definition.body).place);
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

/** `e' # e`: without it there are more steps, but none of them changes e. */
function cutsStuttering(node: Expr): boolean {
  const [left, right] = node.args;
  const unprimed = (one: Expr): Expr => (is(one, ["'"]) ? (one.args[0] ?? one) : one);
  const same = (a: Expr | undefined, b: Expr | undefined): boolean => {
    if (a === undefined || b === undefined) return a === b;
    const [x, y] = [unprimed(a), unprimed(b)];
    return x.op === y.op && x.args.length === y.args.length && x.args.every((arg, i) => same(arg, y.args[i]));
  };
  return is(node, ['/=']) && left?.level === 2 && right?.level !== 2 && same(left, right);
}

/** Walks what definitions of steps reach. `files` are the modules of spec/; `whole` is not taken apart. */
export function walkSteps(
  tree: Tree,
  roots: Iterable<Definition>,
  files: ReadonlySet<string>,
  whole: ReadonlySet<string>,
): Walk {
  const walker = new Walker(tree, files, whole);
  for (const root of roots) {
    if (root.level === 2) walker.visit(root, '');
    else stepsOf(tree, root.body).forEach((step) => walker.step(step, root.name));
  }
  return walker;
}

/** The A of each [][A]_v in a temporal formula. */
function stepsOf(tree: Tree, node: Expr): readonly Expr[] {
  if (is(node, ['$SquareAct'])) return node.args.slice(0, 1);
  const definition = node.kind === 'user' && node.level === 3 ? tree.definitions.get(node.op) : undefined;
  return [...node.args, ...(definition === undefined ? [] : [definition.body])].flatMap((one) =>
    stepsOf(tree, one),
  );
}

class Walker implements Walk {
  readonly guards: Found[] = [];
  readonly passedOver: Found[] = [];
  readonly calls: (Found & { readonly key: string })[] = [];
  readonly opened = new Set<string>();
  readonly mentioned = new Set<string>();
  readonly steps = new Set<string>();
  /** Parameters that stand as a conjunct: what is handed over for one is a conjunct itself. */
  private readonly conjuncts = new Set<string>();

  constructor(
    private readonly tree: Tree,
    private readonly files: ReadonlySet<string>,
    private readonly whole: ReadonlySet<string>,
  ) {}

  /** A definition of steps, once. */
  visit(definition: Definition, owner: string): void {
    const key = bodyKey(definition);
    if (this.steps.has(key)) return;
    this.steps.add(key);
    this.step(definition.body, this.ownerOf(definition, owner));
  }

  step(node: Expr, owner: string): void {
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
      this.visit(definition, owner);
      this.takeArguments(node, definition, owner);
    } else if (assigns(node)) {
      this.mention([node]);
    } else if (cutsStuttering(node)) {
      this.passedOver.push({ owner, place: node.place });
    } else {
      this.guard(node, owner);
    }
  }

  private takeArguments(node: Expr, { params }: Definition, owner: string): void {
    const isConjunct = (_: Expr, at: number): boolean => this.conjuncts.has(params[at] ?? '');
    node.args.filter(isConjunct).forEach((arg) => this.step(arg, owner));
    this.mention(node.args.filter((arg, at) => !isConjunct(arg, at)));
  }

  private guard(node: Expr, owner: string): void {
    const chosen = branches(node);
    const definition = this.definitionOf(node);
    const some = is(node, SOME) && node.args.every((arg) => is(core(arg), BOTH));
    if (is(node, ['TRUE'])) return;
    if (node.kind === 'param') {
      this.conjuncts.add(node.op);
      return;
    }
    if (core(node) !== node || is(node, BOTH) || some) {
      this.mention(node.ranges);
      node.args.forEach((arg) => this.guard(arg, owner));
    } else if (chosen !== undefined) {
      this.mention(chosen.conditions);
      chosen.results.forEach((result) => this.guard(result, owner));
    } else if (definition !== undefined && this.opens(definition)) {
      const key = bodyKey(definition);
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
      if (definition !== undefined && !this.mentioned.has(bodyKey(definition))) {
        this.mentioned.add(bodyKey(definition));
        this.mention([definition.body]);
      }
      this.mention(node.args);
      this.mention(node.ranges);
    }
  }

  private opens(definition: Definition): boolean {
    return definition.level < 2 && is(core(definition.body), BOTH) && !this.whole.has(bodyKey(definition));
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
