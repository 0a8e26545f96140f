/** etcd names cells and members by 64-bit numbers; ours have names, so a number is made from each. */
import { createHash } from 'node:crypto';

const cache = new Map<string, bigint>();

/** The first 8 bytes of the SHA-256 of the name; never 0, which means "none" to clients. */
export function idOf(name: string): bigint {
  let id = cache.get(name);
  if (id === undefined) {
    id = createHash('sha256').update(name).digest().readBigUInt64BE(0) || 1n;
    cache.set(name, id);
  }
  return id;
}
