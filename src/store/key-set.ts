/** A set of keys made of intervals, kept sorted, disjoint and apart. */
import { compareBytes, isEmptyInterval, type Interval } from './bytes.js';
import { orderedMap } from './ordered-map.js';

export class KeySet {
  /** From the first key of an interval to its end. */
  private readonly ends = orderedMap<Uint8Array | null>();

  has(key: Uint8Array): boolean {
    const below = this.ends.getPairOrNextLower(key);
    return below !== undefined && reaches(below[1], key, 1);
  }

  add(interval: Interval): void {
    if (isEmptyInterval(interval)) return;
    let { from, to } = interval;
    const below = this.ends.getPairOrNextLower(from);
    if (below !== undefined && reaches(below[1], from, 0)) {
      from = below[0];
      to = later(below[1], to);
    }
    for (;;) {
      const next = this.ends.nextHigherPair(from);
      if (next === undefined || !reaches(to, next[0], 0)) break;
      to = later(to, next[1]);
      this.ends.delete(next[0]);
    }
    this.ends.set(from, to);
  }

  addAll(other: KeySet): void {
    for (const [from, to] of other.ends.entries()) this.add({ from, to });
  }

  /** True where a key is in both. */
  meets(other: KeySet): boolean {
    for (const [from, to] of this.ends.entries()) {
      if (other.has(from)) return true;
      const next = other.ends.nextHigherPair(from);
      if (next !== undefined && reaches(to, next[0], 1)) return true;
    }
    return false;
  }
}

/** True where the end lies at least `by` (0 or 1) above the key. */
function reaches(end: Uint8Array | null, key: Uint8Array, by: 0 | 1): boolean {
  return end === null || compareBytes(end, key) >= by;
}

function later(a: Uint8Array | null, b: Uint8Array | null): Uint8Array | null {
  if (a === null || b === null) return null;
  return compareBytes(a, b) >= 0 ? a : b;
}
