/** Does today's code read a sample as it was meant, and write it as it was written? */
import type * as t from 'io-ts';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Frame } from '../../src/driver/ports.js';
import * as codecs from '../../src/runtime/codecs.js';
import { realFiles } from '../../src/runtime/real-files.js';
import { encodeFrame, FRAME_LIMIT, FrameReader, PING } from '../../src/runtime/tcp/frames.js';
import { hello, reply } from '../../src/runtime/tcp/hello.js';
import { encodeEntry, readEntry, type LogEntry } from '../../src/storage/format.js';
import { unpack } from '../../src/storage/msgpack.js';
import { encodeSnapshotHeader, SnapshotReader, type Begun } from '../../src/storage/snapshot-format.js';
import { fromBase64, fromJson, type Sample } from './format.js';
import { frameBytes, IDENTITY, PLACE } from './samples.js';

export interface SampleCheck {
  /** A folder for the file of a sample that is one. */
  readonly folder: string;
  /** Whether the bytes must be those that this version writes; a later version may write others. */
  readonly sameBytes: boolean;
}

/** What is wrong with a sample, beginning with its name; null where nothing is. */
export function checkSample(sample: Sample, { folder, sameBytes }: SampleCheck): string | null {
  const { what } = sample;
  const bytes = fromBase64(sample.bytes);
  let read: unknown;
  try {
    read = decode(sample.kind, bytes, folder);
  } catch (error) {
    return `${what}: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (!isDeepStrictEqual(read, fromJson(sample.means))) return `${what}: it means something else`;
  if (!sameBytes || encode(sample.kind, read).equals(bytes)) return null;
  return `${what}: it is written as other bytes`;
}

function decode(kind: Sample['kind'], bytes: Buffer, folder: string): unknown {
  switch (kind) {
    case 'frame':
      return readAs(codecs.frame, bodyOf(bytes));
    case 'hello':
      return readAs(hello, bodyOf(bytes));
    case 'reply':
      return readAs(reply, bodyOf(bytes));
    case 'ping':
      return bodyOf(bytes).length === 0 ? null : 'a frame with a body';
    case 'entry':
      return entryOf(bytes);
    case 'snapshot':
      return headOf(bytes, join(folder, 'sample.snap'));
  }
}

function encode(kind: Sample['kind'], value: unknown): Buffer {
  switch (kind) {
    case 'frame':
      return Buffer.from(frameBytes(value as Frame));
    case 'hello':
    case 'reply':
      return encodeFrame(value) ?? Buffer.alloc(0);
    case 'ping':
      return PING;
    case 'entry':
      return encodeEntry(IDENTITY, PLACE, value as LogEntry);
    case 'snapshot':
      return encodeSnapshotHeader(IDENTITY.cell, value as Begun);
  }
}

/** The one frame that the bytes are, as a link cuts them. */
function bodyOf(bytes: Buffer): Buffer {
  const bodies: Buffer[] = [];
  const broken = new FrameReader(FRAME_LIMIT).push(bytes, (body) => bodies.push(body));
  const [body] = bodies;
  if (broken !== null) throw new Error(broken);
  if (body === undefined) throw new Error('the frame is not whole');
  if (body.length + 4 !== bytes.length) throw new Error('bytes follow the frame');
  return body;
}

function readAs<A>(codec: t.Type<A>, body: Buffer): A {
  const read = unpack(body);
  if (!codec.is(read)) throw new Error('not of this protocol');
  return read;
}

function entryOf(bytes: Buffer): LogEntry {
  // The checksum covers the place.
  const segment = Buffer.concat([Buffer.alloc(PLACE.offset), bytes]);
  const read = readEntry(segment, IDENTITY, PLACE);
  if (read.kind === 'damaged') throw new Error(read.why);
  if (read.end !== PLACE.offset + bytes.length) throw new Error('bytes follow the entry');
  return read.entry;
}

function headOf(bytes: Buffer, path: string): Begun {
  writeFileSync(path, bytes);
  return new SnapshotReader(realFiles, path, IDENTITY.cell).header();
}
