/**
 * What a codec tells apart: every literal, null and choice in it, with its place. A value of the codec shows
 * some of them; what no value shows has no sample.
 */
import type * as t from 'io-ts';

/** Places as `parts[].accepted[].value.kind = "noop"`. */
export function kindsOf(codec: t.Mixed, at = ''): ReadonlySet<string> {
  const found = new Set<string>();
  collect(codec as unknown as Tagged, at, found);
  return found;
}

/** What io-ts says of itself at run time, of whatever type the codec was declared. */
interface Tagged {
  readonly _tag?: string;
  readonly types?: readonly Tagged[];
  readonly type?: Tagged;
  readonly props?: Readonly<Record<string, Tagged>>;
  readonly codomain?: Tagged;
  readonly keys?: Readonly<Record<string, unknown>>;
  readonly value?: unknown;
}

function collect(codec: Tagged, at: string, found: Set<string>): void {
  const { types = [], type, props = {}, codomain, keys = {}, value } = codec;
  switch (codec._tag) {
    case 'LiteralType':
      found.add(kind(at, value));
      break;
    case 'NullType':
      found.add(kind(at, null));
      break;
    case 'KeyofType':
      for (const key of Object.keys(keys)) found.add(kind(at, key));
      break;
    case 'UnionType':
    case 'IntersectionType':
      for (const one of types) collect(one, at, found);
      break;
    case 'TupleType':
      // All of an array are one place: the tuples here have their kinds in one element.
      for (const one of types) collect(one, `${at}[]`, found);
      break;
    case 'ArrayType':
    case 'ReadonlyArrayType':
      if (type !== undefined) collect(type, `${at}[]`, found);
      break;
    case 'InterfaceType':
    case 'StrictType':
    case 'PartialType':
      for (const [name, one] of Object.entries(props)) collect(one, `${at}.${name}`, found);
      break;
    case 'DictionaryType':
      if (codomain !== undefined) collect(codomain, `${at}[]`, found);
      break;
    default:
      if (type !== undefined) collect(type, at, found);
  }
}

/** Every leaf of a value, by its place. */
export function shownBy(value: unknown, at = ''): readonly string[] {
  if (value instanceof Uint8Array) return [];
  if (Array.isArray(value)) return value.flatMap((one) => shownBy(one, `${at}[]`));
  if (typeof value !== 'object' || value === null) return [kind(at, value)];
  return Object.entries(value).flatMap(([name, one]) => shownBy(one, `${at}.${name}`));
}

/** What a codec tells apart and none of the values shows. */
export function notShown(codec: t.Mixed, values: readonly unknown[]): readonly string[] {
  const shown = new Set(values.flatMap((value) => shownBy(value)));
  return [...kindsOf(codec)].filter((one) => !shown.has(one));
}

const kind = (at: string, value: unknown): string => `${at} = ${JSON.stringify(value)}`;
