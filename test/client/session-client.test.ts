/** The client that asks again, at replicas of one cell that lose, delay and refuse what they are asked. */
import { afterEach, describe, expect, it } from 'vitest';
import { prefixRange, SessionClient, type SessionClientOptions } from '../../src/client/index.js';
import { encodeCommand } from '../../src/store/session-codec.js';
import { MEMBERS, serve, Shared, StoreService, type Served } from '../api/serve.js';
import { text } from '../store/make.js';

const cleanUps: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Cell {
  readonly shared: Shared;
  readonly replicas: readonly Served[];
  readonly endpoints: readonly string[];
}

async function cellOf(size = 3): Promise<Cell> {
  const shared = new Shared();
  const services = MEMBERS.slice(0, size).map((member) => new StoreService(member, shared));
  const replicas = await Promise.all(services.map((service) => serve(service)));
  for (const { server } of replicas) cleanUps.push(() => server.close());
  return { shared, replicas, endpoints: replicas.map(({ endpoint }) => endpoint) };
}

function clientOf({ endpoints }: Cell, more: Partial<SessionClientOptions> = {}): SessionClient {
  const fast = { timeoutMs: 3000, attemptMs: 250, backOffMs: 2, mostBackOffMs: 20, findLeader: false };
  const client = new SessionClient({ ...fast, ...more, endpoints });
  cleanUps.push(() => client.close());
  return client;
}

/** The next requests, whoever is asked, are executed, and nothing is said of it. */
function losesAnswers({ replicas }: Cell, times: number): void {
  let left = times;
  for (const { service } of replicas)
    service.intercept = (operation) => {
      if (left-- <= 0) return null;
      service.execute(operation);
      return new Promise(() => undefined);
    };
}

const endSessions = ({ store, slot }: Shared): void => {
  for (const { session } of [...store.sessions.byUse()])
    store.apply(encodeCommand({ kind: 'evict', session, used: null }), { slot, index: 99 });
};

describe('a write whose answer is lost', () => {
  it('is sent again elsewhere, and is executed once', async () => {
    const cell = await cellOf();
    const client = clientOf(cell);
    expect(await client.put('a', '0')).toMatchObject({ kind: 'ok' });
    losesAnswers(cell, 1);
    expect(await client.put('a', '1')).toMatchObject({ kind: 'ok', value: { header: { revision: 3n } } });
    expect(cell.shared.store.revision).toBe(3);
    const got = await client.get('a');
    expect(got).toMatchObject({ kind: 'ok', value: { pair: { version: 2n } } });
    expect(client.counts).toMatchObject({ sessions: 1, requests: 2, retries: 1, answeredAfterDoubt: 1 });
  });

  it('is unknown once its time is up, and later requests are answered', async () => {
    const cell = await cellOf(1);
    const client = clientOf(cell, { timeoutMs: 600 });
    await client.put('a', '0');
    losesAnswers(cell, 1000);
    expect(await client.put('a', '1')).toMatchObject({ kind: 'unknown' });
    (cell.replicas[0] as Served).service.intercept = null;
    expect(await client.put('a', '2')).toMatchObject({ kind: 'ok', value: { header: { revision: 4n } } });
  });

  it('where answers are thrown away at random, a hundred at once, each is executed once', async () => {
    const cell = await cellOf();
    let n = 0;
    const client = clientOf(cell, { loseAnswer: () => n++ % 3 === 1, pipeline: 8, timeoutMs: 20_000 });
    const keys = Array.from({ length: 100 }, (_, i) => `k${i}`);
    const outcomes = await Promise.all(keys.map((key) => client.put(key, 'once')));
    expect(outcomes.filter(({ kind }) => kind !== 'ok')).toEqual([]);
    expect(cell.shared.store.revision).toBe(101);
    expect(client.counts.answeredAfterDoubt).toBeGreaterThan(20);
  });
});

describe('a write that is refused', () => {
  it('for want of a leader is sent again until there is one', async () => {
    const cell = await cellOf();
    const client = clientOf(cell);
    await client.put('a', '0');
    for (const { service } of cell.replicas)
      service.intercept = () => Promise.resolve({ ok: false, reason: 'no leader' });
    const asked = client.put('a', '1');
    await new Promise((done) => setTimeout(done, 100));
    for (const { service } of cell.replicas) service.intercept = null;
    expect(await asked).toMatchObject({ kind: 'ok' });
    expect(cell.shared.store.revision).toBe(3);
  });

  it('for want of a leader until the end has certainly failed', async () => {
    const cell = await cellOf(1);
    const client = clientOf(cell, { timeoutMs: 1_000 });
    await client.put('a', '0');
    (cell.replicas[0] as Served).service.intercept = () =>
      Promise.resolve({ ok: false, reason: 'leader changed' });
    expect(await client.put('a', '1')).toMatchObject({ kind: 'failed' });
  });

  it('by the store has failed, the first time and after a lost answer', async () => {
    const cell = await cellOf();
    const client = clientOf(cell);
    const refused = { kind: 'failed', error: { message: 'etcdserver: key not found' } };
    expect(await client.put('none', '', { ignoreValue: true })).toMatchObject(refused);
    losesAnswers(cell, 1);
    expect(await client.put('none', '', { ignoreValue: true })).toMatchObject(refused);
    expect(client.counts.retries).toBe(1);
  });
});

describe('a session that the cell has ended', () => {
  it('is replaced, and what was not executed is asked in the new one', async () => {
    const cell = await cellOf();
    const client = clientOf(cell);
    await client.put('a', '0');
    endSessions(cell.shared);
    expect(await client.put('a', '1')).toMatchObject({ kind: 'ok' });
    expect(client.counts).toMatchObject({ sessions: 2, evicted: 1 });
    expect(cell.shared.store.revision).toBe(3);
  });

  it('leaves what was in doubt unknown, and never asks it under the new one', async () => {
    const cell = await cellOf();
    const client = clientOf(cell);
    await client.put('a', '0');
    let asked = 0;
    for (const { service } of cell.replicas)
      service.intercept = (operation) => {
        if (asked++ > 0) return null;
        service.execute(operation);
        endSessions(cell.shared);
        return Promise.resolve({ ok: false, reason: 'timed out' });
      };
    expect(await client.put('a', '1')).toMatchObject({
      kind: 'unknown',
      error: { message: 'decree: unknown session: it was never opened, or it has ended' },
    });
    expect(cell.shared.store.revision).toBe(3);
    expect(await client.put('a', '2')).toMatchObject({ kind: 'ok' });
    expect(client.counts.sessions).toBe(2);
  });

  it('is ended by the client where it says so', async () => {
    const cell = await cellOf();
    const client = clientOf(cell);
    await client.put('a', '0');
    expect(cell.shared.store.sessions.size).toBe(1);
    await client.end();
    expect(cell.shared.store.sessions.size).toBe(0);
    expect(await client.put('a', '1')).toMatchObject({ kind: 'failed' });
  });
});

describe('the client', () => {
  it('opens no session to read', async () => {
    const cell = await cellOf();
    const client = clientOf(cell);
    await client.get('a');
    await client.multiOp({ then: [{ get: 'a' }] });
    expect(client.counts).toMatchObject({ sessions: 0, requests: 0 });
  });

  it('has no more requests under way than its window, in order of their numbers', async () => {
    const cell = await cellOf(1);
    const [{ service }] = cell.replicas as [Served];
    const client = clientOf(cell, { pipeline: 4, timeoutMs: 20_000, attemptMs: 20_000 });
    await client.put('a', '0');
    let underWay = 0;
    let most = 0;
    service.intercept = async (operation) => {
      most = Math.max(most, ++underWay);
      await new Promise((done) => setTimeout(done, 5));
      underWay -= 1;
      return service.execute(operation);
    };
    await Promise.all(Array.from({ length: 40 }, (_, i) => client.put(`k${i}`, '1')));
    expect(most).toBe(4);
  });

  it('puts its requests to who leads', async () => {
    const cell = await cellOf();
    for (const { service } of cell.replicas) service.leader = MEMBERS[2];
    const client = clientOf(cell, { findLeader: true });
    expect(await client.put('a', '1')).toMatchObject({ endpoint: cell.endpoints[2] });
    expect(cell.replicas.map(({ service }) => service.submitted)).toEqual([0, 0, 2]);
  });

  it('compares and swaps, and says what it found', async () => {
    const client = clientOf(await cellOf());
    expect(await client.cas('a', null, '1')).toMatchObject({ value: { swapped: true } });
    const found = { key: new Uint8Array([97]), value: new Uint8Array([49]) };
    expect(await client.cas('a', null, '2')).toMatchObject({ value: { swapped: false, found } });
    expect(await client.cas('a', 'x', '2')).toMatchObject({ value: { swapped: false, found } });
    expect(await client.cas('a', '1', '2')).toMatchObject({ value: { swapped: true, found: null } });
    expect(await client.cas('none', 'x', '2')).toMatchObject({ value: { swapped: false, found: null } });
  });

  it('takes a MultiOp by name', async () => {
    const client = clientOf(await cellOf());
    await client.put('a', '1');
    const outcome = await client.multiOp({
      guards: [
        { key: 'a', value: '1' },
        { key: 'a', version: 0, is: '>' },
        { key: 'b', createRevision: 0 },
        { key: 'a', modRevision: 2, is: '!=' },
      ],
      then: [{ del: 'a' }],
      otherwise: [
        { put: 'b', value: '2' },
        { multiOp: { guards: [{ key: 'b', value: '2' }], then: [{ get: 'a' }], otherwise: [{ get: 'b' }] } },
      ],
    });
    expect(outcome).toMatchObject({ kind: 'ok', value: { succeeded: false } });
    expect(await client.get('b')).toMatchObject({ value: { pair: { value: new Uint8Array([50]) } } });
  });

  it('iterates over a range page by page, each key once', async () => {
    const client = clientOf(await cellOf());
    const keys = Array.from({ length: 25 }, (_, i) => `p/${String(i).padStart(2, '0')}`);
    await Promise.all(keys.map((key) => client.put(key, key)));
    await client.put('q', 'not in it');
    const pages: string[][] = [];
    for await (const page of client.iterate(prefixRange('p/'), 10)) {
      if (page.kind !== 'ok') return expect.fail(page.error.message);
      pages.push(page.value.map(({ key }) => text(key)));
    }
    expect(pages.map(({ length }) => length)).toEqual([10, 10, 5]);
    expect(pages.flat()).toEqual(keys);
  });

  it('ends an iteration with the page that could not be had', async () => {
    const cell = await cellOf(1);
    const client = clientOf(cell, { timeoutMs: 100 });
    for (const key of ['a', 'b', 'c']) await client.put(key, '');
    const kinds: string[] = [];
    for await (const page of client.iterate(prefixRange(''), 1)) {
      kinds.push(page.kind);
      (cell.replicas[0] as Served).service.intercept = () =>
        Promise.resolve({ ok: false, reason: 'no leader' });
    }
    expect(kinds).toEqual(['ok', 'failed']);
  });
});
