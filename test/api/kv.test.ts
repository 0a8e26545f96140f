import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CODE } from '../../src/api/grpc/status.js';
import { idOf } from '../../src/api/ids.js';
import type { RangeRequest, RequestOp, Sparse, TxnResponse } from '../../src/api/proto/messages.js';
import { Client, FROM_KEY, prefixRange, type Outcome } from '../../src/client/index.js';
import type { Unavailable } from '../../src/driver/ports.js';
import { bytes, text } from '../store/make.js';
import { MEMBERS, serve, type Served } from './serve.js';

let served: Served;
let client: Client;

beforeEach(async () => {
  served = await serve();
  client = new Client({ endpoints: [served.endpoint], timeoutMs: 3000 });
});

afterEach(async () => {
  client.close();
  await served.server.close();
  expect(served.faults).toEqual([]);
});

function value<T>(outcome: Outcome<T>): T {
  if (outcome.kind !== 'ok') throw new Error(`${outcome.kind}: ${outcome.error.message}`);
  return outcome.value;
}

const keys = async (request: Sparse<RangeRequest>): Promise<string> =>
  value(await client.range(request))
    .kvs.map((pair) => text(pair.key))
    .join(' ');

describe('KV', () => {
  it('puts, reads and deletes', async () => {
    expect(value(await client.put('a', '1')).header).toEqual({
      clusterId: idOf('test-cell'),
      memberId: idOf(MEMBERS[0]),
      revision: 2n,
      raftTerm: 3n,
    });
    await client.put('ab', '2');
    const again = value(await client.put('a', '3', { prevKv: true }));
    expect(text(again.prevKv!.value)).toBe('1');
    const got = value(await client.get('a'));
    expect(got).toMatchObject({ revision: 4n, pair: { createRevision: 2n, modRevision: 4n, version: 2n } });
    expect(await keys(prefixRange('a'))).toBe('a ab');
    const deleted = value(await client.del('a', { rangeEnd: bytes('b'), prevKv: true }));
    expect(deleted.deleted).toBe(2n);
    expect(deleted.prevKvs.map((pair) => text(pair.value))).toEqual(['3', '2']);
    expect(value(await client.get('a'))).toEqual({ pair: null, revision: 5n });
  });

  it('hands every option of a range on', async () => {
    for (const key of ['a', 'b', 'c', 'd']) await client.put(key, key);
    await client.put('b', 'again');
    const all = { key: FROM_KEY, rangeEnd: FROM_KEY };
    expect(await keys(all)).toBe('a b c d');
    expect(await keys({ ...all, sortOrder: 2, limit: 2n })).toBe('d c');
    expect(await keys({ ...all, sortOrder: 1, sortTarget: 3 })).toBe('a c d b');
    expect(await keys({ ...all, minModRevision: 4n })).toBe('b c d');
    expect(await keys({ ...all, maxModRevision: 4n })).toBe('a c');
    expect(await keys({ ...all, minCreateRevision: 4n, maxCreateRevision: 4n })).toBe('c');
    expect(await keys({ ...all, maxCreateRevision: 2n ** 63n - 1n })).toBe('a b c d');
    expect(value(await client.range({ ...all, countOnly: true }))).toMatchObject({ kvs: [], count: 4n });
    const short = value(await client.range({ ...all, keysOnly: true, limit: 3n }));
    expect(short).toMatchObject({ more: true, count: 4n });
    expect(short.kvs.map((pair) => pair.value.length)).toEqual([0, 0, 0]);
  });

  it('runs transactions, nested ones too', async () => {
    await client.put('a', '1');
    const put = (key: string): Sparse<RequestOp> => ({ requestPut: { key: bytes(key), value: bytes('x') } });
    const inner = { compare: [{ target: 0, key: bytes('no'), result: 1, version: 0n }], failure: [put('c')] };
    const txn: TxnResponse = value(
      await client.txn({
        compare: [{ target: 3, key: bytes('a'), value: bytes('1') }],
        success: [put('b'), { requestRange: { key: bytes('b') } }, { requestTxn: inner }],
        failure: [{ requestDeleteRange: { key: bytes('a') } }],
      }),
    );
    expect(txn).toMatchObject({ succeeded: true, header: { revision: 3n } });
    expect(txn.responses.map((part) => Object.keys(part))).toEqual([
      ['responsePut'],
      ['responseRange'],
      ['responseTxn'],
    ]);
    expect(txn.responses[1]?.responseRange?.kvs).toMatchObject([{ modRevision: 3n, version: 1n }]);
    expect(txn.responses[2]?.responseTxn).toMatchObject({
      succeeded: false,
      responses: [{ responsePut: {} }],
    });
    const other = value(
      await client.txn({
        compare: [{ target: 1, result: 2, key: bytes('a'), createRevision: 2n }],
        failure: [{ requestDeleteRange: { key: bytes('a'), prevKv: true } }],
      }),
    );
    expect(other.responses[0]?.responseDeleteRange).toMatchObject({
      deleted: 1n,
      prevKvs: [{ value: bytes('1') }],
    });
  });

  it('reads locally where that is asked for, and through the log where not', async () => {
    await client.put('a', '1');
    const before = served.service.submitted;
    expect(value(await client.range({ key: bytes('a'), serializable: true }))).toMatchObject({
      count: 1n,
      header: { revision: 2n, raftTerm: 3n },
    });
    const local = { requestRange: { key: bytes('a'), serializable: true } };
    expect(value(await client.txn({ success: [local] })).responses).toHaveLength(1);
    expect(served.service.submitted).toBe(before);
    await client.txn({ success: [local, { requestRange: { key: bytes('a') } }] });
    await client.get('a');
    expect(served.service.submitted).toBe(before + 2);
  });
});

describe('errors', () => {
  const empty = new Uint8Array();
  const putOf = (key: string): Sparse<RequestOp> => ({ requestPut: { key: bytes(key) } });
  const cases: readonly (readonly [string, () => Promise<Outcome<unknown>>, number, string])[] = [
    ['an empty key', () => client.put('', '1'), CODE.invalidArgument, 'etcdserver: key is not provided'],
    [
      'a value to be ignored',
      () => client.put('a', '1', { ignoreValue: true }),
      CODE.invalidArgument,
      'etcdserver: value is provided',
    ],
    [
      'a lease to be ignored',
      () => client.put('a', '1', { ignoreLease: true, lease: 1n }),
      CODE.invalidArgument,
      'etcdserver: lease is provided',
    ],
    [
      'a key to keep that is not there',
      () => client.put('a', '', { ignoreValue: true }),
      CODE.invalidArgument,
      'etcdserver: key not found',
    ],
    [
      'a lease',
      () => client.put('a', '1', { lease: 2n ** 62n }),
      CODE.notFound,
      'etcdserver: requested lease not found',
    ],
    [
      'a later revision',
      () => client.range({ key: bytes('a'), revision: 2n ** 60n }),
      CODE.outOfRange,
      'etcdserver: mvcc: required revision is a future revision',
    ],
    [
      'an order that is none',
      () => client.range({ key: bytes('a'), sortOrder: 3 }),
      CODE.invalidArgument,
      'etcdserver: invalid sort option',
    ],
    [
      'a key put twice',
      () => client.txn({ success: [putOf('a'), putOf('a')] }),
      CODE.invalidArgument,
      'etcdserver: duplicate key given in txn request',
    ],
    [
      'too many operations',
      () => client.txn({ failure: Array.from({ length: 129 }, (_, i) => putOf(`k${i}`)) }),
      CODE.invalidArgument,
      'etcdserver: too many operations in txn request',
    ],
    [
      'an operation that is none',
      () => client.txn({ success: [{}] }),
      CODE.invalidArgument,
      'etcdserver: key not found',
    ],
    [
      'a compare of nothing known',
      () => client.txn({ compare: [{ key: bytes('a'), target: 5 }] }),
      CODE.invalidArgument,
      'decree: unknown target 5 of a compare',
    ],
    [
      'a compare with an unknown relation',
      () => client.txn({ compare: [{ key: bytes('a'), result: 4, value: empty }] }),
      CODE.invalidArgument,
      'decree: unknown result 4 of a compare',
    ],
  ];
  it.each(cases)('are those of etcd: %s', async (_, run, code, message) => {
    expect(await run()).toMatchObject({ kind: 'failed', error: { cause: 'status', code, message } });
    expect(served.service.store.revision).toBe(1);
  });

  it('say that an older revision is gone', async () => {
    await client.put('a', '1');
    const message = 'etcdserver: mvcc: required revision has been compacted';
    expect(await client.range({ key: bytes('a'), revision: 1n })).toMatchObject({
      error: { code: CODE.outOfRange, message },
    });
  });

  it.each<[Unavailable, number, string, 'failed' | 'unknown']>([
    ['no leader', CODE.unavailable, 'etcdserver: no leader', 'failed'],
    ['leader changed', CODE.unavailable, 'etcdserver: leader changed', 'failed'],
    ['timed out', CODE.unavailable, 'etcdserver: request timed out', 'unknown'],
    ['stopping', CODE.unavailable, 'etcdserver: server stopped', 'unknown'],
    ['too many requests', CODE.resourceExhausted, 'etcdserver: too many requests', 'failed'],
  ])('tell why the cell is unavailable: %s', async (reason, code, message, kind) => {
    served.service.intercept = () => Promise.resolve({ ok: false, reason });
    expect(await client.put('a', '1')).toMatchObject({ kind, error: { code, message } });
    expect(served.service.submitted).toBe(1);
  });

  it('hide a fault of ours from the client, and report it', async () => {
    served.service.intercept = () => {
      throw new Error('planted');
    };
    expect(await client.put('a', '1')).toMatchObject({ kind: 'unknown', error: { code: CODE.internal } });
    expect(served.faults.splice(0)).toMatchObject([{ message: 'planted' }]);
  });
});

describe('the cell', () => {
  it('tells its state and members', async () => {
    await client.put('key', 'value');
    expect(value(await client.status(served.endpoint))).toMatchObject({
      header: { revision: 2n, memberId: idOf(MEMBERS[0]) },
      version: '3.4.0',
      dbSize: 72n,
      leader: idOf(MEMBERS[0]),
      raftIndex: 1n,
      raftTerm: 3n,
      errors: [],
    });
    expect(value(await client.members()).members).toMatchObject([
      { id: idOf(MEMBERS[0]), name: 'r1', clientUrls: ['http://127.0.0.1:2390'] },
      { name: 'r2', peerUrls: ['http://127.0.0.1:2381'] },
      { name: 'r3' },
    ]);
  });

  it('says so where there is no leader, and has a size even when empty', async () => {
    served.service.leader = null;
    expect(value(await client.status(served.endpoint))).toMatchObject({
      leader: 0n,
      dbSize: 1n,
      errors: ['etcdserver: no leader'],
    });
  });

  it('has ids that are stable, apart and never 0', () => {
    const ids = [...MEMBERS, 'test-cell'].map(idOf);
    expect(new Set(ids).size).toBe(4);
    expect(ids.every((id) => id > 0n && id < 2n ** 64n)).toBe(true);
    expect(idOf('r1.0000000a')).toBe(idOf(MEMBERS[0]));
  });
});
