/**
 * The workload's operations over gRPC on the real store: what comes back is, in full, what the sequential
 * model says. Two stores that were written apart agree, or one of them is wrong.
 */
import * as E from 'fp-ts/lib/Either.js';
import { afterEach, describe, expect, it } from 'vitest';
import { checkHistory, EMPTY, execute, kvModel, Recorder } from '../../src/history/index.js';
import type { Guard, KvInput, KvOutput } from '../../src/history/index.js';
import { kvPort } from '../../src/verify/kv-port.js';
import { Operations } from '../../src/history/operations.js';
import { pickFrom } from '../../src/history/pick.js';
import { encodeResult } from '../../src/store/codec.js';
import type { PutOperation } from '../../src/store/operations.js';
import { decodeCommand } from '../../src/store/session-codec.js';
import { Store } from '../../src/store/store.js';
import { serve, StoreService } from '../api/serve.js';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function start(
  service = new StoreService(),
  timeoutMs = 4000,
): Promise<{
  service: StoreService;
  endpoint: string;
  port: ReturnType<typeof kvPort>;
}> {
  const { server, endpoint } = await serve(service);
  const port = kvPort([endpoint], { timeoutMs });
  open.push(
    () => port.close(),
    () => server.close(),
  );
  return { service, endpoint, port };
}

describe('kvPort', () => {
  it('answers as the model does, for 1,500 operations of the workload', async () => {
    const { port } = await start();
    const operations = new Operations(0, pickFrom(17));
    let state = EMPTY;
    for (let i = 0; i < 1500; i++) {
      const input = operations.next();
      const right = execute(state, input);
      const attempt = await port.run(input);
      expect(attempt, JSON.stringify(input)).toEqual({ kind: 'answered', output: right.output });
      operations.saw(right.output);
      state = right.state;
    }
    expect(state.revision).toBeGreaterThan(500);
  });

  it('answers as the model does where guards, spans and nested Txns are unusual', async () => {
    const { port } = await start();
    const put = (key: string, value: string): KvInput => ({ kind: 'put', key, value, wantPrevious: true });
    const all: KvInput = { kind: 'range', key: '\0', end: '\0' };
    const guards: Guard[] = [
      { key: 'a', target: 'value', is: '!=', than: 'x' },
      { key: 'absent', target: 'value', is: '!=', than: 'x' },
      { key: 'absent', target: 'modified', is: '<', than: 1 },
      { key: 'a', end: 'c', target: 'version', is: '>', than: 0 },
      { key: 'a', end: 'c', target: 'created', is: '<', than: 3 },
      { key: 'x', end: 'z', target: 'version', is: '=', than: 0 },
      { key: 'b', target: 'value', is: '>', than: '\xff' },
    ];
    const inner: KvInput = { kind: 'txn', guards: [], then: [put('n', '1'), all], otherwise: [] };
    const inputs: KvInput[] = [
      put('a', '1'),
      put('b', '\xff\x00\x80'),
      put('a', ''),
      all,
      { kind: 'range', key: 'b', end: 'a' },
      { kind: 'delete', key: 'x' },
      ...guards.map((one): KvInput => ({
        kind: 'txn',
        guards: [one],
        then: [put('t', 'yes')],
        otherwise: [all],
      })),
      { kind: 'txn', guards: [guards[0] as Guard, guards[1] as Guard], then: [], otherwise: [inner] },
      { kind: 'delete', key: 'a', end: '\0', wantPrevious: true },
      put('a', 'again'),
      all,
    ];
    let state = EMPTY;
    for (const input of inputs) {
      const right = execute(state, input);
      expect(await port.run(input), JSON.stringify(input)).toEqual({
        kind: 'answered',
        output: right.output,
      });
      state = right.state;
    }
  });

  it('tells what certainly did not happen from what may have', async () => {
    const { service, port } = await start(new StoreService(), 400);
    const put: KvInput = { kind: 'put', key: 'a', value: '1' };
    expect(await port.run(put)).toMatchObject({ kind: 'answered' });
    const refuse = (reason: 'no leader' | 'timed out'): void => {
      service.intercept = () => Promise.resolve({ ok: false, reason });
    };
    refuse('no leader');
    expect(await port.run(put)).toEqual({ kind: 'refused', why: 'etcdserver: no leader' });
    refuse('timed out');
    expect(await port.run(put)).toEqual({ kind: 'unknown', why: 'etcdserver: request timed out' });
    const nobody = kvPort(['127.0.0.1:1'], { timeoutMs: 400 });
    open.push(() => nobody.close());
    expect(await nobody.run(put)).toEqual({ kind: 'refused', why: 'unreachable' });
  });
});

/** The put of a request in a session, or null. */
function putIn(op: Uint8Array): PutOperation | null {
  const command = E.toUnion(decodeCommand(op));
  if (typeof command === 'string' || command.kind !== 'request') return null;
  return command.operation.kind === 'put' ? command.operation : null;
}

describe('a store that is wrong', () => {
  /** Two clients in turns on a service whose answers a fault may change. */
  async function historyOf(service: StoreService, operations: number): Promise<string> {
    const { port } = await start(service);
    const recorder = new Recorder<KvInput, KvOutput>();
    const asks = new Operations(0, pickFrom(23));
    for (let i = 0; i < operations; i++) {
      const input = asks.next();
      const at = recorder.invoke(i % 2, input);
      const attempt = await port.run(input);
      if (attempt.kind !== 'answered') continue;
      recorder.answer(at, attempt.output);
      asks.saw(attempt.output);
    }
    return checkHistory(kvModel, recorder.history()).kind;
  }

  it.each([
    ['does what it is told', (service: StoreService, op: Uint8Array) => service.execute(op), 'linearizable'],
    [
      'applies an operation twice',
      (service: StoreService, op: Uint8Array) => {
        const put = putIn(op);
        if (put !== null && service.submitted % 8 === 0) service.store.execute(put);
        return service.execute(op);
      },
      'violation',
    ],
    [
      'answers what it did not do',
      (service: StoreService, op: Uint8Array) => {
        const put = putIn(op);
        if (put === null || service.submitted % 8 !== 0) return service.execute(op);
        const result = encodeResult(new Store().execute(put));
        return { ok: true as const, result, slot: 1, round: 1, epoch: 1 };
      },
      'violation',
    ],
  ] as const)('%s', async (_, answer, verdict) => {
    const service = new StoreService();
    service.intercept = (op) => Promise.resolve(answer(service, op));
    expect(await historyOf(service, 150)).toBe(verdict);
  });
});
