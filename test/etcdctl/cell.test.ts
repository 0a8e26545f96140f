/**
 * Real processes: etcdctl goes on while the leader is killed, and finds every write that was acknowledged.
 */
import { expect, it } from 'vitest';
import { Client } from '../../src/client/index.js';
import type { LocalCell } from '../../src/runtime/cell.js';
import { describeEtcdctl, etcdctl } from './etcdctl.js';
import { endpointsOf, withCell } from './with-cell.js';

/** From the kill of the leader to the next write that is acknowledged, in milliseconds. */
const PATIENCE_MS = 5000;

const start = withCell();

async function leaderOf(up: LocalCell): Promise<string> {
  const client = new Client({ endpoints: endpointsOf(up) });
  try {
    for (const { replica, client: at } of up.addresses()) {
      const outcome = await client.status(`${at.host}:${at.port}`);
      if (outcome.kind === 'ok' && outcome.value.leader === outcome.value.header?.memberId) return replica;
    }
    throw new Error('no replica leads');
  } finally {
    client.close();
  }
}

describeEtcdctl('etcdctl against a cell', () => {
  it('puts, gets, deletes and runs a txn, and loses nothing when the leader is killed', async () => {
    const up = await start(3);
    const endpoints = endpointsOf(up);
    const run = (...args: string[]) => etcdctl(endpoints, args, '', 10_000);
    const acknowledged: string[] = [];
    for (let i = 0; i < 5; i++) {
      expect((await run('put', `k/${i}`, `v${i}`)).stdout).toBe('OK\n');
      acknowledged.push(`k/${i}`);
    }
    const txn = 'value("k/0") = "v0"\n\nput k/txn yes\n\nput k/txn no\n\n';
    expect((await etcdctl(endpoints, ['txn'], txn)).stdout).toContain('SUCCESS');
    acknowledged.push('k/txn');
    expect((await run('del', 'k/4')).stdout).toBe('1\n');
    acknowledged.splice(acknowledged.indexOf('k/4'), 1);

    const leader = await leaderOf(up);
    await up.kill(leader);
    const killed = performance.now();
    let ok = false;
    for (let i = 0; !ok && performance.now() - killed < 2 * PATIENCE_MS; i++) {
      ok = (await run('put', `after/${i}`, 'x')).code === 0;
      if (ok) acknowledged.push(`after/${i}`);
    }
    expect(ok).toBe(true);
    expect(performance.now() - killed).toBeLessThan(PATIENCE_MS);

    await up.start(leader);
    const found = (await run('get', '', '--from-key', '--keys-only')).stdout.split('\n').filter(Boolean);
    expect(acknowledged.filter((key) => !found.includes(key))).toEqual([]);
    expect(found).not.toContain('k/4');
    expect((await run('get', 'k/txn', '--print-value-only')).stdout).toBe('yes\n');
    const status = await run('endpoint', 'status', '-w', 'table');
    expect([status.code, status.stdout.match(/ true /g)?.length]).toEqual([0, 1]);
  }, 90_000);
});
