/**
 * The bytes of the log. A segment is a header and then records; each carries a CRC-32 over the cell, the
 * member, its own position and its body (which holds slot, ballot and value), so that a misdirected or
 * foreign block never passes.
 *
 *   header: magic u64 | version u32 | length u32 | crc u32 | body
 *   record: magic u32 | length u32 | crc u32 | body
 *
 * Numbers are little-endian, bodies MessagePack. A header is shorter than a disk sector: it is there or it
 * is not.
 */
import * as t from 'io-ts';
import { crc32 } from 'node:zlib';
import type { LogRecord, Member } from '../core/types.js';
import * as codecs from './codecs.js';
import { NO_STORAGE_FAULTS, type StorageFaults } from './faults.js';
import { pack, unpack } from './msgpack.js';

/** A place in the log: segments count from 1, offsets are bytes from the start of the segment's file. */
export interface Position {
  readonly segment: number;
  readonly offset: number;
}

/** Whose log it is; part of every checksum. */
export interface LogIdentity {
  readonly cell: string;
  readonly member: Member;
}

export interface SegmentHeader extends LogIdentity {
  readonly segment: number;
  /** The process start that wrote this segment, from 1. */
  readonly start: number;
  /** Where the log ended when this segment was begun; all of it was synced. Null in the first segment. */
  readonly previous: Position | null;
}

/**
 * What a record holds: a durable step, or the mark of a clean stop. `synced` = end of the last sync known
 * then.
 */
export interface LogEntry {
  readonly synced: Position | null;
  readonly record: LogRecord | null;
}

const position: t.Type<Position> = t.type({ segment: codecs.positive, offset: codecs.natural });
const positionOrNull = t.union([position, t.null]);

const headerBody: t.Type<SegmentHeader> = t.type({
  cell: codecs.name,
  member: codecs.member,
  segment: codecs.positive,
  start: codecs.positive,
  previous: positionOrNull,
});

const entryBody: t.Type<LogEntry> = t.type({
  synced: positionOrNull,
  record: t.union([codecs.logRecord, t.null]),
});

export const RECORD_MAGIC = Buffer.from([0xd3, 0xc4, 0x1e, 0x6f]);
const HEADER_MAGIC = Buffer.from('DECREELG', 'latin1');
const FORMAT_VERSION = 1;
const HEADER_FIXED = 20;
const RECORD_FIXED = 12;

export function compare(a: Position, b: Position): number {
  return a.segment - b.segment || a.offset - b.offset;
}

/** The highest of the positions, or null where there is none. */
export function furthest(positions: readonly (Position | null)[]): Position | null {
  return positions.reduce((a, b) => (a === null || (b !== null && compare(a, b) < 0) ? b : a), null);
}

export function formatPosition({ segment, offset }: Position): string {
  return `segment ${segment} offset ${offset}`;
}

function checksum(identity: LogIdentity, at: Position, body: Uint8Array): number {
  const place = Buffer.allocUnsafe(16);
  place.writeUInt32LE(at.segment, 0);
  place.writeUInt32LE(Math.floor(at.offset / 2 ** 32), 4);
  place.writeUInt32LE(at.offset % 2 ** 32, 8);
  place.writeUInt32LE(body.length, 12);
  return crc32(body, crc32(place, crc32(`${identity.cell}/${identity.member}/`)));
}

export function encodeHeader(header: SegmentHeader): Buffer {
  const body = pack(header);
  const fixed = Buffer.alloc(HEADER_FIXED);
  HEADER_MAGIC.copy(fixed, 0);
  fixed.writeUInt32LE(FORMAT_VERSION, 8);
  fixed.writeUInt32LE(body.length, 12);
  fixed.writeUInt32LE(checksum(header, { segment: header.segment, offset: 0 }, body), 16);
  return Buffer.concat([fixed, body]);
}

export type HeaderRead =
  | { readonly kind: 'intact'; readonly header: SegmentHeader; readonly end: number }
  /** The file ends before the header does, or holds zeros: it was never synced. */
  | { readonly kind: 'torn' }
  | { readonly kind: 'damaged'; readonly why: string };

export function readHeader(data: Buffer, segment: number, identity: LogIdentity): HeaderRead {
  if (data.every((byte) => byte === 0)) return { kind: 'torn' };
  if (data.length < HEADER_FIXED) return prefixOfMagic(data) ? { kind: 'torn' } : damaged('bad magic');
  if (!data.subarray(0, 8).equals(HEADER_MAGIC)) return damaged('bad magic');
  const version = data.readUInt32LE(8);
  if (version !== FORMAT_VERSION) return damaged(`format version ${version}, not ${FORMAT_VERSION}`);
  const end = HEADER_FIXED + data.readUInt32LE(12);
  if (end > 512) return damaged(`header of ${end} bytes`);
  if (end > data.length) return { kind: 'torn' };
  const body = data.subarray(HEADER_FIXED, end);
  const stored = data.readUInt32LE(16);
  const header = decodeBody(body, headerBody);
  if (header === null || checksum(header, { segment: header.segment, offset: 0 }, body) !== stored) {
    return damaged('bad header checksum');
  }
  if (header.cell !== identity.cell || header.member !== identity.member || header.segment !== segment) {
    return damaged(
      `header of segment ${header.segment} of ${header.member} in cell ${header.cell}, ` +
        `expected segment ${segment} of ${identity.member} in cell ${identity.cell}`,
    );
  }
  return { kind: 'intact', header, end };
}

function prefixOfMagic(data: Buffer): boolean {
  const length = Math.min(data.length, HEADER_MAGIC.length);
  return data.subarray(0, length).equals(HEADER_MAGIC.subarray(0, length));
}

function damaged(why: string): HeaderRead {
  return { kind: 'damaged', why };
}

export function encodeEntry(identity: LogIdentity, at: Position, entry: LogEntry): Buffer {
  const body = pack(entry);
  const fixed = Buffer.allocUnsafe(RECORD_FIXED);
  RECORD_MAGIC.copy(fixed, 0);
  fixed.writeUInt32LE(body.length, 4);
  fixed.writeUInt32LE(checksum(identity, at, body), 8);
  return Buffer.concat([fixed, body]);
}

export type EntryRead =
  | { readonly kind: 'intact'; readonly entry: LogEntry; readonly end: number }
  | { readonly kind: 'damaged'; readonly why: string };

/** Reads the record at an offset below the end of the data. */
export function readEntry(
  data: Buffer,
  identity: LogIdentity,
  at: Position,
  faults: StorageFaults = NO_STORAGE_FAULTS,
): EntryRead {
  const { offset } = at;
  if (offset + RECORD_FIXED > data.length) return { kind: 'damaged', why: 'the file ends inside a record' };
  if (!data.subarray(offset, offset + 4).equals(RECORD_MAGIC))
    return { kind: 'damaged', why: 'no record here' };
  const end = offset + RECORD_FIXED + data.readUInt32LE(offset + 4);
  if (end > data.length) return { kind: 'damaged', why: 'the record reaches past the end of the file' };
  const body = data.subarray(offset + RECORD_FIXED, end);
  if (checksum(identity, at, body) !== data.readUInt32LE(offset + 8) && !faults.keepTorn) {
    return { kind: 'damaged', why: 'bad checksum' };
  }
  const entry = decodeBody(body, entryBody);
  if (entry === null) return { kind: 'damaged', why: 'the checksum holds, the content is no log record' };
  return { kind: 'intact', entry, end };
}

/** `is` answers without a report of what is wrong, and a start reads every record. */
function decodeBody<A>(body: Buffer, codec: t.Type<A>): A | null {
  try {
    const input = unpack(body);
    return codec.is(input) ? input : null;
  } catch {
    return null;
  }
}
