/**
 * The bytes of a snapshot file: a header with all of the handle but the digest, the parts of the state, an
 * end with the digest. Each piece has its own CRC-32, and the digest covers the bytes of all parts, however
 * they are cut: two replicas write the same state under the same digest.
 *
 *   header: magic u64 | version u32 | length u32 | crc u32 | body
 *   part:   length u32 (not 0) | crc u32 | bytes
 *   end:    0 u32 | crc u32 | 16 bytes of digest
 *
 * Numbers are little-endian, the header's body is MessagePack. Nothing in a file names the member that keeps
 * it: it is the same wherever it is copied to.
 */
import * as t from 'io-ts';
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { SnapshotHandle } from '../core/types.js';
import * as codecs from './codecs.js';
import type { Files } from './files.js';
import { pack, unpack } from './msgpack.js';

const MAGIC = Buffer.from('DECREESN', 'latin1');
const VERSION = 1;
const HEADER_FIXED = 20;
const PART_FIXED = 8;
const DIGEST_BYTES = 16;
/** No part is larger: a length above it is damage, and must not make a reader ask for so much memory. */
const PART_LIMIT = 1 << 30;

export type Begun = Omit<SnapshotHandle, 'digest'>;

const headerBody = t.type({ cell: codecs.name, ...codecs.begunSnapshot });

/** Why a file is no snapshot that can be used. */
export class Damaged extends Error {
  override readonly name = 'Damaged';
}

export class StateDigest {
  private readonly hash = createHash('sha256');

  add(part: Uint8Array): void {
    this.hash.update(part);
  }

  end(): Buffer {
    return this.hash.digest().subarray(0, DIGEST_BYTES);
  }
}

export function encodeSnapshotHeader(cell: string, begun: Begun): Buffer {
  const { id, upTo, learnt, inForce, epoch, marked } = begun;
  const body = pack({ cell, id, upTo, learnt, inForce, epoch, marked });
  const fixed = Buffer.alloc(HEADER_FIXED);
  MAGIC.copy(fixed, 0);
  fixed.writeUInt32LE(VERSION, 8);
  fixed.writeUInt32LE(body.length, 12);
  fixed.writeUInt32LE(crc32(body), 16);
  return Buffer.concat([fixed, body]);
}

export function encodePart(part: Uint8Array): Buffer {
  return framed(part.length, part);
}

export function encodeEnd(digest: Uint8Array): Buffer {
  return framed(0, digest);
}

function framed(length: number, bytes: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(PART_FIXED + bytes.length);
  frame.writeUInt32LE(length, 0);
  frame.writeUInt32LE(crc32(bytes), 4);
  frame.set(bytes, PART_FIXED);
  return frame;
}

/** Reads a file from its beginning; each step checks what it reads and throws Damaged. */
export class SnapshotReader {
  private offset = 0;
  private readonly digest = new StateDigest();

  constructor(
    private readonly files: Files,
    private readonly path: string,
    private readonly cell: string,
  ) {}

  header(): Begun {
    const fixed = this.take(HEADER_FIXED);
    if (!fixed.subarray(0, 8).equals(MAGIC)) throw this.damaged('bad magic');
    const version = fixed.readUInt32LE(8);
    if (version !== VERSION) throw this.damaged(`format version ${version}, not ${VERSION}`);
    const body = this.take(this.length(fixed.readUInt32LE(12)));
    if (crc32(body) !== fixed.readUInt32LE(16)) throw this.damaged('bad header checksum');
    const read: unknown = unpack(body);
    if (!headerBody.is(read)) throw this.damaged('the header is that of no snapshot');
    if (read.cell !== this.cell) throw this.damaged(`of the cell ${read.cell}, not ${this.cell}`);
    const { id, upTo, learnt, inForce, epoch, marked } = read;
    return { id, upTo, learnt, inForce, epoch, marked };
  }

  /** The next part of the state; at the end, where the digest fits, its text. */
  next(): { readonly part: Uint8Array } | { readonly digest: string } {
    const fixed = this.take(PART_FIXED);
    const length = this.length(fixed.readUInt32LE(0));
    const bytes = this.take(length === 0 ? DIGEST_BYTES : length);
    if (crc32(bytes) !== fixed.readUInt32LE(4)) throw this.damaged('bad checksum');
    if (length > 0) {
      this.digest.add(bytes);
      return { part: new Uint8Array(bytes) };
    }
    if (!this.digest.end().equals(bytes)) throw this.damaged('the digest is not that of the state');
    if (this.files.size(this.path) !== this.offset) throw this.damaged('bytes follow the end');
    return { digest: bytes.toString('hex') };
  }

  private take(length: number): Buffer {
    const bytes = this.files.readAt(this.path, this.offset, length);
    if (bytes === null) throw new Damaged(`${this.path} is gone`);
    if (bytes.length < length) throw this.damaged('the file ends too early');
    this.offset += length;
    return bytes;
  }

  private length(length: number): number {
    if (length > PART_LIMIT) throw this.damaged(`a piece of ${length} bytes`);
    return length;
  }

  private damaged(why: string): Damaged {
    return new Damaged(`${this.path} is damaged before offset ${this.offset}: ${why}`);
  }
}

/** Reads all of a file: its handle. Throws Damaged. */
export function checkSnapshot(files: Files, path: string, cell: string): SnapshotHandle {
  const reader = new SnapshotReader(files, path, cell);
  const begun = reader.header();
  for (;;) {
    const read = reader.next();
    if ('digest' in read) return { ...begun, digest: read.digest };
  }
}

/** The parts of the state in a file, checked as they are read. Throws Damaged. */
export function* snapshotParts(files: Files, path: string, cell: string): Generator<Uint8Array, string> {
  const reader = new SnapshotReader(files, path, cell);
  reader.header();
  for (;;) {
    const read = reader.next();
    if ('digest' in read) return read.digest;
    yield read.part;
  }
}
