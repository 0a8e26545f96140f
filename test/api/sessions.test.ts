/** decree.Sessions, and the metadata of requests in a session, at the client ports of two replicas. */
import { afterAll, describe, expect, it } from 'vitest';
import { CODE } from '../../src/api/grpc/status.js';
import { codecs } from '../../src/api/proto/codec.js';
import { SESSION_PATHS, SESSION_TEXTS } from '../../src/api/session-names.js';
import { Connection, type Reply } from '../../src/client/connection.js';
import { bytes, text } from '../store/make.js';
import { MEMBERS, serve, Shared, StoreService } from './serve.js';

const shared = new Shared();
const one = await serve(new StoreService(MEMBERS[0], shared));
const two = await serve(new StoreService(MEMBERS[1], shared));
two.service.round = 9;
const [first, second] = [new Connection(one.endpoint), new Connection(two.endpoint)];

afterAll(async () => {
  for (const connection of [first, second]) connection.close();
  await Promise.all([one.server.close(), two.server.close()]);
});

const ANY = codecs.openSessionRequest.encode({});
const PUT = '/etcdserverpb.KV/Put';

async function open(): Promise<string> {
  const reply = await first.call(SESSION_PATHS.open, ANY, 1000);
  if (reply.kind !== 'answer') return expect.fail(JSON.stringify(reply));
  const { session, window } = codecs.openSessionResponse.decode(reply.message);
  expect(window).toBe(128n);
  return session;
}

function numbered(session: string, seq: number | string, low: number | string): Record<string, string> {
  return { 'decree-session': session, 'decree-seq': String(seq), 'decree-low': String(low) };
}

function put(at: Connection, value: string, metadata: Record<string, string>, key = 'k'): Promise<Reply> {
  return at.call(PUT, codecs.putRequest.encode({ key: bytes(key), value: bytes(value) }), 1000, metadata);
}

async function valueOf(key: string): Promise<string> {
  const message = codecs.rangeRequest.encode({ key: bytes(key) });
  const reply = await first.call('/etcdserverpb.KV/Range', message, 1000);
  if (reply.kind !== 'answer') return expect.fail(JSON.stringify(reply));
  return text(codecs.rangeResponse.decode(reply.message).kvs[0]?.value ?? bytes('none'));
}

const status = (code: number, message: string): object => ({ kind: 'status', code, message });

describe('a numbered request', () => {
  it('is executed once, and a retry at another replica is answered with the same bytes', async () => {
    const session = await open();
    const answer = await put(first, 'first', numbered(session, 1, 1));
    expect(answer.kind).toBe('answer');
    const revision = shared.store.revision;
    expect(await put(second, 'first', numbered(session, 1, 1))).toEqual(answer);
    expect(await put(second, 'changed', numbered(session, 1, 1))).toEqual(answer);
    expect(shared.store.revision).toBe(revision);
    expect(await valueOf('k')).toBe('first');
  });

  it('of any mutation: a delete and a Txn', async () => {
    const session = await open();
    await put(first, '1', {}, 'gone');
    const del = codecs.deleteRangeRequest.encode({ key: bytes('gone') });
    const deleted = await first.call('/etcdserverpb.KV/DeleteRange', del, 1000, numbered(session, 1, 1));
    expect(await second.call('/etcdserverpb.KV/DeleteRange', del, 1000, numbered(session, 1, 1))).toEqual(
      deleted,
    );
    if (deleted.kind !== 'answer') return expect.fail(JSON.stringify(deleted));
    expect(codecs.deleteRangeResponse.decode(deleted.message).deleted).toBe(1n);
    const txn = codecs.txnRequest.encode({
      compare: [{ target: 0, key: bytes('once'), version: 0n }],
      success: [{ requestPut: { key: bytes('once'), value: bytes('1') } }],
    });
    const done = await first.call('/etcdserverpb.KV/Txn', txn, 1000, numbered(session, 2, 1));
    expect(await second.call('/etcdserverpb.KV/Txn', txn, 1000, numbered(session, 2, 1))).toEqual(done);
    if (done.kind !== 'answer') return expect.fail(JSON.stringify(done));
    expect(codecs.txnResponse.decode(done.message).succeeded).toBe(true);
  });

  it('in an unknown or closed session is refused, and does not happen', async () => {
    const revision = shared.store.revision;
    const unknown = status(CODE.notFound, SESSION_TEXTS.unknown);
    expect(await put(first, 'x', numbered('77777.0', 1, 1))).toEqual(unknown);
    const session = await open();
    const close = codecs.closeSessionRequest.encode({ session });
    const closed = await second.call(SESSION_PATHS.close, close, 1000);
    if (closed.kind !== 'answer') return expect.fail(JSON.stringify(closed));
    expect(codecs.closeSessionResponse.decode(closed.message).closed).toBe(true);
    expect(await put(first, 'x', numbered(session, 1, 1))).toEqual(unknown);
    expect(shared.store.revision).toBe(revision);
  });

  it('below or above the window is refused with a code of its own', async () => {
    const session = await open();
    await put(first, '1', numbered(session, 5, 5));
    expect(await put(first, '1', numbered(session, 4, 1))).toEqual(
      status(CODE.outOfRange, SESSION_TEXTS.below),
    );
    expect(await put(first, '1', numbered(session, 133, 1))).toEqual(
      status(CODE.failedPrecondition, SESSION_TEXTS.above),
    );
    expect((await put(first, '1', numbered(session, 133, 6))).kind).toBe('answer');
  });

  it('that was another request is told so', async () => {
    const session = await open();
    await put(first, '1', numbered(session, 1, 1));
    const del = codecs.deleteRangeRequest.encode({ key: bytes('k') });
    expect(await first.call('/etcdserverpb.KV/DeleteRange', del, 1000, numbered(session, 1, 1))).toEqual(
      status(
        CODE.invalidArgument,
        'decree: number 1 of the session was another request, a put: take a new number',
      ),
    );
    expect(one.faults).toEqual([]);
  });

  it.each([
    ['no number', { 'decree-session': '1.0' }, /go together/],
    ['no session', { 'decree-seq': '1' }, /go together/],
    ['a session that is no name', numbered('one', 1, 1), /decree-session is not the name of a session: one/],
    ['number 0', numbered('1.0', 0, 1), /decree-seq is not a whole number from 1 on: 0/],
    ['a low that is no number', numbered('1.0', 1, 'all'), /decree-low is not a whole number from 1 on: all/],
  ])('with %s is refused before the log', async (_what, metadata, why) => {
    const { submitted } = one.service;
    const reply = await put(first, 'x', metadata);
    expect(reply).toMatchObject({ kind: 'status', code: CODE.invalidArgument });
    expect('message' in reply && typeof reply.message === 'string' ? reply.message : '').toMatch(why);
    expect(one.service.submitted).toBe(submitted);
  });

  it('that only reads is a read, whatever its number', async () => {
    const txn = codecs.txnRequest.encode({ success: [{ requestRange: { key: bytes('k') } }] });
    const reply = await first.call('/etcdserverpb.KV/Txn', txn, 1000, numbered('77777.0', 1, 1));
    expect(reply.kind).toBe('answer');
  });
});

describe('the service of sessions', () => {
  it('tells why no session could be opened', async () => {
    one.service.intercept = () => Promise.resolve({ ok: false, reason: 'no leader' });
    const reply = await first.call(SESSION_PATHS.open, ANY, 1000);
    one.service.intercept = null;
    expect(reply).toEqual(status(CODE.unavailable, 'etcdserver: no leader'));
  });

  it('closes no session whose name cannot be one', async () => {
    const close = codecs.closeSessionRequest.encode({ session: 'x' });
    expect(await first.call(SESSION_PATHS.close, close, 1000)).toMatchObject({ code: CODE.invalidArgument });
    const unknown = await first.call(
      SESSION_PATHS.close,
      codecs.closeSessionRequest.encode({ session: '9.9' }),
      1000,
    );
    if (unknown.kind !== 'answer') return expect.fail(JSON.stringify(unknown));
    expect(codecs.closeSessionResponse.decode(unknown.message).closed).toBe(false);
  });
});
