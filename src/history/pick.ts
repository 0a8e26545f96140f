/** Numbers from one seed, so that a run asks for the same operations again. */

export type Pick = (below: number) => number;

/** Uniform integers in [0, below) (a 32-bit Weyl sequence with a mixing step). */
export function pickFrom(seed: number): Pick {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    mixed ^= mixed >>> 15;
    return Math.floor(((mixed >>> 0) / 2 ** 32) * below);
  };
}
