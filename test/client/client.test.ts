import * as net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Client, FROM_KEY, prefixRange, type ClientOptions } from '../../src/client/index.js';
import type { Answer } from '../../src/driver/ports.js';
import { serve, type Served, type StoreService } from '../api/serve.js';
import { bytes } from '../store/make.js';

const cleanUps: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function served(service?: StoreService, port?: number): Promise<Served> {
  const one = await serve(service, port);
  cleanUps.push(() => one.server.close());
  return one;
}

function clientOf(endpoints: readonly string[], more: Partial<ClientOptions> = {}): Client {
  const client = new Client({ timeoutMs: 2000, attemptMs: 300, ...more, endpoints });
  cleanUps.push(() => client.close());
  return client;
}

/** A port where nothing listens. */
async function deadEndpoint(): Promise<string> {
  const server = net.createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((done) => server.close(done));
  return `127.0.0.1:${port}`;
}

/** Takes connections and bytes, and does with them what it is told. */
async function strangeEndpoint(handle: (socket: net.Socket) => void): Promise<string> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    handle(socket);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  cleanUps.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
}

const never = (): Promise<Answer> => new Promise(() => undefined);

describe('a client of several endpoints', () => {
  it('passes over those where nothing listens, writing or reading', async () => {
    const live = await served();
    const client = clientOf([await deadEndpoint(), await deadEndpoint(), live.endpoint]);
    expect(await client.put('a', '1')).toMatchObject({ kind: 'ok', endpoint: live.endpoint });
    expect(await client.get('a')).toMatchObject({ kind: 'ok', value: { pair: { value: bytes('1') } } });
    expect(live.service.submitted).toBe(2);
  });

  it('fails at once where nothing listens anywhere', async () => {
    const client = clientOf([await deadEndpoint(), await deadEndpoint()], { timeoutMs: 60_000 });
    const failed = { kind: 'failed', error: { cause: 'unreachable', code: null } };
    expect(await client.put('a', '1')).toMatchObject(failed);
    expect(await client.get('a')).toMatchObject(failed);
  });

  it('asks a read again elsewhere, but sends a write once', async () => {
    const [cutOff, live] = [await served(), await served()];
    cutOff.service.intercept = () => Promise.resolve({ ok: false, reason: 'no leader' });
    const client = clientOf([cutOff.endpoint, live.endpoint]);
    expect(await client.put('a', '1')).toMatchObject({
      kind: 'failed',
      error: { endpoint: cutOff.endpoint },
    });
    expect(live.service.submitted).toBe(0);
    expect(await client.get('a')).toMatchObject({ kind: 'ok', endpoint: live.endpoint });
    expect([cutOff.service.submitted, live.service.submitted]).toEqual([2, 1]);
    expect(await client.put('a', '1')).toMatchObject({ kind: 'ok', endpoint: live.endpoint });
  });

  it('asks a silent replica no longer than an attempt, if it only reads', async () => {
    const [silent, live] = [await served(), await served()];
    silent.service.intercept = never;
    const client = clientOf([silent.endpoint, live.endpoint], { attemptMs: 50 });
    expect(await client.get('a')).toMatchObject({ kind: 'ok', endpoint: live.endpoint });
    const readOnly = { success: [{ requestRange: { key: bytes('a') } }] };
    expect(await client.txn(readOnly)).toMatchObject({ kind: 'ok' });
  });

  it('treats a transaction that may write as a write', async () => {
    const [cutOff, live] = [await served(), await served()];
    cutOff.service.intercept = () => Promise.resolve({ ok: false, reason: 'timed out' });
    const client = clientOf([cutOff.endpoint, live.endpoint]);
    const inner = { failure: [{ requestDeleteRange: { key: bytes('a') } }] };
    expect(await client.txn({ success: [{ requestTxn: inner }] })).toMatchObject({ kind: 'unknown' });
    expect(live.service.submitted).toBe(0);
  });
});

describe('a write without an answer', () => {
  it('is unknown where the time is up, and the connection is made anew', async () => {
    const silent = await served();
    const client = clientOf([silent.endpoint], { timeoutMs: 500 });
    // Without a connection nothing would be sent, and the put would have failed for certain.
    expect(await client.put('a', '0')).toMatchObject({ kind: 'ok' });
    silent.service.intercept = never;
    const outcome = await client.put('a', '1');
    expect(outcome).toMatchObject({ kind: 'unknown' });
    silent.service.intercept = null;
    expect(await client.put('a', '2')).toMatchObject({ kind: 'ok' });
  });

  it('is unknown where the connection is lost, and not sent again', async () => {
    const [dying, live] = [await served(), await served()];
    dying.service.intercept = never;
    const client = clientOf([dying.endpoint, live.endpoint]);
    const outcome = client.put('a', '1');
    while (dying.service.submitted === 0) await new Promise((done) => setImmediate(done));
    await dying.server.close();
    expect(await outcome).toMatchObject({ kind: 'unknown', error: { cause: 'connection lost' } });
    expect(live.service.submitted).toBe(0);
    expect(await client.put('a', '2')).toMatchObject({ kind: 'ok', endpoint: live.endpoint });
  });

  it('is unknown where the server breaks off in the middle of the protocol', async () => {
    const endpoint = await strangeEndpoint((socket) => {
      // An empty SETTINGS frame, so that the connection stands; then nothing but an end.
      socket.write(Buffer.from('000000040000000000', 'hex'));
      socket.on('data', () => setTimeout(() => socket.destroy(), 30));
    });
    expect(await clientOf([endpoint]).put('a', '1')).toMatchObject({ kind: 'unknown' });
  });
});

describe('a connection', () => {
  it('is made again when the replica is back at its port', async () => {
    const first = await served();
    const client = clientOf([first.endpoint]);
    expect(await client.put('a', '1')).toMatchObject({ kind: 'ok' });
    await first.server.close();
    expect(await client.put('a', '2')).toMatchObject({ kind: 'failed', error: { cause: 'unreachable' } });
    await served(first.service, first.server.port);
    expect(await client.put('a', '3')).toMatchObject({ kind: 'ok', value: { header: { revision: 3n } } });
  });

  it('to a server that speaks something else ends a call within its time', async () => {
    const mute = await strangeEndpoint(() => undefined);
    const rude = await strangeEndpoint((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    for (const endpoint of [mute, rude]) {
      const outcome = await clientOf([endpoint], { timeoutMs: 100 }).put('a', '1');
      expect(outcome.kind).not.toBe('ok');
    }
  });

  it('is gone after close()', async () => {
    const live = await served();
    const client = clientOf([live.endpoint]);
    await client.put('a', '1');
    client.close();
    expect(await client.put('a', '2')).toMatchObject({ kind: 'failed' });
    expect(live.service.submitted).toBe(1);
  });
});

describe('ranges of prefixes', () => {
  it.each([
    [
      [1, 2],
      [1, 3],
    ],
    [[1, 255], [2]],
    [[255, 255], [0]],
  ])('end behind the last key: %j', (prefix, end) => {
    const range = { key: new Uint8Array(prefix), rangeEnd: new Uint8Array(end) };
    expect(prefixRange(new Uint8Array(prefix))).toEqual(range);
  });

  it('hold every key where the prefix is empty', () => {
    expect(prefixRange('')).toEqual({ key: FROM_KEY, rangeEnd: FROM_KEY });
  });
});
