/** Real processes: acknowledged writes survive SIGKILL of each replica in turn, under load. */
import { afterEach, describe, expect, it } from 'vitest';
import { Client, prefixRange } from '../../src/client/index.js';
import { LocalCell } from '../../src/runtime/cell.js';
import { readMarker } from '../../src/runtime/marker.js';
import { logDirectory } from '../../src/runtime/marker.js';
import { realFiles } from '../../src/runtime/real-files.js';
import { readLog } from '../../src/storage/recover.js';
import { temporary } from './temporary.js';

const up: LocalCell[] = [];
const clients: Client[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const cell of up.splice(0)) await cell.down();
});

async function cellOf(replicas: number): Promise<LocalCell> {
  const cell = await LocalCell.up({ directory: temporary(), replicas });
  up.push(cell);
  return cell;
}

function clientOf(cell: LocalCell): Client {
  const endpoints = cell.addresses().map(({ client: { host, port } }) => `${host}:${port}`);
  const client = new Client({ endpoints, timeoutMs: 10_000 });
  clients.push(client);
  return client;
}

/** Writes keys of its own, one after the other, until told to stop; notes those that were acknowledged. */
function writer(cell: LocalCell, id: number): { stop: () => Promise<readonly string[]> } {
  const client = clientOf(cell);
  const acknowledged: string[] = [];
  let going = true;
  const run = async (): Promise<void> => {
    for (let n = 0; going; n += 1) {
      const key = `w/${id}/${n}`;
      const outcome = await client.put(key, `value of ${key}`);
      if (outcome.kind === 'ok') acknowledged.push(key);
    }
  };
  const running = run();
  return {
    stop: async () => {
      going = false;
      await running;
      return acknowledged;
    },
  };
}

async function valuesAt(client: Client): Promise<ReadonlyMap<string, string>> {
  const { key, rangeEnd } = prefixRange('w/');
  const outcome = await client.range({ key, rangeEnd });
  if (outcome.kind !== 'ok') throw new Error(outcome.error.message);
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
  return new Map(outcome.value.kvs.map((pair) => [text(pair.key), text(pair.value)]));
}

async function writesUntil(client: Client, key: string): Promise<void> {
  for (let i = 0; i < 100; i += 1) {
    if ((await client.put(key, 'x')).kind === 'ok') return;
  }
  throw new Error('the cell takes no writes');
}

describe('a cell of three processes', () => {
  it('keeps every acknowledged write through SIGKILL of each replica', { timeout: 120_000 }, async () => {
    const cell = await cellOf(3);
    const writers = [1, 2, 3, 4].map((id) => writer(cell, id));
    const steady = clientOf(cell);
    for (const { replica } of cell.addresses()) {
      await writesUntil(steady, `before/${replica}`);
      await cell.kill(replica);
      expect(cell.isUp(replica)).toBe(false);
      await writesUntil(steady, `without/${replica}`);
      await cell.start(replica);
    }
    const acknowledged = (await Promise.all(writers.map((each) => each.stop()))).flat();
    expect(acknowledged.length).toBeGreaterThan(100);
    const values = await valuesAt(steady);
    const lost = acknowledged.filter((key) => values.get(key) !== `value of ${key}`);
    expect(lost).toEqual([]);
    expect(cell.traceFiles()).toHaveLength(6);
  });

  it('keeps them when all replicas are killed at once', { timeout: 120_000 }, async () => {
    const cell = await cellOf(3);
    const writers = [1, 2, 3].map((id) => writer(cell, id));
    const steady = clientOf(cell);
    await writesUntil(steady, 'one');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const names = cell.addresses().map(({ replica }) => replica);
    await Promise.all(names.map((replica) => cell.kill(replica)));
    const acknowledged = (await Promise.all(writers.map((each) => each.stop()))).flat();
    await Promise.all(names.map((replica) => cell.start(replica)));
    await cell.waitForLeader();
    await writesUntil(steady, 'two');
    const values = await valuesAt(steady);
    expect(acknowledged.length).toBeGreaterThan(10);
    expect(acknowledged.filter((key) => !values.has(key))).toEqual([]);
    await cell.down();
    for (const { directory } of cell.addresses()) {
      const { birth, member, starts } = readMarker(directory);
      const log = readLog(realFiles, logDirectory(directory), { cell: birth.cell, member }, starts);
      expect(log).toMatchObject({ lastStart: 2, cleanStop: true, cut: null });
    }
  });
});
