import * as http2 from 'node:http2';
import * as net from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeFrame, UnaryBody } from '../../src/api/grpc/frame.js';
import { CODE, decodeMessage } from '../../src/api/grpc/status.js';
import { codecs } from '../../src/api/proto/codec.js';
import { bytes } from '../store/make.js';
import { serve, type Served } from './serve.js';

let served: Served;
let session: http2.ClientHttp2Session;

beforeEach(async () => {
  served = await serve();
  session = http2.connect(`http://${served.endpoint}`);
});

afterEach(async () => {
  session.destroy();
  await served.server.close();
  expect(served.faults).toEqual([]);
});

interface Ended {
  readonly http: number;
  readonly code: number | null;
  readonly message: string;
  readonly body: Uint8Array | null;
  /** How a read was answered. */
  readonly label: string;
}

interface Opened {
  readonly stream: http2.ClientHttp2Stream;
  readonly ended: Promise<Ended>;
}

const PUT = '/etcdserverpb.KV/Put';

function open(path: string, headers: http2.OutgoingHttpHeaders = {}): Opened {
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    te: 'trailers',
    'content-type': 'application/grpc',
    ...headers,
  });
  let http = 0;
  let status: string | undefined;
  let message = '';
  let label = '';
  const body = new UnaryBody(1e9);
  const take = (got: http2.IncomingHttpHeaders): void => {
    status ??= got['grpc-status'] as string | undefined;
    label ||= (got['decree-read'] as string | undefined) ?? '';
    message ||= decodeMessage((got['grpc-message'] as string | undefined) ?? '');
  };
  stream.on('response', (got) => {
    http = got[':status'] ?? 0;
    take(got);
  });
  stream.on('trailers', take);
  stream.on('data', (chunk: Buffer) => body.push(chunk));
  const ended = new Promise<Ended>((done) => {
    stream.on('error', () => undefined);
    stream.on('close', () =>
      done({ http, code: status === undefined ? null : Number(status), message, body: body.end(), label }),
    );
  });
  return { stream, ended };
}

function call(path: string, request: Uint8Array, headers: http2.OutgoingHttpHeaders = {}): Promise<Ended> {
  const { stream, ended } = open(path, headers);
  stream.end(encodeFrame(request));
  return ended;
}

const put = (key: string, value = 'v'): Uint8Array =>
  codecs.putRequest.encode({ key: bytes(key), value: bytes(value) });

describe('calls', () => {
  it('answer with a message and status 0', async () => {
    const ended = await call(PUT, put('a'));
    expect(ended).toMatchObject({ http: 200, code: CODE.ok, message: '' });
    expect(codecs.putResponse.decode(ended.body!).header?.revision).toBe(2n);
  });

  it('say how a read was answered', async () => {
    const range = (serializable: boolean): Uint8Array =>
      codecs.rangeRequest.encode({ key: bytes('a'), serializable });
    expect(await call('/etcdserverpb.KV/Range', range(false))).toMatchObject({ code: 0, label: 'lease' });
    const local = await call('/etcdserverpb.KV/Range', range(true));
    expect(local).toMatchObject({ code: 0, label: 'serializable' });
    expect(await call(PUT, put('a'))).toMatchObject({ code: 0, label: '' });
  });

  it('run side by side on one connection', async () => {
    const all = await Promise.all(Array.from({ length: 300 }, (_, i) => call(PUT, put(`k${i}`))));
    expect(all.every((one) => one.code === CODE.ok)).toBe(true);
    expect(served.service.store.keys).toBe(300);
  });

  it('may come in as many pieces as the network likes', async () => {
    const { stream, ended } = open(PUT);
    for (const byte of encodeFrame(put('a'))) {
      stream.write(Buffer.from([byte]));
      await new Promise((done) => setImmediate(done));
    }
    stream.end();
    expect(await ended).toMatchObject({ code: CODE.ok });
  });

  it.each([
    ['/etcdserverpb.KV/Nothing', 'unknown method Nothing for service etcdserverpb.KV'],
    ['/etcdserverpb.Watch/Watch', 'unknown service etcdserverpb.Watch'],
    ['/x', 'unknown service x'],
  ])('of what is not there are refused: %s', async (path, message) => {
    expect(await call(path, new Uint8Array())).toMatchObject({
      http: 200,
      code: CODE.unimplemented,
      message,
    });
  });

  it.each<[string, http2.OutgoingHttpHeaders, number, string]>([
    ['gzip', { 'grpc-encoding': 'gzip' }, CODE.unimplemented, 'Decompressor is not installed'],
    ['a timeout that is none', { 'grpc-timeout': 'soon' }, CODE.internal, 'malformed grpc-timeout "soon"'],
  ])('with %s are refused', async (_, headers, code, message) => {
    const ended = await call(PUT, put('a'), headers);
    expect(ended).toMatchObject({ http: 200, code });
    expect(ended.message).toContain(message);
    expect(served.service.submitted).toBe(0);
  });

  it('of another content type or method are no gRPC', async () => {
    expect(await call(PUT, put('a'), { 'content-type': 'application/json' })).toMatchObject({ http: 415 });
    expect(await call(PUT, put('a'), { 'content-type': 'application/grpc+proto' })).toMatchObject({
      code: 0,
    });
    const { stream, ended } = open(PUT, { ':method': 'GET' });
    stream.end();
    expect(await ended).toMatchObject({ http: 405, code: null });
  });

  it('without a message, or with a wrong one, are refused', async () => {
    const { stream, ended } = open(PUT);
    stream.end();
    expect(await ended).toMatchObject({ code: CODE.internal, message: 'grpc: the body holds no message' });
    expect(await call(PUT, new Uint8Array([0x0a, 0x63]))).toMatchObject({ code: CODE.internal });
    expect(served.service.submitted).toBe(0);
  });
});

describe('limits', () => {
  const sized = (size: number): Uint8Array =>
    codecs.putRequest.encode({ key: bytes('k'), value: new Uint8Array(size) });

  it('let a request of a megabyte pass, refuse one of 1.5 MiB, and do not receive one of 2 MiB', async () => {
    expect(await call(PUT, sized(1_000_000))).toMatchObject({ code: CODE.ok });
    expect(await call(PUT, sized(1.5 * 1024 * 1024))).toMatchObject({
      code: CODE.invalidArgument,
      message: 'etcdserver: request is too large',
    });
    const ended = await call(PUT, sized(2 * 1024 * 1024));
    expect(ended.code).toBe(CODE.resourceExhausted);
    expect(ended.message).toMatch(/^grpc: received message larger than max \(\d+ vs\. 2097152\)$/);
    expect(await call(PUT, put('still'))).toMatchObject({ code: CODE.ok });
    expect(served.service.submitted).toBe(2);
  });

  it('end a call at its deadline, and drop the late answer', async () => {
    let answer: () => void = () => undefined;
    const late = new Promise<void>((done) => {
      answer = done;
    });
    served.service.intercept = (operation) => late.then(() => served.service.execute(operation));
    const ended = await call(PUT, put('a'), { 'grpc-timeout': '30m' });
    expect(ended).toMatchObject({ code: CODE.deadlineExceeded, message: 'context deadline exceeded' });
    served.service.intercept = null;
    answer();
    expect(await call(PUT, put('b'))).toMatchObject({ code: CODE.ok });
    expect(served.service.store.keys).toBe(2);
  });

  it('survive a client that cancels, or leaves', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((done) => {
      release = done;
    });
    served.service.intercept = (operation) => gate.then(() => served.service.execute(operation));
    const cancelled = open(PUT);
    cancelled.stream.end(encodeFrame(put('a')));
    const left = open(PUT);
    left.stream.end(encodeFrame(put('b')));
    while (served.service.submitted < 2) await new Promise((done) => setImmediate(done));
    cancelled.stream.close(http2.constants.NGHTTP2_CANCEL);
    await cancelled.ended;
    session.destroy();
    await left.ended;
    release();
    session = http2.connect(`http://${served.endpoint}`);
    expect(await call(PUT, put('c'))).toMatchObject({ code: CODE.ok });
    expect(served.service.store.keys).toBe(3);
  });
});

describe('the port', () => {
  async function http1(path: string, method = 'GET'): Promise<[number, unknown]> {
    const response = await fetch(`http://${served.endpoint}${path}`, { method });
    return [response.status, await response.json()];
  }

  it('serves probes over HTTP/1.1', async () => {
    expect(await http1('/health')).toEqual([200, { health: 'true' }]);
    expect(await http1('/version')).toEqual([200, { etcdserver: '3.4.0', etcdcluster: '3.4.0' }]);
    expect((await http1('/metrics'))[0]).toBe(404);
    expect((await http1('/health', 'POST'))[0]).toBe(405);
    served.service.leader = null;
    expect(await http1('/health')).toEqual([503, { health: 'false', reason: 'no leader' }]);
  });

  it('waits for enough bytes to tell the protocols apart', async () => {
    const socket = net.connect(served.server.port, '127.0.0.1');
    const answer = new Promise<string>((done) => {
      let text = '';
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (text.includes('}')) done(text);
      });
    });
    for (const piece of ['G', 'ET /health HTTP/1.1\r\nHost: x\r\n\r\n']) {
      socket.write(piece);
      await new Promise((done) => setTimeout(done, 20));
    }
    expect(await answer).toContain('{"health":"true"}');
    socket.destroy();
  });

  it('answers a ping without a call', async () => {
    const answered = await new Promise<Error | null>((done) => {
      session.once('connect', () => session.ping((error) => done(error)));
    });
    expect(answered).toBeNull();
  });

  it('survives what is no protocol at all', async () => {
    for (const noise of [
      '\0\0\0\0\0\0',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' + 'x'.repeat(100),
      'PRI nonsense\r\n\r\n',
    ]) {
      await new Promise<void>((done) => {
        const socket = net.connect(served.server.port, '127.0.0.1', () => socket.end(noise));
        socket.on('error', () => undefined);
        socket.on('close', () => done());
        socket.resume();
      });
    }
    expect(await call(PUT, put('a'))).toMatchObject({ code: CODE.ok });
  });

  it('answers what is under way when it closes, and takes no more', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((done) => {
      release = done;
    });
    served.service.intercept = (operation) => gate.then(() => served.service.execute(operation));
    const waiting = call(PUT, put('a'));
    while (served.service.submitted < 1) await new Promise((done) => setImmediate(done));
    const closed = served.server.close();
    release();
    expect(await waiting).toMatchObject({ code: CODE.ok });
    await closed;
    await expect(fetch(`http://${served.endpoint}/health`)).rejects.toThrow();
  });
});
