/**
 * Encodes the frames of a turn. A broadcast puts the same message into one frame for each peer: the message
 * is encoded once, and its bytes are copied into each frame.
 */
import type { Message } from '../../core/messages.js';
import type { Frame } from '../../driver/ports.js';
import { pack } from '../../storage/msgpack.js';
import { encodeFrame, FRAME_LIMIT } from './frames.js';

/** MessagePack of `{ kind: 'parts', parts: [` with the count of the parts still to be set (array 32). */
const HEAD = Buffer.concat([
  Buffer.from([0x82]),
  pack('kind'),
  pack('parts'),
  pack('parts'),
  Buffer.from([0xdd, 0, 0, 0, 0]),
]);

export class FrameEncoder {
  private readonly encoded = new Map<Message, Buffer>();
  private clearAsked = false;

  /** The bytes of the frame with its length, or null where it is larger than the limit. */
  encode(frame: Frame, limit = FRAME_LIMIT): Buffer | null {
    return frame.kind === 'parts' ? this.encodeParts(frame.parts, limit) : encodeFrame(frame, limit);
  }

  private encodeParts(parts: readonly Message[], limit: number): Buffer | null {
    const length = Buffer.alloc(4);
    const head = Buffer.from(HEAD);
    head.writeUInt32BE(parts.length, HEAD.length - 4);
    const pieces = [length, head, ...parts.map((part) => this.bytesOf(part))];
    const frame = Buffer.concat(pieces);
    if (frame.length - 4 > limit) return null;
    frame.writeUInt32LE(frame.length - 4, 0);
    return frame;
  }

  private bytesOf(part: Message): Buffer {
    const known = this.encoded.get(part);
    if (known !== undefined) return known;
    const bytes = pack(part);
    this.encoded.set(part, bytes);
    this.askClear();
    return bytes;
  }

  /** The messages of one turn only: a message is sent again seldom, and then encoded again. */
  private askClear(): void {
    if (this.clearAsked) return;
    this.clearAsked = true;
    queueMicrotask(() => {
      this.clearAsked = false;
      this.encoded.clear();
    });
  }
}
