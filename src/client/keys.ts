/** Keys as people write them, and the ends of ranges. */

export type Bytes = string | Uint8Array;

export function toBytes(input: Bytes): Uint8Array {
  return typeof input === 'string' ? new TextEncoder().encode(input) : input;
}

/** As a range end: every key from the range's first key on. */
export const FROM_KEY: Uint8Array = new Uint8Array([0]);

export interface KeyRange {
  readonly key: Uint8Array;
  readonly rangeEnd: Uint8Array;
}

/** Every key that begins with the prefix; the empty prefix is every key. */
export function prefixRange(prefix: Bytes): KeyRange {
  const key = toBytes(prefix);
  if (key.length === 0) return { key: FROM_KEY, rangeEnd: FROM_KEY };
  return { key, rangeEnd: prefixEnd(key) };
}

/** The first key after all that begin with the prefix; FROM_KEY where the prefix is 0xff throughout. */
function prefixEnd(prefix: Uint8Array): Uint8Array {
  for (let i = prefix.length - 1; i >= 0; i--) {
    const byte = prefix[i] as number;
    if (byte === 0xff) continue;
    const end = prefix.slice(0, i + 1);
    end[i] = byte + 1;
    return end;
  }
  return FROM_KEY;
}
