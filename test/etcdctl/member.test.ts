/** Real processes: etcdctl lists, adds, promotes and removes members. */
import { expect, it } from 'vitest';
import { Client } from '../../src/client/index.js';
import { joinLocally } from '../../src/verify/join.js';
import { describeEtcdctl, etcdctl, type Ended } from './etcdctl.js';
import { endpointsOf, withCell } from './with-cell.js';

const start = withCell();

/** A refusal names what to wait for: the change before, or a member that has not caught up. */
async function untilOk(run: () => Promise<Ended>): Promise<Ended> {
  for (let tries = 0; ; tries++) {
    const ended = await run();
    if (ended.code === 0 || tries === 20) return ended;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

describeEtcdctl('etcdctl member', () => {
  it('lists, adds, promotes and removes', async () => {
    const up = await start(3);
    const endpoints = endpointsOf(up);
    const run = (...args: string[]) =>
      etcdctl(endpoints, ['--command-timeout=25s', 'member', ...args], '', 30_000);
    const listed = async (): Promise<string[][]> =>
      (await run('list')).stdout
        .trim()
        .split('\n')
        .map((line) => line.split(', '));
    expect((await listed()).map((fields) => fields[2]).sort()).toEqual(['r1', 'r2', 'r3']);

    const added = await untilOk(() => run('add', 'x', '--learner', '--peer-urls=http://127.0.0.1:33011'));
    expect([added.code, added.stderr]).toEqual([0, '']);
    const id = /^Member +([0-9a-f]+) added to cluster/.exec(added.stdout)?.[1] ?? '';
    expect((await listed()).find(([one]) => one === id)?.at(-1)).toBe('true');
    expect((await run('promote', id)).stderr).toContain('in sync with leader');
    const removed = await untilOk(() => run('remove', id));
    expect(`${removed.stdout}${removed.stderr}`).toMatch(new RegExp(`^Member +${id} removed|not found`));
    expect((await listed()).find(([one]) => one === id)).toBeUndefined();
    expect((await run('remove', id)).stderr).toContain('member not found');

    const client = new Client({ endpoints, timeoutMs: 30_000, attemptMs: 20_000 });
    await joinLocally(up, client, { replica: 'r4', learner: true, replaces: null });
    client.close();
    const learner = (await listed()).find((fields) => fields[2] === 'r4') ?? [];
    expect(learner.at(-1)).toBe('true');
    expect((await untilOk(() => run('promote', learner[0] ?? ''))).stdout).toMatch(/promoted in cluster/);
    expect((await listed()).map((fields) => [fields[2], fields.at(-1)]).sort()).toEqual(
      ['r1', 'r2', 'r3', 'r4'].map((name) => [name, 'false']),
    );
  }, 90_000);
});
