/** Real processes: a dead machine is replaced while writes go on and the leader is killed in the middle. */
import { afterEach, expect, it } from 'vitest';
import { Client } from '../../src/client/index.js';
import { LocalCell } from '../../src/runtime/cell.js';
import { readMarker } from '../../src/runtime/marker.js';
import { joinLocally, untilMember } from '../../src/verify/join.js';
import { temporary } from './temporary.js';

let cell: LocalCell | null = null;

afterEach(async () => {
  await cell?.down();
});

const clientOf = (of: LocalCell): Client =>
  new Client({
    endpoints: of.addresses().map(({ client: { host, port } }) => `${host}:${port}`),
    timeoutMs: 30_000,
    attemptMs: 20_000,
  });

async function leaderOf(of: LocalCell, client: Client): Promise<string> {
  for (let tries = 0; tries < 100; tries++) {
    for (const { replica, client: at, pid } of of.addresses()) {
      if (pid === null) continue;
      const status = await client.status(`${at.host}:${at.port}`);
      if (status.kind === 'ok' && status.value.leader === status.value.header?.memberId) return replica;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('nobody leads');
}

it('replaces a dead member, also when the leader is killed meanwhile, and loses no write', async () => {
  const up = await LocalCell.up({ directory: temporary(), replicas: 5 });
  cell = up;
  const client = clientOf(up);
  const acknowledged: string[] = [];
  let going = true;
  const writing = (async () => {
    for (let n = 0; going; n++)
      if ((await client.put(`k/${n}`, 'x')).kind === 'ok') acknowledged.push(`k/${n}`);
  })();
  const leader = await leaderOf(up, client);
  const dead = ['r1', 'r2', 'r3', 'r4', 'r5'].find((name) => name !== leader) ?? '';
  const before = up.addresses().find(({ replica }) => replica === dead);
  const { member } = readMarker(before?.directory ?? '');
  await up.kill(dead);
  const listed = await client.members();
  const old =
    listed.kind === 'ok' ? listed.value.members.find((one) => one.decreeMember === member) : undefined;

  // The new one is a learner now and is to take the place by itself; who leads dies before that is known.
  const joined = joinLocally(up, client, { replica: dead, learner: false, replaces: old?.id ?? null });
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  await up.kill(leader);
  const marker = await joined;
  await untilMember(client, marker.member, 30_000);
  await up.start(leader);
  going = false;
  await writing;

  const after = await client.members();
  const members = after.kind === 'ok' ? after.value.members.map((one) => one.decreeMember) : [];
  expect(members).toContain(marker.member);
  expect(members).not.toContain(member);
  expect(members.length).toBe(5);
  expect(acknowledged.length).toBeGreaterThan(10);
  for (const key of acknowledged.slice(-50)) {
    const got = await client.get(key);
    expect(got.kind === 'ok' && got.value.pair !== null).toBe(true);
  }
  client.close();
}, 90_000);
