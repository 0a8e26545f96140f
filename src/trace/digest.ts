/** Values in a trace are named by a digest that no two values share, never by their length alone. */
import { createHash, type Hash } from 'node:crypto';
import { formatBallot } from '../core/ballot.js';
import { configurationText } from '../core/value.js';
import type { Value } from '../core/types.js';

/** So begins the digest of a configuration; its members follow, by which the trace spec knows them. */
const CONFIGURATION = 'configuration:';

/** The members of a configuration, by its digest; null for the digest of another value. */
export function membersOfDigest(digest: string): readonly string[] | null {
  if (!digest.startsWith(CONFIGURATION)) return null;
  return digest.slice(CONFIGURATION.length, digest.lastIndexOf(':')).split(',');
}

/** So begins the digest of a mark; the ballot that it names follows. */
const MARK = 'mark:';

export const isMark = (digest: string): boolean => digest.startsWith(MARK);

/** The epoch of a batch, by its digest; null for the digest of another value. */
export function epochOfDigest(digest: string): number | null {
  const [, epoch] = /^epoch-([0-9]+):/.exec(digest) ?? [];
  return epoch === undefined ? null : Number(epoch);
}

export type Digest = (value: Value) => string;

/** Lengths come first in each part, so that no two lists of commands give the same bytes. */
function feed(hash: Hash, bytes: Uint8Array): void {
  hash.update(`${bytes.length}:`);
  hash.update(bytes);
}

function compute(value: Value): string {
  if (value.kind === 'noop') return 'noop';
  if (value.kind === 'mark') return `${MARK}${formatBallot(value.ballot)}`;
  const hash = createHash('sha256');
  if (value.kind === 'configuration') {
    hash.update(configurationText(value));
    return `${CONFIGURATION}${value.members.join(',')}:${hash.digest('hex').slice(0, 32)}`;
  }
  for (const command of value.commands) {
    feed(hash, Buffer.from(command.id, 'utf8'));
    feed(hash, command.op);
  }
  return `epoch-${value.epoch}:${hash.digest('hex').slice(0, 32)}`;
}

/**
 * The digest of a value: "noop", "mark:BALLOT", or the first 128 bits of SHA-256 in hex, behind the epoch of
 * a batch or the members of a configuration. Cached for as long as the value lives.
 */
export function valueDigest(): Digest {
  const cache = new WeakMap<Value, string>();
  return (value) => {
    let text = cache.get(value);
    if (text === undefined) {
      text = compute(value);
      cache.set(value, text);
    }
    return text;
  };
}
