/** Keys and values are bytes; keys are ordered as etcd orders them: byte by byte, unsigned, shorter first. */

export const NO_BYTES: Uint8Array = new Uint8Array(0);

/** Negative, zero or positive as a is below, equal to or above b. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** An interval of keys [from, to); to is null where it has no upper end. */
export interface Interval {
  readonly from: Uint8Array;
  readonly to: Uint8Array | null;
}

/**
 * etcd's range_end: empty names the single key, the byte 0 alone means "from key on", anything else is the
 * first key after the range. An end at or below the key makes an empty range.
 */
export function intervalOf(key: Uint8Array, rangeEnd: Uint8Array): Interval {
  if (rangeEnd.length === 0) return { from: key, to: successor(key) };
  if (rangeEnd.length === 1 && rangeEnd[0] === 0) return { from: key, to: null };
  return { from: key, to: rangeEnd };
}

export function isEmptyInterval(interval: Interval): boolean {
  return interval.to !== null && compareBytes(interval.from, interval.to) >= 0;
}

/** The least key above this one. */
function successor(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}
