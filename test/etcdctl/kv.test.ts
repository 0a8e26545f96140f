import { afterEach, beforeEach, expect, it } from 'vitest';
import { serve, type Served } from '../api/serve.js';
import { describeEtcdctl, etcdctl } from './etcdctl.js';

let served: Served;

beforeEach(async () => {
  served = await serve();
});

afterEach(async () => {
  await served.server.close();
  expect(served.faults).toEqual([]);
});

async function run(args: string, stdin = ''): Promise<string> {
  const ended = await etcdctl([served.endpoint], args.split(' '), stdin);
  expect(ended).toMatchObject({ code: 0 });
  return ended.stdout;
}

/** Compares, operations if they hold, operations if not. */
const txn = (...parts: readonly (readonly string[])[]): string =>
  parts.map((part) => `${part.join('\n')}\n\n`).join('');

describeEtcdctl('etcdctl against the client port', () => {
  it('puts, gets and deletes', async () => {
    expect(await run('put key value')).toBe('OK\n');
    expect(await run('put key other --prev-kv')).toBe('OK\nkey\nvalue\n');
    expect(await run('get key')).toBe('key\nother\n');
    expect(await run('del key --prev-kv')).toBe('1\nkey\nother\n');
    expect(await run('get key')).toBe('');
    expect(await run('del key')).toBe('0\n');
  });

  it('gets ranges', async () => {
    for (const key of ['a', 'ab', 'abc', 'b', 'c']) await run(`put ${key} ${key.toUpperCase()}`);
    expect(await run('get --prefix ab')).toBe('ab\nAB\nabc\nABC\n');
    expect(await run('get ab c --keys-only')).toBe('ab\n\nabc\n\nb\n\n');
    expect(await run('get b --from-key --print-value-only')).toBe('B\nC\n');
    expect(await run('get --prefix a --order=DESCEND --limit=2')).toBe('abc\nABC\nab\nAB\n');
    expect(await run('get --prefix a --sort-by=CREATE --order=ASCEND --limit=1')).toBe('a\nA\n');
    expect(await run('get --prefix a --consistency=s')).toBe('a\nA\nab\nAB\nabc\nABC\n');
    expect(await run('del --prefix a')).toBe('3\n');
    expect(await run('del --from-key a')).toBe('2\n');
  });

  it('prints revisions and ids as JSON', async () => {
    await run('put key 1');
    await run('put key 2');
    const answer = JSON.parse(await run('get key -w json')) as {
      header: object;
      kvs: object[];
      count: number;
    };
    expect(answer.header).toMatchObject({ revision: 3, raft_term: 3 });
    expect(answer.kvs).toEqual([
      {
        key: 'a2V5',
        create_revision: 2,
        mod_revision: 3,
        version: 2,
        value: Buffer.from('2').toString('base64'),
      },
    ]);
  });

  it('runs transactions from its standard input', async () => {
    await run('put key 1');
    const swap = txn(['value("key") = "1"', 'mod("key") > "1"'], ['put key 2', 'get key'], ['get key']);
    const then = await run('txn', swap);
    expect(then.split('\n').filter(Boolean)).toEqual(['SUCCESS', 'OK', 'key', '2']);
    const otherwise = await run('txn', swap);
    expect(otherwise.split('\n').filter(Boolean)).toEqual(['FAILURE', 'key', '2']);
    const create = txn(['create("lock") = "0"'], ['put lock mine', 'del key'], []);
    expect((await run('txn', create)).split('\n').filter(Boolean)).toEqual(['SUCCESS', 'OK', '1']);
    expect((await run('txn -i', create)).includes('FAILURE')).toBe(true);
    expect(await run('get --prefix k')).toBe('');
  });

  it('shows the state of the endpoint, its health and the members', async () => {
    const table = await run('endpoint status -w table');
    expect(table).toContain('| RAFT TERM |');
    expect(table).toMatch(
      new RegExp(`\\| ${served.endpoint.replaceAll('.', '\\.')} \\|.* 3\\.4\\.0 \\|.* true \\|`),
    );
    await run('put key value');
    expect(await run('endpoint status -w table')).toContain(' 72 B ');
    const health = await etcdctl([served.endpoint], ['endpoint', 'health']);
    expect([health.code, health.stdout + health.stderr]).toEqual([0, expect.stringContaining('is healthy')]);
    expect(await run('member list')).toContain(
      ', started, r1, http://127.0.0.1:2380, http://127.0.0.1:2390, false',
    );
  });

  it('prints our errors as it prints those of etcd', async () => {
    const missing = await etcdctl([served.endpoint], ['get', 'key', '--rev=9']);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain('mvcc: required revision is a future revision');
    const twice = await etcdctl([served.endpoint], ['txn'], txn([], ['put a 1', 'put a 2'], []));
    expect(twice.stderr).toContain('etcdserver: duplicate key given in txn request');
    const leased = await etcdctl([served.endpoint], ['put', 'a', '1', '--lease=77']);
    expect(leased.stderr).toContain('etcdserver: requested lease not found');
    const compacted = await etcdctl([served.endpoint], ['compaction', '1']);
    expect(compacted.stderr).toContain('Compact is not supported');
    served.service.intercept = () => Promise.resolve({ ok: false, reason: 'no leader' });
    const cutOff = await etcdctl([served.endpoint], ['put', 'a', '1']);
    expect([cutOff.code, cutOff.stderr]).toEqual([1, expect.stringContaining('etcdserver: no leader')]);
    expect(served.service.store.keys).toBe(0);
  });
});
