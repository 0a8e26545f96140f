/** What every Transport must do between three members. Run by test/sim and test/runtime. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Member } from '../../src/core/types.js';
import type { Frame, Transport } from '../../src/driver/ports.js';
import { A, B, C, frames } from './samples.js';

export interface Arrival {
  readonly from: Member;
  readonly frame: Frame;
}

/** Members A, B and C of samples.ts, all up, their links sound until one is cut. */
export interface TransportHarness {
  transport(member: Member): Transport;
  /** What arrived at the member so far, in order. */
  arrivals(member: Member): readonly Arrival[];
  /** The members whose link broke, as this member was told, in order. */
  breaks(member: Member): readonly Member[];
  /** Stops the member: frames to it are lost until it is up again. */
  down(member: Member): Promise<void>;
  up(member: Member): Promise<void>;
  until(condition: () => boolean): Promise<void>;
  close(): Promise<void>;
}

const forward = (n: number, size = 1): Frame => ({
  kind: 'forward',
  id: `${A}/1/c${n}`,
  op: new Uint8Array(size).fill(n % 256),
  epoch: 0,
});

interface Session {
  readonly harness: TransportHarness;
  /** Sends until something arrives: a link may need time to come up, and may lose frames until then. */
  reach(from: Member, to: Member): Promise<void>;
  /** What arrived and was not sent by reach(). */
  wanted(member: Member): readonly Arrival[];
}

export const transportContract = (
  name: string,
  make: () => Promise<TransportHarness> | TransportHarness,
): void => {
  describe(`Transport contract: ${name}`, () => {
    let harness: TransportHarness;
    beforeEach(async () => {
      harness = await make();
    });
    afterEach(() => harness.close());

    const reach = async (from: Member, to: Member): Promise<void> => {
      const before = harness.arrivals(to).length;
      await harness.until(() => {
        harness.transport(from).send(to, forward(999));
        return harness.arrivals(to).some((each, i) => i >= before && each.from === from);
      });
    };
    const wanted = (member: Member): readonly Arrival[] =>
      harness.arrivals(member).filter(({ frame }) => frame.kind !== 'forward' || !frame.id.endsWith('/c999'));

    const session = (): Session => ({ harness, reach, wanted });
    carriesFrames(session);
    losesQuietly(session);
  });
};

function carriesFrames(session: () => Session): void {
  it('carries every kind of frame and message unchanged and names the sender', async () => {
    const { harness, reach, wanted } = session();
    await reach(A, B);
    for (const frame of frames) harness.transport(A).send(B, frame);
    await harness.until(() => wanted(B).length >= frames.length);
    expect(wanted(B)).toEqual(frames.map((frame) => ({ from: A, frame })));
  });

  it('carries frames both ways and to each member', async () => {
    const { harness, reach, wanted } = session();
    for (const [from, to] of [
      [A, B],
      [B, A],
      [A, C],
      [C, B],
    ] as const) {
      await reach(from, to);
      harness.transport(from).send(to, forward(1));
      await harness.until(() => wanted(to).some((each) => each.from === from));
      expect(wanted(to).filter((each) => each.from === from)).toEqual([{ from, frame: forward(1) }]);
    }
  });

  it('keeps the order of a sound link', async () => {
    const { harness, reach, wanted } = session();
    await reach(A, B);
    for (let n = 0; n < 200; n++) harness.transport(A).send(B, forward(n));
    await harness.until(() => wanted(B).length >= 200);
    expect(wanted(B).map(({ frame }) => frame)).toEqual(Array.from({ length: 200 }, (_, n) => forward(n)));
  });
}

function losesQuietly(session: () => Session): void {
  it('carries a frame of a mebibyte', async () => {
    const { harness, reach, wanted } = session();
    await reach(A, B);
    harness.transport(A).send(B, forward(5, 1 << 20));
    await harness.until(() => wanted(B).length > 0);
    const frame = wanted(B)[0]?.frame;
    if (frame?.kind !== 'forward') throw new Error('something else arrived');
    // Not toEqual: it compares a typed array element by element, slowly.
    expect(Buffer.compare(frame.op, Buffer.alloc(1 << 20, 5))).toBe(0);
  });

  it('loses what is sent to a member that is down, without an error; works again when it is up', async () => {
    const { harness, reach, wanted } = session();
    await reach(A, B);
    await harness.down(B);
    for (let n = 0; n < 50; n++) harness.transport(A).send(B, forward(n));
    await reach(A, C);
    await harness.up(B);
    await reach(A, B);
    harness.transport(A).send(B, forward(70));
    await harness.until(() =>
      wanted(B).some(({ frame }) => frame.kind === 'forward' && frame.id === `${A}/1/c70`),
    );
    expect(wanted(B).at(-1)).toEqual({ from: A, frame: forward(70) });
  });

  it('says whether the link is up, and tells once when it breaks', async () => {
    const { harness, reach } = session();
    const sends = (): boolean => harness.transport(A).send(B, forward(999));
    await reach(A, B);
    await reach(A, C);
    expect([sends(), harness.breaks(A)]).toEqual([true, []]);
    await harness.down(B);
    await harness.until(() => harness.breaks(A).length > 0);
    expect([sends(), harness.transport(A).send(C, forward(999)), harness.breaks(A)]).toEqual([
      false,
      true,
      [B],
    ]);
    await harness.up(B);
    await harness.until(sends);
    expect(harness.breaks(A)).toEqual([B]);
  });

  it('drops a frame to a member that it does not know', async () => {
    const { harness, reach, wanted } = session();
    expect(harness.transport(A).send('nobody.00000000', forward(1))).toBe(false);
    await reach(A, B);
    expect(wanted(B)).toEqual([]);
  });
}
