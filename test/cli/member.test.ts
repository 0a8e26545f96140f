/** Real processes: SIGKILL of the leader while `decree member replace` runs. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { Client } from '../../src/client/index.js';
import { EXIT } from '../../src/errors.js';
import { LocalCell } from '../../src/runtime/cell.js';
import { readCell, type CellMember } from '../../src/runtime/cell-file.js';
import { temporary } from '../runtime/temporary.js';
import { decree, spawnDecree } from './run.js';

let cell: string | null = null;

afterEach(async () => {
  if (cell !== null && readCell(cell) !== null) await LocalCell.attach(cell).down();
});

const until = async <T>(what: string, find: () => T | null | Promise<T | null>): Promise<T> => {
  for (let tries = 0; tries < 400; tries++) {
    const found = await find();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`not within 10 s: ${what}`);
};

const up = (dir: string): readonly (CellMember & { pid: number })[] =>
  (readCell(dir)?.members ?? []).flatMap((one) => (one.pid === null ? [] : [{ ...one, pid: one.pid }]));

async function leaderOf(dir: string, client: Client): Promise<CellMember & { pid: number }> {
  return until('somebody leads', async () => {
    for (const one of up(dir)) {
      const status = await client.status(`${one.client.host}:${one.client.port}`);
      if (status.kind === 'ok' && status.value.leader === status.value.header?.memberId) return one;
    }
    return null;
  });
}

it('decree member replace ends well where the leader is killed meanwhile', { timeout: 90_000 }, async () => {
  const dir = (cell = join(temporary(), 'cell'));
  expect((await decree('cell', 'up', '--replicas', '3', '--dir', dir, '--detach')).code).toBe(EXIT.ok);
  const client = new Client({
    endpoints: up(dir).map(({ client: { host, port } }) => `${host}:${port}`),
    timeoutMs: 30_000,
    attemptMs: 2_000,
  });
  const acknowledged: string[] = [];
  let going = true;
  const writing = (async () => {
    for (let n = 0; going; n++)
      if ((await client.put(`k/${n}`, 'x')).kind === 'ok') acknowledged.push(`k/${n}`);
  })();
  const leader = await leaderOf(dir, client);
  const dead = up(dir).find(({ replica }) => replica !== leader.replica);
  if (dead === undefined) throw new Error('no follower');
  expect((await decree('cell', 'kill', '--dir', dir, '--replica', dead.replica)).code).toBe(EXIT.ok);
  fs.rmSync(dead.directory, { recursive: true });

  const { ended } = spawnDecree(['member', 'replace', dead.replica, '--as', 'r9', '--dir', dir]);
  // It listens, and is to vote by a change of its own.
  await until('the new member is started', () => up(dir).find(({ replica }) => replica === 'r9') ?? null);
  process.kill(leader.pid, 'SIGKILL');
  await new Promise((resolve) => setTimeout(resolve, 300));
  const back = await decree('cell', 'start', '--dir', dir, '--replica', leader.replica);
  expect(back).toMatchObject({ code: EXIT.ok });
  const replaced = await ended;
  expect(replaced).toMatchObject({ code: EXIT.ok, stderr: '' });
  expect(replaced.stdout).toMatch(/^r9\.\S+ is a member\n$/);
  const then = acknowledged.length;
  await until('writes go on', () => (acknowledged.length > then + 20 ? true : null));
  going = false;
  await writing;

  const listed = await client.members();
  const names = listed.kind === 'ok' ? listed.value.members.map(({ name }) => name).sort() : [];
  expect(names).toEqual(['r1', 'r2', 'r3', 'r9'].filter((name) => name !== dead.replica));
  expect(acknowledged.length).toBeGreaterThan(20);
  for (const key of acknowledged.slice(-200)) {
    const got = await client.get(key);
    expect([key, got.kind === 'ok' && got.value.pair !== null]).toEqual([key, true]);
  }
  client.close();
});
