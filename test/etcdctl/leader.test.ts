/** Real processes: etcdctl hands the mastership over and says who leads. */
import { expect, it } from 'vitest';
import { Client } from '../../src/client/index.js';
import { describeEtcdctl, etcdctl } from './etcdctl.js';
import { endpointsOf, withCell } from './with-cell.js';

const start = withCell();

describeEtcdctl('etcdctl move-leader', () => {
  it('hands the mastership over, and endpoint status tells', async () => {
    const up = await start(3);
    const endpoints = endpointsOf(up);
    const run = (...args: string[]) => etcdctl(endpoints, args, '', 15_000);
    expect((await run('put', 'k', 'v')).stdout).toBe('OK\n');
    const list = (await run('member', 'list')).stdout.trim().split('\n');
    const ids = list.map((line) => line.split(', ')[0] ?? '');
    const leaders = async (): Promise<string[]> => {
      const ended = await run('endpoint', 'status', '-w', 'fields');
      const found = [...ended.stdout.matchAll(/"Leader" : (\d+)/g)].map(([, id]) => id ?? '');
      return [...new Set(found.map((id) => BigInt(id).toString(16)))];
    };
    const [before = ''] = await leaders();
    expect(ids).toContain(before);
    const target = ids.find((id) => id !== before) ?? '';
    const moved = await run('move-leader', target);
    expect([moved.stderr, moved.code]).toEqual(['', 0]);
    expect(moved.stdout).toContain(`Leadership transferred from ${before} to ${target}`);
    await expect.poll(leaders, { timeout: 5_000 }).toEqual([target]);
    expect((await run('get', 'k', '--print-value-only')).stdout).toBe('v\n');
    expect((await run('get', 'k', '--print-value-only', '--consistency=s')).stdout).toBe('v\n');
    // Handed over within a fraction of a second, not once the lease ran out and the others lost patience.
    const client = new Client({ endpoints });
    const began = performance.now();
    expect((await client.moveLeader(BigInt(`0x${before}`))).kind).toBe('ok');
    expect(performance.now() - began).toBeLessThan(2_000);
    client.close();
  });

  it('refuses a target that is no member', async () => {
    const up = await start(1);
    const endpoints = endpointsOf(up);
    await etcdctl(endpoints, ['put', 'k', 'v'], '', 10_000);
    const moved = await etcdctl(endpoints, ['move-leader', 'abcdef'], '', 10_000);
    expect(moved.code).not.toBe(0);
    expect(moved.stderr).toContain('bad leader transferee');
  });
});
