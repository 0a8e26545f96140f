import * as fc from 'fast-check';
import * as net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Birth, Member } from '../../src/core/types.js';
import type { Frame } from '../../src/driver/ports.js';
import { realClock, realRandom } from '../../src/runtime/clock.js';
import { silent, type Logger } from '../../src/runtime/logger.js';
import * as codecs from '../../src/runtime/codecs.js';
import { unpack } from '../../src/storage/msgpack.js';
import { FrameEncoder } from '../../src/runtime/tcp/encoder.js';
import { encodeFrame, FrameReader } from '../../src/runtime/tcp/frames.js';
import { helloOf } from '../../src/runtime/tcp/hello.js';
import { TcpTransport } from '../../src/runtime/tcp/transport.js';
import { BIRTH, frame as anyFrame, MEMBERS, plain } from './arbitraries.js';

const [R1, R2, R3] = MEMBERS;

interface End {
  readonly transport: TcpTransport;
  readonly port: number;
  readonly got: { readonly from: Member; readonly frame: Frame }[];
  readonly said: { readonly fields: object; readonly message: string }[];
}

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

async function open(self: Member, port = 0, birth: Birth = BIRTH, options = {}): Promise<End> {
  const got: End['got'] = [];
  const said: End['said'] = [];
  const log: Logger = { ...silent, warn: (fields, message) => said.push({ fields, message }) };
  const transport = new TcpTransport({
    birth,
    self,
    clock: realClock,
    random: realRandom,
    log,
    options: { backoffMinMs: 5, backoffMaxMs: 40, ...options },
    receive: (from, frame) => got.push({ from, frame }),
    broke: () => undefined,
  });
  opened.push(transport);
  return { transport, port: await transport.listen({ host: '127.0.0.1', port }), got, said };
}

function join(from: End, to: Member, port: number): void {
  from.transport.connect(new Map([[to, { host: '127.0.0.1', port }]]));
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let i = 0; i < 1000; i += 1) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`did not happen: ${what}`);
}

const forward = (id: string, size = 3): Frame => ({
  ...{ kind: 'forward', id, op: new Uint8Array(size).fill(7), epoch: 0 },
});

/** A bare socket that has sent these bytes; resolves to what it got when the other side hangs up. */
function speak(port: number, bytes: Uint8Array): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = net.connect({ host: '127.0.0.1', port }, () => socket.write(bytes));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(chunks)));
  });
}

describe('frames', () => {
  it('come out of any cutting of the stream as they went in', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 }), cuts, (bodies, sizes) => {
        const stream = Buffer.concat(bodies.map((body) => encodeFrame(body) ?? Buffer.alloc(0)));
        const expected = bodies.map((body) => encodeFrame(body)?.subarray(4));
        const reader = new FrameReader(1000);
        const got: Buffer[] = [];
        for (let at = 0, i = 0; at < stream.length; i += 1) {
          const size = sizes[i % sizes.length] ?? 1;
          expect(
            reader.push(stream.subarray(at, at + size), (body) => got.push(Buffer.from(body))),
          ).toBeNull();
          at += size;
        }
        expect(got).toEqual(expected);
      }),
    );
  });

  it('of a broadcast read the same, whether a message was encoded before or not', () => {
    const encoder = new FrameEncoder();
    fc.assert(
      fc.property(anyFrame, (frame) => {
        for (let peer = 0; peer < 2; peer += 1) {
          const bytes = encoder.encode(frame) ?? Buffer.alloc(4);
          expect(bytes.readUInt32LE(0)).toBe(bytes.length - 4);
          const read = unpack(bytes.subarray(4));
          expect(codecs.frame.is(read)).toBe(true);
          expect(plain(read)).toEqual(plain(frame));
        }
        expect(encoder.encode(frame, 3)).toBeNull();
      }),
    );
  });

  it('above the limit are refused by both sides', () => {
    expect(encodeFrame(new Uint8Array(100), 50)).toBeNull();
    const reader = new FrameReader(50);
    expect(reader.push(Buffer.from([51, 0, 0, 0]), () => undefined)).toContain(
      '51 bytes, above the limit of 50',
    );
  });
});

describe('the TCP transport', () => {
  it('carries every kind of frame, both ways, in order', async () => {
    const [a, b] = [await open(R1), await open(R2)];
    join(a, R2, b.port);
    join(b, R1, a.port);
    await until('two links', () => a.transport.connected().length + b.transport.connected().length === 2);
    const frames = fc.sample(anyFrame, 200);
    for (const frame of frames) {
      a.transport.send(R2, frame);
      b.transport.send(R1, frame);
    }
    await until('all arrive', () => a.got.length === 200 && b.got.length === 200);
    expect(b.got.map(({ frame }) => plain(frame))).toEqual(frames.map(plain));
    expect(new Set(b.got.map(({ from }) => from))).toEqual(new Set([R1]));
    expect(a.transport.counts).toMatchObject({ sent: 200, received: 200, malformed: 0, droppedDown: 0 });
  });

  it('dials again after the peer came back on the same port, and drops what is sent meanwhile', async () => {
    const a = await open(R1);
    const b = await open(R2);
    join(a, R2, b.port);
    await until('a link', () => a.transport.connected().length === 1);
    await b.transport.close();
    await until('no link', () => a.transport.connected().length === 0);
    a.transport.send(R2, forward('lost'));
    expect(a.transport.counts.droppedDown).toBe(1);
    const again = await open(R2, b.port);
    await until('a link again', () => a.transport.connected().length === 1);
    a.transport.send(R2, forward('kept'));
    await until('it arrives', () => again.got.length === 1);
    expect(again.got[0]?.frame).toMatchObject({ id: 'kept' });
  });

  it.each([
    ['another cell', { ...BIRTH, cell: 'other' }, 'cell is other there and test here'],
    ['another alpha', { ...BIRTH, alpha: 31 }, 'alpha is 31 there and 32 here'],
    ['another lease', { ...BIRTH, leaseMs: 1 }, 'leaseMs is 1 there and 2000 here'],
    ['another drift bound', { ...BIRTH, driftPerMille: 9 }, 'driftPerMille is 9 there and 10 here'],
    ['other members', { ...BIRTH, members: [R1, R2] }, `members are ${R1}, ${R2} there`],
  ])('refuses a replica with %s, and says so once', async (_, birth, reason) => {
    const a = await open(R1, 0, birth);
    const b = await open(R2);
    join(a, R2, b.port);
    await until('three refusals', () => b.transport.counts.refused >= 3);
    expect(a.transport.connected()).toEqual([]);
    expect(b.said).toHaveLength(1);
    expect(JSON.stringify(b.said)).toContain(reason);
    expect(JSON.stringify(a.said)).toContain(`the peer refused: ${reason}`);
    expect(a.said).toHaveLength(1);
  });

  it('refuses a peer that is not the member which it was taken for', async () => {
    const [a, c] = [await open(R1), await open(R3)];
    join(a, R2, c.port);
    await until('a refusal', () => c.transport.counts.refused > 0);
    expect(JSON.stringify(c.said)).toContain(`it looks for ${R2}, this is ${R3}`);
    expect(a.transport.connected()).toEqual([]);
  });

  it('refuses another version of the protocol and its own identity', async () => {
    const b = await open(R2);
    const other = encodeFrame({ ...helloOf(BIRTH, R1, R2), protocol: 2 }) ?? Buffer.alloc(0);
    expect((await speak(b.port, other)).toString('latin1')).toContain('protocol is 2 there and 1 here');
    const own = encodeFrame(helloOf(BIRTH, R2, R2)) ?? Buffer.alloc(0);
    expect((await speak(b.port, own)).toString('latin1')).toContain('it has the identity of this replica');
  });

  it('closes the link on anything that is no frame, and stays up for others', async () => {
    const b = await open(R2);
    const greeting = encodeFrame(helloOf(BIRTH, R1, R2)) ?? Buffer.alloc(0);
    const bad = [
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      encodeFrame({ hello: 'you' }),
      Buffer.concat([greeting, Buffer.from([0xff, 0xff, 0xff, 0xff])]),
      Buffer.concat([greeting, encodeFrame({ kind: 'parts', parts: [{ type: 'Accept' }] }) ?? greeting]),
      Buffer.concat([greeting, Buffer.from([1, 0, 0, 0, 0xc1])]),
      Buffer.concat([greeting, encodeFrame({ kind: 'forward', id: 7, op: new Uint8Array(1) }) ?? greeting]),
    ];
    for (const bytes of bad) await speak(b.port, bytes ?? Buffer.alloc(0));
    expect(b.transport.counts.malformed).toBe(bad.length);
    expect(b.got).toEqual([]);
    const a = await open(R1);
    join(a, R2, b.port);
    await until('a link', () => a.transport.connected().length === 1);
  });

  it('bounds its queue and counts what it drops', async () => {
    const a = await open(R1, 0, BIRTH, { queueFrames: 100 });
    const b = await open(R2);
    join(a, R2, b.port);
    await until('a link', () => a.transport.connected().length === 1);
    for (let i = 0; i < 250; i += 1) a.transport.send(R2, forward(`f${i}`));
    expect(a.transport.counts.droppedFull).toBe(150);
    await until('the rest arrives', () => b.got.length === 100);
    expect(b.got.at(-1)?.frame).toMatchObject({ id: 'f99' });
  });

  it('drops a frame above the limit and keeps the link', async () => {
    const [a, b] = [await open(R1), await open(R2)];
    join(a, R2, b.port);
    await until('a link', () => a.transport.connected().length === 1);
    a.transport.send(R2, forward('large', 65 * 1024 * 1024));
    a.transport.send(R2, forward('small'));
    await until('the small one', () => b.got.length === 1);
    expect(a.transport.counts).toMatchObject({ droppedLarge: 1, connected: 1 });
  });

  it('hangs up on a peer that took the connection and says nothing', async () => {
    const mute = net.createServer(() => undefined);
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const sockets: net.Socket[] = [];
    mute.on('connection', (socket) => sockets.push(socket));
    const a = await open(R1, 0, BIRTH, { silenceMs: 30 });
    join(a, R2, (mute.address() as net.AddressInfo).port);
    await until('a second attempt', () => sockets.length >= 2);
    expect(JSON.stringify(a.said)).toContain('no answer to the hello');
    for (const socket of sockets) socket.destroy();
    mute.close();
  });

  it('names the port that is in use', async () => {
    const a = await open(R1);
    await expect(open(R2, a.port)).rejects.toThrow(`the peer port 127.0.0.1:${a.port} is in use`);
  });
});
