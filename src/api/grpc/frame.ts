/**
 * Messages inside an HTTP/2 body: a byte that says whether it is compressed, 4 bytes of length, the message.
 */
import { CODE, GrpcError } from './status.js';

const HEAD = 5;

export function encodeFrame(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(HEAD + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, HEAD);
  return frame;
}

/** Collects the body of a unary call, which is one message. */
export class UnaryBody {
  private readonly chunks: Buffer[] = [];
  private length = 0;

  /** A message above `limit` bytes is refused as soon as its head is there. */
  constructor(private readonly limit: number) {}

  push(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.length += chunk.length;
    if (this.length < HEAD) return;
    const head = this.head();
    if (head[0] !== 0) throw new GrpcError(CODE.unimplemented, 'grpc: compressed messages are not supported');
    const size = head.readUInt32BE(1);
    if (size > this.limit) {
      throw new GrpcError(
        CODE.resourceExhausted,
        `grpc: received message larger than max (${size} vs. ${this.limit})`,
      );
    }
    if (this.length > HEAD + size)
      throw new GrpcError(CODE.internal, 'grpc: more than one message in the body');
  }

  /** The message, once the body has ended; null where it held none. */
  end(): Uint8Array | null {
    if (this.length === 0) return null;
    const all = this.joined();
    if (all.length < HEAD || all.length < HEAD + all.readUInt32BE(1)) {
      throw new GrpcError(CODE.internal, 'grpc: the body ends inside a message');
    }
    return all.subarray(HEAD);
  }

  private head(): Buffer {
    const first = this.chunks[0];
    return first !== undefined && first.length >= HEAD ? first : this.joined();
  }

  private joined(): Buffer {
    if (this.chunks.length > 1) this.chunks.splice(0, this.chunks.length, Buffer.concat(this.chunks));
    return this.chunks[0] ?? Buffer.alloc(0);
  }
}
