/** Frames: grouped per receiver, bounded, Chosen first. */
import { describe, expect, it } from 'vitest';
import type { Message } from '../../src/core/messages.js';
import { Outbox } from '../../src/driver/outbox.js';
import type { Frame } from '../../src/driver/ports.js';
import { A, B, ballot, C, messages } from '../contract/samples.js';

const accept = (slot: number, bytes = 1): Message => ({
  type: 'Accept',
  id: `${A}/1/${slot}/0`,
  ballot: ballot(1),
  slot,
  value: { kind: 'batch', epoch: 0, commands: [{ id: 'c', op: new Uint8Array(bytes) }] },
});
const chosen = (upTo: number): Message => ({ type: 'Chosen', id: `${A}/1/9/0`, ballot: ballot(1), upTo });

const flush = (fill: (outbox: Outbox) => void): ReadonlyMap<string, readonly (readonly Message[])[]> => {
  const outbox = new Outbox();
  const sent = new Map<string, (readonly Message[])[]>();
  const send = (to: string, frame: Frame): boolean => {
    const parts = frame.kind === 'parts' ? frame.parts : [];
    sent.set(to, [...(sent.get(to) ?? []), parts]);
    return true;
  };
  fill(outbox);
  outbox.flush({ send });
  outbox.flush({ send });
  return sent;
};

describe('Outbox', () => {
  it('makes one frame per receiver and keeps the order', () => {
    const sent = flush((outbox) => {
      outbox.add([B, C], accept(1));
      outbox.add([C], accept(2));
      outbox.add([B, C], accept(3));
    });
    expect([...sent]).toEqual([
      [B, [[accept(1), accept(3)]]],
      [C, [[accept(1), accept(2), accept(3)]]],
    ]);
  });

  it('puts Chosen parts first', () => {
    const sent = flush((outbox) => {
      for (const message of [accept(1), chosen(1), accept(2), chosen(2)]) outbox.add([B], message);
    });
    expect(sent.get(B)).toEqual([[chosen(1), chosen(2), accept(1), accept(2)]]);
  });

  it('bounds a frame by parts and by bytes, and lets one large part pass', () => {
    const many = flush((outbox) => {
      for (let slot = 1; slot <= 600; slot++) outbox.add([B], accept(slot));
    }).get(B);
    expect(many?.map((parts) => parts.length)).toEqual([256, 256, 88]);
    const large = flush((outbox) => {
      for (const bytes of [400_000, 400_000, 400_000, 3_000_000, 10]) outbox.add([B], accept(1, bytes));
    }).get(B);
    expect(large?.map((parts) => parts.length)).toEqual([2, 1, 1, 1]);
  });

  it('carries every type of message', () => {
    const sent = flush((outbox) => {
      for (const message of messages) outbox.add([B], message);
    });
    expect(new Set(sent.get(B)?.flat())).toEqual(new Set(messages));
  });
});
