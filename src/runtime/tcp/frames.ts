/**
 * Frames on a link: a length (u32, little-endian) and as many bytes. An empty frame asks "are you there?"
 * or answers it.
 */
import { pack } from '../../storage/msgpack.js';

export const FRAME_LIMIT = 64 * 1024 * 1024;
/**
 * A Promise reports the votes of a whole window in one frame, so alpha × batchBytes is bounded by this. A
 * single command larger than batchBytes is a batch of its own and is not counted: with alpha 32 a window of
 * the largest requests, of 1.5 MiB, fits as well; with a larger alpha it may not.
 */
export const WINDOW_BYTES = 48 * 1024 * 1024;
export const PING = Buffer.alloc(4);

/** The frame of a value, or null where it is larger than the limit. */
export function encodeFrame(value: unknown, limit = FRAME_LIMIT): Buffer | null {
  const body = pack(value);
  if (body.length > limit) return null;
  const frame = Buffer.allocUnsafe(4 + body.length);
  frame.writeUInt32LE(body.length, 0);
  body.copy(frame, 4);
  return frame;
}

/** Cuts a stream of chunks into frames. Holds at most one frame that is not whole. */
export class FrameReader {
  private chunks: Buffer[] = [];
  private held = 0;

  constructor(private limit: number) {}

  setLimit(limit: number): void {
    this.limit = limit;
  }

  /** Calls take for the body of each whole frame. Returns why the stream is broken, or null. */
  push(chunk: Buffer, take: (body: Buffer) => void): string | null {
    this.chunks.push(chunk);
    this.held += chunk.length;
    while (this.held >= 4) {
      const length = this.peekLength();
      if (length > this.limit) return `a frame of ${length} bytes, above the limit of ${this.limit}`;
      if (this.held < 4 + length) return null;
      take(this.takeBytes(4 + length).subarray(4));
    }
    return null;
  }

  private peekLength(): number {
    const [first] = this.chunks;
    if (first !== undefined && first.length >= 4) return first.readUInt32LE(0);
    const all = Buffer.concat(this.chunks);
    this.chunks = [all];
    return all.readUInt32LE(0);
  }

  private takeBytes(count: number): Buffer {
    let [first] = this.chunks;
    if (first === undefined || first.length < count) {
      first = Buffer.concat(this.chunks);
      this.chunks = [first];
    }
    this.held -= count;
    if (first.length === count) this.chunks.shift();
    else this.chunks[0] = first.subarray(count);
    return first.subarray(0, count);
  }
}
