import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { LogRecord, NamedConfiguration, Slot, SnapshotHandle } from '../../src/core/types.js';
import { realFiles } from '../../src/runtime/real-files.js';
import { cutPath } from '../../src/storage/cut.js';
import { readLog, segmentPath, segmentsIn } from '../../src/storage/recover.js';
import { chooseSnapshot, findSnapshots, SnapshotFolder, snapshotPath } from '../../src/storage/snapshots.js';
import { MEMBERS } from '../runtime/arbitraries.js';
import { temporary } from '../runtime/temporary.js';
import { IDENTITY, openLog, synced } from './open.js';

const ballot = { round: 3, member: MEMBERS[1] };
const configuration: NamedConfiguration = {
  ...{ kind: 'configuration', id: `${MEMBERS[0]}/1/m1`, members: [...MEMBERS] },
  ...{ learners: [], addresses: {} },
};
const begun = (upTo: Slot) => ({
  id: `${MEMBERS[0]}/1/snapshot/${upTo}`,
  upTo,
  learnt: ballot,
  inForce: [{ slot: 4, configuration }],
  ...{ epoch: 3, marked: { round: 2, member: 'r2.00000002' } },
});
const open = (directory: string): SnapshotFolder => {
  const found = findSnapshots(realFiles, directory, 'test');
  return new SnapshotFolder({ files: realFiles, directory, cell: 'test', found });
};
const parts = [Uint8Array.from([1, 2, 3]), new Uint8Array(5_000).fill(7)];

async function write(folder: SnapshotFolder, upTo: Slot): Promise<SnapshotHandle> {
  const file = folder.write(begun(upTo));
  for (const part of parts) file.part(part);
  await new Promise<void>((resolve, reject) => {
    file.sync((error) => (error === null ? resolve() : reject(error)));
  });
  return file.publish();
}

/** Flips a bit in the middle of a file. */
function rot(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

const slotsOf = (directory: string): readonly number[] =>
  findSnapshots(realFiles, directory, 'test').intact.map(({ upTo }) => upTo);

describe('snapshot files', () => {
  test('what was written is found, with its handle and its parts', async () => {
    const directory = temporary();
    const handle = await write(open(directory), 7);
    const found = findSnapshots(realFiles, directory, 'test');
    expect(found).toEqual({ intact: [handle], damaged: [] });
    expect([...open(directory).parts(handle.id)]).toEqual(parts);
    expect(findSnapshots(realFiles, directory, 'another').damaged[0]?.why).toContain('of the cell test');
  });

  test('the digest is that of the bytes, however they are cut', async () => {
    const directory = temporary();
    const folder = open(directory);
    const { digest } = await write(folder, 7);
    const file = folder.write(begun(8));
    for (const byte of Buffer.concat(parts)) file.part(Uint8Array.from([byte]));
    await new Promise((resolve) => file.sync(resolve));
    expect(file.publish().digest).toBe(digest);
  });

  test('two are kept; the log may go below the older one', async () => {
    const directory = temporary();
    const folder = open(directory);
    await write(folder, 7);
    expect(folder.prune(new Set())).toBe(0);
    await write(folder, 9);
    await write(folder, 12);
    expect(folder.prune(new Set())).toBe(9);
    await expect.poll(() => slotsOf(directory)).toEqual([12, 9]);
    expect(folder.read(begun(7).id, 0, 10)).toBeNull();
  });

  test('one that a peer fetches is kept beside them, and the log from it on', async () => {
    const directory = temporary();
    const folder = open(directory);
    for (const slot of [7, 9, 12]) await write(folder, slot);
    const { id } = begun(7);
    expect(folder.prune(new Set([id]))).toBe(7);
    await write(folder, 15);
    expect(folder.prune(new Set([id]))).toBe(7);
    expect(folder.read(id, 0, 10)?.length).toBe(10);
    await expect.poll(() => slotsOf(directory)).toEqual([15, 12, 7]);
    expect(folder.prune(new Set())).toBe(12);
    expect(folder.read(id, 0, 10)).toBeNull();
  });

  test('one that is not finished is no snapshot, and the next process removes it', async () => {
    const directory = temporary();
    open(directory)
      .write(begun(7))
      .part(Uint8Array.from([1]));
    expect(findSnapshots(realFiles, directory, 'test')).toEqual({ intact: [], damaged: [] });
    const file = open(directory).write(begun(8));
    await expect.poll(() => readdirSync(directory)).toEqual(['snapshot-2.new']);
    file.abandon();
    await expect.poll(() => readdirSync(directory)).toEqual([]);
  });

  test('a file that is fetched is checked part by part: a flipped bit is refused', async () => {
    const [from, to] = [temporary(), temporary()];
    const source = open(from);
    const handle = await write(source, 7);
    const bytes = source.read(handle.id, 0, 1 << 20) ?? new Uint8Array();
    const good = open(to).receive(handle);
    good.part(bytes.subarray(0, 100));
    good.part(bytes.subarray(100));
    expect([...drain(good.parts())]).toEqual(parts);
    const bad = open(to).receive(handle);
    const flipped = Uint8Array.from(bytes, (byte, i) => (i === 2_000 ? byte ^ 1 : byte));
    bad.part(flipped);
    expect(() => [...drain(bad.parts())]).toThrow('bad checksum');
    const other = open(to).receive({ ...handle, digest: 'f'.repeat(32) });
    other.part(bytes);
    expect(() => [...drain(other.parts())]).toThrow('another digest');
  });
});

function* drain(iterator: Iterator<Uint8Array>): Generator<Uint8Array> {
  for (let next = iterator.next(); next.done !== true; next = iterator.next()) yield next.value;
}

describe('the log below a snapshot', () => {
  const record = (slot: Slot): LogRecord => ({
    event: { start: 1, seq: slot },
    promised: ballot,
    prefix: 0,
    learnt: null,
    body: { kind: 'accept', slot, ballot, value: { kind: 'noop' } },
  });

  /** Segments of about two records each, for slots 1 to n. */
  async function logOf(directory: string, n: number, cut: Slot) {
    const log = openLog(directory, { segmentBytes: 300 });
    for (let slot = 1; slot <= n; slot++) {
      log.append([record(slot)]);
      await synced(log);
    }
    log.cut(cut);
    const { cut: gone } = log.counts();
    log.close();
    return gone;
  }
  const slots = (directory: string): number[] =>
    readLog(realFiles, directory, IDENTITY, 0).records.flatMap(({ body }) =>
      body.kind === 'accept' ? [body.slot] : [],
    );

  test('whole segments go, and what is above the slot is all there', async () => {
    const directory = temporary();
    expect(await logOf(directory, 20, 11)).toBeGreaterThan(2);
    const left = slots(directory);
    expect(left[0]).toBeGreaterThan(1);
    expect(left.filter((slot) => slot > 11)).toEqual([12, 13, 14, 15, 16, 17, 18, 19, 20]);
    expect(readLog(realFiles, directory, IDENTITY, 0).cutUpTo).toBe(11);
  });

  test('the last record stays, since it carries the promise', async () => {
    const directory = temporary();
    await logOf(directory, 20, 1_000);
    expect(readLog(realFiles, directory, IDENTITY, 0).records.at(-1)?.promised).toEqual(ballot);
  });

  test('a segment that is missing without a note, or above it, is lost', async () => {
    const directory = temporary();
    await logOf(directory, 20, 11);
    const [first = 0] = segmentsIn(realFiles, directory) ?? [];
    rmSync(segmentPath(directory, first));
    expect(() => readLog(realFiles, directory, IDENTITY, 0)).toThrow('the file is missing');
    rmSync(cutPath(directory));
    expect(() => readLog(realFiles, directory, IDENTITY, 0)).toThrow('the file is missing');
  });

  test('a damaged snapshot: the older one stands in; with none for the cut it is refused', async () => {
    const directory = temporary();
    const folder = open(directory);
    await write(folder, 11);
    await write(folder, 15);
    await logOf(directory, 20, folder.prune(new Set()));
    rot(snapshotPath(directory, 15));
    const found = findSnapshots(realFiles, directory, 'test');
    expect(found.damaged.map(({ file }) => file)).toEqual([snapshotPath(directory, 15)]);
    const { cutUpTo } = readLog(realFiles, directory, IDENTITY, 0);
    expect(chooseSnapshot(found, cutUpTo, directory)?.upTo).toBe(11);
    rot(snapshotPath(directory, 11));
    const none = findSnapshots(realFiles, directory, 'test');
    expect(() => chooseSnapshot(none, cutUpTo, directory)).toThrow(
      'the log was cut up to slot 11, and no intact snapshot covers that',
    );
  });
});
