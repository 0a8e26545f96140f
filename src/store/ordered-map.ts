/** The one place that knows how to import sorted-btree, a CommonJS package with an ES default export. */
import BTreeModule from 'sorted-btree';
import type BTree from 'sorted-btree';
import { compareBytes } from './bytes.js';
import { comparePlaces, type Place } from './place.js';

/** Keys in byte order; a clone shares memory with its source until either changes. */
export type OrderedMap<V> = BTree.default<Uint8Array, V>;
/** The same with places of the log as keys. */
export type PlaceMap<V> = BTree.default<Place, V>;

/** Node hands over the whole module object, some loaders (test runners) its default export. */
const constructor = (
  'default' in BTreeModule ? BTreeModule.default : BTreeModule
) as typeof BTreeModule.default;

export function orderedMap<V>(): OrderedMap<V> {
  return new constructor<Uint8Array, V>(undefined, compareBytes);
}

export function placeMap<V>(): PlaceMap<V> {
  return new constructor<Place, V>(undefined, comparePlaces);
}
