/** What one turn sends, gathered per receiver: few frames, each of a bounded size, Chosen parts first. */
import type { Message } from '../core/messages.js';
import type { Member, Value } from '../core/types.js';
import type { Transport } from './ports.js';

/**
 * A frame is full with so many parts or about so many bytes of values; one larger part makes its own frame.
 */
const FRAME_PARTS = 256;
const FRAME_BYTES = 1 << 20;

interface Part {
  readonly message: Message;
  readonly bytes: number;
}

export class Outbox {
  private readonly parts = new Map<Member, Part[]>();

  add(receivers: readonly Member[], message: Message): void {
    const part = { message, bytes: sizeOf(message) };
    for (const receiver of receivers) {
      const parts = this.parts.get(receiver);
      if (parts === undefined) this.parts.set(receiver, [part]);
      else parts.push(part);
    }
  }

  /** Sends everything, in frames; the outbox is empty afterwards. */
  flush(transport: Transport): void {
    for (const [receiver, parts] of this.parts) {
      for (const frame of framesOf(parts)) transport.send(receiver, { kind: 'parts', parts: frame });
    }
    this.parts.clear();
  }
}

/**
 * Chosen parts before the others, the order otherwise kept. A receiver makes its inputs in the same order.
 */
export function chosenFirst<P>(parts: readonly P[], typeOf: (part: P) => Message['type']): readonly P[] {
  const first = parts.filter((part) => typeOf(part) === 'Chosen');
  if (first.length === 0 || first.length === parts.length) return parts;
  return [...first, ...parts.filter((part) => typeOf(part) !== 'Chosen')];
}

function framesOf(parts: readonly Part[]): readonly (readonly Message[])[] {
  const frames: Message[][] = [];
  let frame: Message[] = [];
  let bytes = 0;
  for (const part of chosenFirst(parts, ({ message }) => message.type)) {
    if (frame.length > 0 && (frame.length >= FRAME_PARTS || bytes + part.bytes > FRAME_BYTES)) {
      frames.push(frame);
      frame = [];
      bytes = 0;
    }
    frame.push(part.message);
    bytes += part.bytes;
  }
  if (frame.length > 0) frames.push(frame);
  return frames;
}

/** About how many bytes a value takes. */
export const valueBytes = (value: Value): number =>
  value.kind !== 'batch' ? 1 : value.commands.reduce((sum, { id, op }) => sum + id.length + op.length, 1);

/** About how many bytes a message takes; exact enough to bound a frame. */
function sizeOf(message: Message): number {
  switch (message.type) {
    case 'Accept':
      return valueBytes(message.value);
    case 'Promise':
      return message.accepted.reduce((sum, [, vote]) => sum + valueBytes(vote.value), 0);
    case 'Entries':
      return message.values.reduce((sum, value) => sum + valueBytes(value), 0);
    default:
      return 1;
  }
}
