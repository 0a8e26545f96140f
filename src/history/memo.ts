/** Configurations (which operations have their place, and the state then) that the search has left. */

/** A set of operations with a hash that is kept up to date. */
export class Placed {
  private readonly words: Uint32Array;
  private low = 0;
  private high = 0;

  constructor(size: number) {
    this.words = new Uint32Array((size + 31) >>> 5);
  }

  /** Adds an operation that is not in the set, or takes out one that is. */
  toggle(operation: number): void {
    const word = operation >>> 5;
    this.words[word] = ((this.words[word] as number) ^ (1 << (operation & 31))) >>> 0;
    this.low ^= mix(operation * 2 + 1);
    this.high ^= mix(operation * 2 + 2);
  }

  /** A non-negative integer below 2^53. */
  hashWith(state: number): number {
    const low = (this.low ^ mix(state)) >>> 0;
    return low * 0x200000 + (this.high & 0x1fffff);
  }

  copy(): Uint32Array {
    return this.words.slice();
  }

  equals(words: Uint32Array): boolean {
    return this.words.every((word, i) => word === words[i]);
  }
}

export class Memo<State> {
  private readonly seen = new Map<number, { readonly words: Uint32Array; readonly state: State }[]>();

  constructor(
    private readonly hash: (state: State) => number,
    private readonly equal: (a: State, b: State) => boolean,
  ) {}

  /** Whether the configuration is new; it is not from now on. Compared in full, never by hash alone. */
  add(placed: Placed, state: State): boolean {
    const key = placed.hashWith(this.hash(state));
    const bucket = this.seen.get(key);
    if (bucket === undefined) {
      this.seen.set(key, [{ words: placed.copy(), state }]);
      return true;
    }
    if (bucket.some((entry) => placed.equals(entry.words) && this.equal(entry.state, state))) return false;
    bucket.push({ words: placed.copy(), state });
    return true;
  }
}

/** Spreads the bits of a 32-bit integer. */
export function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
