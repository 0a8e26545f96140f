/**
 * The whole state as parts of bytes: MessagePack arrays that begin with a tag. First the numbers of the
 * store, then its sessions in the order in which they were opened, then its pairs in the order of their
 * keys, a few KiB a part. Equal states have equal bytes. A part is made when it is asked for, so that whoever
 * writes a large state stops between two of them.
 */
import * as t from 'io-ts';
import { Packr } from 'msgpackr';
import type { KeyValue } from './operations.js';
import { orderedMap } from './ordered-map.js';
import { sizeOf, type Pairs } from './pairs.js';
import { comparePlaces } from './place.js';
import { readRow, RowTuple, rowPieces } from './session-codec.js';
import type { SavedRow, SessionTable } from './sessions.js';

const packr = new Packr({ useRecords: false, int64AsType: 'bigint', moreTypes: false, copyBuffers: true });

/** Everything that a store is made of; never changed while parts of it are made. */
export interface Frozen {
  readonly revision: number;
  readonly epoch: number;
  readonly pairs: Pairs;
  readonly sessions: SessionTable;
}

/** The state that parts were read to, and what its pairs take in memory. */
export interface Restored extends Frozen {
  readonly bytes: number;
}

/** A part is full with so many pairs or rows, or bytes of keys, values and answers. */
const PART_ITEMS = 256;
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
  /** The revision, how many numbers of a session are kept at once, and the epoch. */
  t.tuple([t.literal('store'), t.number, t.number, t.number]),
  t.tuple([t.literal('sessions'), t.array(RowTuple)]),
  t.tuple([t.literal('pairs'), t.array(PairTuple)]),
]);

type Part = t.TypeOf<typeof PartCodec>;
type Row = t.TypeOf<typeof RowTuple>;
type Pair = t.TypeOf<typeof PairTuple>;

export function* writeParts({ revision, epoch, pairs, sessions }: Frozen): Generator<Uint8Array> {
  yield encode(['store', revision, sessions.window, epoch]);
  const rowBytes = ([, , , answers]: Row): number =>
    answers.reduce((sum, [, answer]) => sum + answer.length, 0);
  for (const rows of packed(rowsOf(sessions), rowBytes)) yield encode(['sessions', rows]);
  const pairBytes = ([key, value]: Pair): number => key.length + value.length;
  for (const some of packed(tuplesOf(pairs), pairBytes)) yield encode(['pairs', some]);
}

function* rowsOf(sessions: SessionTable): Generator<Row> {
  for (const row of sessions.rows()) yield* rowPieces(row, PART_BYTES);
}

function* tuplesOf(pairs: Pairs): Generator<Pair> {
  for (const { key, value, createRevision, modRevision, version, lease } of pairs.values())
    yield [key, value, [createRevision, modRevision, version], lease];
}

/** As many as fill a part, and so on. */
function* packed<T>(all: Iterable<T>, sizeOfOne: (one: T) => number): Generator<T[]> {
  let some: T[] = [];
  let size = 0;
  for (const one of all) {
    some.push(one);
    size += sizeOfOne(one);
    if (some.length < PART_ITEMS && size < PART_BYTES) continue;
    yield some;
    some = [];
    size = 0;
  }
  if (some.length > 0) yield some;
}

/** A state while its parts arrive. Throws where bytes are no part, or come in another order. */
export class PartReader {
  private revision: number | null = null;
  private epoch = 0;
  private readonly pairs: Pairs = orderedMap<KeyValue>();
  private bytes = 0;
  /** The answers of a row of which more follow. */
  private open: SavedRow | null = null;

  /** An empty table like that of the state. */
  constructor(private readonly sessions: SessionTable) {}

  part(input: Uint8Array): void {
    const part: unknown = packr.unpack(new Uint8Array(input));
    if (!PartCodec.is(part)) throw new Error('the bytes are no part of a snapshot of the store');
    if ((part[0] === 'store') !== (this.revision === null)) throw new Error('a part at the wrong place');
    switch (part[0]) {
      case 'store':
        if (part[2] !== this.sessions.window) throw new Error('sessions of another window');
        this.revision = part[1];
        this.epoch = part[3];
        break;
      case 'sessions':
        for (const row of part[1]) this.addRow(row);
        break;
      case 'pairs':
        if (this.open !== null) throw new Error('a row of sessions without its end');
        for (const pair of part[1]) this.add(pair);
        break;
    }
  }

  end(): Restored {
    const { revision, epoch, pairs, sessions, bytes: taken } = this;
    if (revision === null) throw new Error('a snapshot without its first part');
    if (this.open !== null) throw new Error('a snapshot that ends inside a row of sessions');
    return { revision, epoch, pairs, sessions, bytes: taken };
  }

  private addRow(row: Row): void {
    const { open } = this;
    const piece = readRow(row);
    if (open !== null && comparePlaces(open.session, piece.session) !== 0)
      throw new Error('a row of sessions without its end');
    const whole = open === null ? piece : { ...open, answers: [...open.answers, ...piece.answers] };
    this.open = row[4] ? whole : null;
    if (!row[4] && !this.sessions.add(whole)) throw new Error('a row of sessions to which no log leads');
  }

  private add([key, value, numbers, lease]: Pair): void {
    const [createRevision, modRevision, version] = numbers;
    const pair = { key, value, createRevision, modRevision, version, lease };
    this.pairs.set(key, pair);
    this.bytes += sizeOf(pair);
  }
}

function encode(part: Part): Uint8Array {
  return new Uint8Array(packr.pack(part));
}
