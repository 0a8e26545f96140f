/** Replies say in which epoch they were given: metadata that clients of etcd ignore. */
import * as http2 from 'node:http2';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { codecs } from '../../src/api/proto/codec.js';
import { encodeFrame } from '../../src/api/grpc/frame.js';
import { EPOCH_KEY } from '../../src/api/headers.js';
import { SESSION_PATHS } from '../../src/api/session-names.js';
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

function epochOf(path: string, message: Uint8Array): Promise<unknown> {
  const stream = session.request({
    ...{ ':method': 'POST', ':path': path, te: 'trailers', 'content-type': 'application/grpc' },
  });
  const head = new Promise((done) => stream.on('response', (headers) => done(headers[EPOCH_KEY])));
  stream.resume();
  stream.end(encodeFrame(message));
  return head;
}

const put = codecs.putRequest.encode({ key: bytes('k'), value: bytes('v') });
const range = (serializable: boolean): Uint8Array =>
  codecs.rangeRequest.encode({ key: bytes('k'), serializable });

it('names the epoch in which the command was executed, and of a local read that of the state', async () => {
  expect(EPOCH_KEY).toBe('decree-epoch');
  const asked: [string, Uint8Array][] = [
    ['/etcdserverpb.KV/Put', put],
    ['/etcdserverpb.KV/Range', range(false)],
    ['/etcdserverpb.KV/Range', range(true)],
    [SESSION_PATHS.open, new Uint8Array(0)],
  ];
  for (const epoch of [2, 7]) {
    served.service.epoch = epoch;
    for (const [path, message] of asked) expect(await epochOf(path, message), path).toBe(String(epoch));
  }
});

it('says nothing where no command was executed', async () => {
  served.service.intercept = () => Promise.resolve({ ok: false, reason: 'no leader' });
  expect(await epochOf('/etcdserverpb.KV/Put', put)).toBeUndefined();
});
