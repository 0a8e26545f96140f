/**
 * Values as TLC prints them, read into data. A function whose domain is 1..n prints as a sequence, and an
 * empty function or record as an empty sequence, so what a value is gets decided by who reads it.
 */
import { DecreeError } from '../../src/errors.js';

export type Printed =
  | { readonly kind: 'atom'; readonly atom: string | number | boolean }
  | { readonly kind: 'set' | 'sequence'; readonly items: readonly Printed[] }
  | { readonly kind: 'record'; readonly fields: ReadonlyMap<string, Printed> }
  | { readonly kind: 'function'; readonly pairs: readonly (readonly [Printed, Printed])[] };

/** The value that the text is. Throws DecreeError(invalidInput) with the place where it is none. */
export function parsePrinted(text: string): Printed {
  const tokens = tokensOf(text);
  const reader = new Reader(tokens);
  const value = reader.value();
  if (reader.peek() !== undefined) reader.fail('nothing');
  return value;
}

/** One state as TLC prints it, `/\ variable = value` each, as a map from variables to values. */
export function parseState(text: string): ReadonlyMap<string, Printed> {
  const variables = new Map<string, Printed>();
  for (const part of text.split(/^\/\\ /m)) {
    const equals = /^(\w+) = /.exec(part);
    const [all, name] = equals ?? [];
    if (all !== undefined && name !== undefined) variables.set(name, parsePrinted(part.slice(all.length)));
  }
  return variables;
}

const TOKEN = /\s+|"((?:[^"\\]|\\.)*)"|<<|>>|\|->|:>|@@|[[\](){},]|-?\d+|\w+/y;

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const [token] = TOKEN.exec(text) ?? [];
    if (token === undefined) wrong(`unexpected ${JSON.stringify(text.slice(at, at + 20))}`);
    if (token.trim() !== '') tokens.push(token);
  }
  return tokens;
}

function wrong(what: string): never {
  throw new DecreeError('invalidInput', `a state that TLC printed cannot be read: ${what}`);
}

class Reader {
  #at = 0;
  constructor(readonly tokens: readonly string[]) {}

  peek(): string | undefined {
    return this.tokens[this.#at];
  }

  fail(expected: string): never {
    return wrong(`${this.peek() ?? 'its end'} where ${expected} was expected`);
  }

  value(): Printed {
    const token = this.peek() ?? this.fail('a value');
    this.#at += 1;
    if (token === '{') return { kind: 'set', items: this.#list('}', () => this.value()) };
    if (token === '<<') return { kind: 'sequence', items: this.#list('>>', () => this.value()) };
    if (token === '[') return { kind: 'record', fields: new Map(this.#list(']', () => this.#field())) };
    if (token === '(') return { kind: 'function', pairs: this.#list(')', () => this.#pair(), '@@') };
    if (token.startsWith('"')) return { kind: 'atom', atom: JSON.parse(token) as string };
    if (/^-?\d+$/.test(token)) return { kind: 'atom', atom: Number(token) };
    if (token === 'TRUE' || token === 'FALSE') return { kind: 'atom', atom: token === 'TRUE' };
    if (!/^\w+$/.test(token)) this.fail(`no ${token}`);
    return { kind: 'atom', atom: token };
  }

  #take(token: string): void {
    if (this.peek() !== token) this.fail(token);
    this.#at += 1;
  }

  #list<T>(end: string, item: () => T, separator = ','): T[] {
    const items: T[] = [];
    while (this.peek() !== end) {
      if (items.length > 0) this.#take(separator);
      items.push(item());
    }
    this.#take(end);
    return items;
  }

  #field(): readonly [string, Printed] {
    const name = this.peek() ?? this.fail('a field');
    this.#at += 1;
    this.#take('|->');
    return [name, this.value()];
  }

  #pair(): readonly [Printed, Printed] {
    const key = this.value();
    this.#take(':>');
    return [key, this.value()];
  }
}

export function atomOf(value: Printed): string | number | boolean {
  return value.kind === 'atom' ? value.atom : wrong(`a ${value.kind} where a name or number was expected`);
}

export function nameOf(value: Printed): string {
  const atom = atomOf(value);
  return typeof atom === 'string' ? atom : wrong(`${atom} where a name was expected`);
}

export function numberOf(value: Printed): number {
  const atom = atomOf(value);
  return typeof atom === 'number' ? atom : wrong(`${atom} where a number was expected`);
}

/** The members of a set or sequence. */
export function itemsOf(value: Printed): readonly Printed[] {
  return value.kind === 'set' || value.kind === 'sequence'
    ? value.items
    : wrong(`a ${value.kind} where a set or sequence was expected`);
}

/** The pairs of a function, of a sequence (from 1) and of a record. */
export function pairsOf(value: Printed): readonly (readonly [Printed, Printed])[] {
  if (value.kind === 'function') return value.pairs;
  const atom = (a: string | number): Printed => ({ kind: 'atom', atom: a });
  if (value.kind === 'sequence') return value.items.map((item, i) => [atom(i + 1), item]);
  if (value.kind === 'record') return [...value.fields].map(([name, field]) => [atom(name), field]);
  return wrong(`a ${value.kind} where a function was expected`);
}

/** The field of a record, or the value of a function at that name. */
export function fieldOf(value: Printed, name: string): Printed {
  return optionalField(value, name) ?? wrong(`no ${name} in a ${value.kind}`);
}

export function optionalField(value: Printed, name: string): Printed | undefined {
  return pairsOf(value).find(([key]) => atomOf(key) === name)?.[1];
}
