/**
 * The whole state as parts of bytes: MessagePack arrays that begin with a tag. First the numbers of the
 * store, then its pairs in the order of their keys, a few KiB a part. Equal states have equal bytes. A part
 * is made when it is asked for, so that whoever writes a large state stops between two of them.
 */
import * as t from 'io-ts';
import { Packr } from 'msgpackr';
import type { KeyValue } from './operations.js';
import { orderedMap } from './ordered-map.js';
import { sizeOf, type Pairs } from './pairs.js';

const packr = new Packr({ useRecords: false, int64AsType: 'bigint', moreTypes: false, copyBuffers: true });

/** Everything that a store is made of; never changed while parts of it are made. */
export interface Frozen {
  readonly revision: number;
  readonly pairs: Pairs;
}

/** The state that parts were read to, and what its pairs take in memory. */
export interface Restored extends Frozen {
  readonly bytes: number;
}

/** A part is full with so many pairs, or bytes of keys and values. */
const PART_PAIRS = 256;
const PART_BYTES = 32 << 10;

const isBytes = (u: unknown): u is Uint8Array => u instanceof Uint8Array;
const bytes = new t.Type<Uint8Array>(
  'bytes',
  isBytes,
  (u, c) => (isBytes(u) ? t.success(u) : t.failure(u, c)),
  t.identity,
);
const PairTuple = t.tuple([bytes, bytes, t.tuple([t.number, t.number, t.number]), t.bigint]);
const PartCodec = t.union([
  t.tuple([t.literal('store'), t.number]),
  t.tuple([t.literal('pairs'), t.array(PairTuple)]),
]);

type Part = t.TypeOf<typeof PartCodec>;

export function* writeParts({ revision, pairs }: Frozen): Generator<Uint8Array> {
  yield encode(['store', revision]);
  let part: t.TypeOf<typeof PairTuple>[] = [];
  let size = 0;
  for (const { key, value, createRevision, modRevision, version, lease } of pairs.values()) {
    part.push([key, value, [createRevision, modRevision, version], lease]);
    size += key.length + value.length;
    if (part.length < PART_PAIRS && size < PART_BYTES) continue;
    yield encode(['pairs', part]);
    part = [];
    size = 0;
  }
  if (part.length > 0) yield encode(['pairs', part]);
}

/** A state while its parts arrive. Throws where bytes are no part, or come in another order. */
export class PartReader {
  private revision: number | null = null;
  private readonly pairs: Pairs = orderedMap<KeyValue>();
  private bytes = 0;

  part(input: Uint8Array): void {
    const part: unknown = packr.unpack(new Uint8Array(input));
    if (!PartCodec.is(part)) throw new Error('the bytes are no part of a snapshot of the store');
    if ((part[0] === 'store') !== (this.revision === null)) throw new Error('a part at the wrong place');
    if (part[0] === 'store') this.revision = part[1];
    else for (const pair of part[1]) this.add(pair);
  }

  end(): Restored {
    if (this.revision === null) throw new Error('a snapshot without its first part');
    return { revision: this.revision, pairs: this.pairs, bytes: this.bytes };
  }

  private add([key, value, numbers, lease]: t.TypeOf<typeof PairTuple>): void {
    const [createRevision, modRevision, version] = numbers;
    const pair = { key, value, createRevision, modRevision, version, lease };
    this.pairs.set(key, pair);
    this.bytes += sizeOf(pair);
  }
}

function encode(part: Part): Uint8Array {
  return new Uint8Array(packr.pack(part));
}
