/**
 * Pseudo-random numbers from one seed, the same on every machine: xoshiro128** (Blackman and Vigna) on
 * 32-bit integers, its state filled by splitmix32. Streams forked by a label do not disturb each other, so
 * a scenario that draws one more number for the disk keeps its network.
 */
import type { Random } from '../driver/ports.js';

const rotate = (x: number, k: number): number => ((x << k) | (x >>> (32 - k))) >>> 0;

/** The next state and output of splitmix32. */
const splitmix = (state: number): readonly [number, number] => {
  const next = (state + 0x9e3779b9) >>> 0;
  let z = next;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return [next, (z ^ (z >>> 15)) >>> 0];
};

/** FNV-1a of a label, to derive the seed of a forked stream. */
const labelHash = (label: string): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193);
  return hash >>> 0;
};

export class SimRandom implements Random {
  private a: number;
  private b: number;
  private c: number;
  private d: number;

  constructor(private readonly seed: number) {
    let state = seed >>> 0;
    const word = (): number => {
      const [next, out] = splitmix(state);
      state = next;
      return out;
    };
    this.a = word();
    this.b = word();
    this.c = word();
    this.d = word();
  }

  /** A stream of its own, fixed by this stream's seed and the label; draws nothing from this one. */
  fork(label: string): SimRandom {
    return new SimRandom((Math.imul(this.seed >>> 0, 0x9e3779b1) ^ labelHash(label)) >>> 0);
  }

  /** A uniform integer in [0, 2^32). */
  private word(): number {
    const out = Math.imul(rotate(Math.imul(this.b, 5) >>> 0, 7), 9) >>> 0;
    const t = (this.b << 9) >>> 0;
    this.c = (this.c ^ this.a) >>> 0;
    this.d = (this.d ^ this.b) >>> 0;
    this.b = (this.b ^ this.c) >>> 0;
    this.a = (this.a ^ this.d) >>> 0;
    this.c = (this.c ^ t) >>> 0;
    this.d = rotate(this.d, 11);
    return out;
  }

  /** A uniform integer in [min, max]; the span must be below 2^32. */
  integer(min: number, max: number): number {
    const span = max - min + 1;
    if (!(span >= 1 && span <= 2 ** 32)) throw new RangeError(`no integers in [${min}, ${max}]`);
    const limit = 2 ** 32 - (2 ** 32 % span);
    let word = this.word();
    while (word >= limit) word = this.word();
    return min + (word % span);
  }

  /** True in `perMille` of 1,000 cases. Draws nothing where the answer is certain. */
  chance(perMille: number): boolean {
    return perMille > 0 && (perMille >= 1000 || this.integer(0, 999) < perMille);
  }
}
