/** Real processes: the log is cut, a new machine joins by a snapshot, and all start again from theirs. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { Client } from '../../src/client/index.js';
import { LocalCell } from '../../src/runtime/cell.js';
import { logDirectory } from '../../src/runtime/marker.js';
import { joinLocally, untilMember } from '../../src/verify/join.js';
import { temporary } from './temporary.js';

let cell: LocalCell | null = null;

afterEach(async () => {
  await cell?.down();
});

const filesOf = (of: LocalCell, name: string): readonly string[] => {
  const found = of.addresses().find(({ replica }) => replica === name);
  return readdirSync(logDirectory(found?.directory ?? ''));
};
const hasSnapshot = (of: LocalCell, name: string): boolean =>
  filesOf(of, name).some((file) => file.endsWith('.snap'));
const isCut = (of: LocalCell, name: string): boolean =>
  hasSnapshot(of, name) && !filesOf(of, name).includes('segment-00000001.log');

const clientOf = (of: LocalCell): Client =>
  new Client({
    endpoints: of.addresses().map(({ client: { host, port } }) => `${host}:${port}`),
    timeoutMs: 30_000,
    attemptMs: 20_000,
  });

it('a new machine takes a snapshot where the log was cut, votes, and all come back from theirs', async () => {
  const options = join(temporary(), 'options.json');
  writeFileSync(options, JSON.stringify({ snapshotSlots: 20, segmentBytes: 4_096, logLevel: 'error' }));
  const up = await LocalCell.up({ directory: temporary(), replicas: 3, options });
  cell = up;
  const client = clientOf(up);
  const put = async (from: number, count: number): Promise<void> => {
    for (let n = from; n < from + count; n++) expect((await client.put(`k/${n}`, `v/${n}`)).kind).toBe('ok');
  };
  await put(0, 120);
  for (let more = 120; !['r1', 'r2', 'r3'].every((name) => isCut(up, name)); more += 20) {
    expect(more).toBeLessThan(1_000);
    await put(more, 20);
  }
  await up.kill('r3');
  const listed = await client.members();
  const members = listed.kind === 'ok' ? listed.value.members : [];
  const old = members.find(({ decreeMember }) => decreeMember?.startsWith('r3.'));
  const marker = await joinLocally(up, client, { replica: 'r3', learner: false, replaces: old?.id ?? null });
  await untilMember(client, marker.member, 30_000);
  expect(hasSnapshot(up, 'r3')).toBe(true);
  await put(1_000, 60);

  for (const name of ['r1', 'r2', 'r3']) await up.kill(name);
  for (const name of ['r1', 'r2', 'r3']) await up.start(name);
  for (const n of [0, 1, 60, 119, 1_000, 1_059]) {
    const got = await client.get(`k/${n}`);
    expect(got.kind === 'ok' && got.value.pair !== null, `k/${n}`).toBe(true);
  }
  const after = await client.members();
  const names = after.kind === 'ok' ? after.value.members.map(({ decreeMember }) => decreeMember) : [];
  expect(names).toContain(marker.member);
  expect(names).toHaveLength(3);
  client.close();
}, 120_000);
