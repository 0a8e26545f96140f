/** Real processes: the log is cut, a new machine joins by a snapshot, and all start again from theirs. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { Client } from '../../src/client/index.js';
import { LocalCell } from '../../src/runtime/cell.js';
import { logDirectory } from '../../src/runtime/marker.js';
import { validateTraces } from '../../conformance/trace/validate.js';
import { decodeLine } from '../../src/trace/format.js';
import { join as joinCell, joinLocally, untilMember } from '../../src/verify/join.js';
import { describeWithTlc } from '../conformance/with-tlc.js';
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

describeWithTlc('a snapshot file', (tlc) => {
  it('that was copied into a fresh directory is where its member begins', { timeout: 120_000 }, async () => {
    const options = join(temporary(), 'options.json');
    writeFileSync(options, JSON.stringify({ snapshotSlots: 20, segmentBytes: 4_096, logLevel: 'error' }));
    const up = await LocalCell.up({ directory: temporary(), replicas: 3, options, trace: 'file' });
    cell = up;
    const client = clientOf(up);
    for (let n = 0; n < 60; n++) expect((await client.put(`k/${n}`, `v/${n}`)).kind).toBe('ok');
    while (!hasSnapshot(up, 'r1')) expect((await client.put('more', 'and more')).kind).toBe('ok');
    const place = await up.place('r4');
    const marker = await joinCell(client, { ...place, replica: 'r4', learner: true, replaces: null });
    up.enlist('r4', marker.member, place);
    const from = logDirectory(up.addresses().find(({ replica }) => replica === 'r1')?.directory ?? '');
    const newest =
      filesOf(up, 'r1')
        .filter((file) => file.endsWith('.snap'))
        .sort()
        .at(-1) ?? '';
    mkdirSync(logDirectory(place.directory), { recursive: true });
    copyFileSync(join(from, newest), join(logDirectory(place.directory), newest));
    // Nobody is there who could give it one.
    const others = ['r1', 'r2', 'r3'];
    for (const name of others) await up.kill(name);
    await up.start('r4');
    const fourth = up.traceFiles().find((file) => file.includes(`${marker.member}-`)) ?? '';
    const first = (): string | undefined => {
      const [, line = ''] = readFileSync(fourth, 'utf8').split('\n');
      const read = decodeLine(line);
      return read._tag === 'Right' && read.right.kind === 'event' ? read.right.event.action : undefined;
    };
    while (first() === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(first()).toBe('InstallSnapshot');
    for (const name of others) await up.start(name);
    expect((await client.put('after', '1')).kind).toBe('ok');
    client.close();
    await up.down();
    const [folder] = up.traceFiles().map((file) => join(file, '..'));
    const results = await validateTraces([folder ?? ''], { tlc });
    expect(results.map(({ verdict }) => verdict)).toEqual(['accepted']);
  });
});
