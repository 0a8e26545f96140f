/**
 * A small log cut at every byte and flipped at every byte. Whatever happens to the file, recovery either
 * yields a prefix of what was written that includes everything synced, or refuses and names file and
 * offset.
 */
import * as fc from 'fast-check';
import * as fs from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { LogRecord } from '../../src/core/types.js';
import { DecreeError } from '../../src/errors.js';
import { realFiles } from '../../src/runtime/real-files.js';
import { readLog, segmentPath, type Recovery } from '../../src/storage/recover.js';
import { settle } from '../../src/storage/settle.js';
import { scanSegment } from '../../src/storage/scan.js';
import { syncedPath } from '../../src/storage/synced.js';
import { plain, recordsOf } from '../runtime/arbitraries.js';
import { temporary } from '../runtime/temporary.js';
import { IDENTITY, openLog, sampleRecords, synced } from './open.js';

// Thousands of small files are written and read: slow where the disk is busy.
vi.setConfig({ testTimeout: 120_000 });

/** What a run wrote: `durable` of the records had been synced when the process died. */
interface Written {
  readonly directory: string;
  readonly records: readonly LogRecord[];
  readonly durable: number;
  readonly file: string;
  readonly bytes: Buffer;
  /** Bytes of the file that had been synced. */
  readonly reached: number;
}

/** One start: some groups synced, then a tail that was not, then SIGKILL. */
async function killedRun(records: readonly LogRecord[], durable: number): Promise<Written> {
  const directory = temporary();
  const log = openLog(directory, { segmentBytes: 1 << 20 });
  const file = segmentPath(directory, 1);
  for (let i = 0; i < durable; i += 2) {
    log.append(records.slice(i, Math.min(i + 2, durable)));
    await synced(log);
  }
  const reached = fs.statSync(file).size;
  log.append(records.slice(durable));
  return { directory, records, durable, file, bytes: fs.readFileSync(file), reached };
}

function attempt(directory: string): Recovery | DecreeError {
  try {
    return readLog(realFiles, directory, IDENTITY, 1);
  } catch (error) {
    if (error instanceof DecreeError) return error;
    throw error;
  }
}

function check(run: Written, what: string, refusalNeeded: boolean): void {
  const before = fs.readFileSync(run.file);
  const found = attempt(run.directory);
  expect(fs.readFileSync(run.file).equals(before), `${what}: reading changed nothing`).toBe(true);
  if (found instanceof DecreeError) {
    expect(found.exit, what).toBe('invalidInput');
    expect(found.message, what).toMatch(/segment-00000001\.log is damaged at offset \d+/);
    return;
  }
  expect(refusalNeeded, `${what}: must be refused`).toBe(false);
  expect(found.records.length, `${what}: synced records`).toBeGreaterThanOrEqual(run.durable);
  expect(plain(found.records), what).toEqual(plain(run.records.slice(0, found.records.length)));
}

async function cutEverywhere(run: Written): Promise<void> {
  for (let length = 0; length < run.bytes.length; length += 1) {
    fs.writeFileSync(run.file, run.bytes.subarray(0, length));
    check(run, `cut at ${length}`, length < run.reached);
  }
}

async function flipEverywhere(run: Written, bits: readonly number[]): Promise<void> {
  for (let offset = 0; offset < run.bytes.length; offset += 1) {
    for (const bit of bits) {
      const damaged = Buffer.from(run.bytes);
      damaged.writeUInt8(damaged.readUInt8(offset) ^ (1 << bit), offset);
      fs.writeFileSync(run.file, damaged);
      check(run, `bit ${bit} of byte ${offset}`, offset < run.reached);
    }
  }
}

describe('a small log after SIGKILL', () => {
  it('cut at every byte keeps all that was synced or is refused', async () => {
    await cutEverywhere(await killedRun(sampleRecords(1, 7), 4));
  });

  it('flipped in three bits of every byte keeps all that was synced or is refused', async () => {
    await flipEverywhere(await killedRun(sampleRecords(1, 5), 3), [0, 4, 7]);
  });

  it('holds for random records, cut and flipped at every byte', async () => {
    const input = fc.tuple(recordsOf(1, 4), fc.nat({ max: 4 }), fc.integer({ min: 0, max: 7 }));
    await fc.assert(
      fc.asyncProperty(input, async ([records, durable, bit]) => {
        const run = await killedRun(records, Math.min(durable, records.length));
        await cutEverywhere(run);
        await flipEverywhere(run, [bit]);
      }),
      { numRuns: 4 },
    );
  });

  it('never yields a record of another place: two records swapped, one copied, foreign bytes', async () => {
    const run = await killedRun(sampleRecords(1, 6), 0);
    const middle = Math.floor(run.bytes.length / 2);
    fs.writeFileSync(run.file, Buffer.concat([run.bytes, run.bytes.subarray(middle)]));
    check(run, 'the second half twice', false);
    fs.writeFileSync(run.file, Buffer.concat([run.bytes.subarray(0, middle), run.bytes]));
    check(run, 'the log inside itself', false);
  });
});

describe('the same log after power loss, which may take the note of the last sync with it', () => {
  it('without one of the writes that no sync covered, but with a later one: cut, not refused', async () => {
    const run = await killedRun(sampleRecords(1, 7), 4);
    const { entries } = scanSegment(run.bytes, 1, IDENTITY);
    const [from, to] = [entries[5]?.offset ?? 0, entries[6]?.offset ?? 0];
    expect(from).toBeGreaterThan(run.reached);
    fs.writeFileSync(run.file, Buffer.from(run.bytes).fill(0, from, to));
    const found = readLog(realFiles, run.directory, IDENTITY, 1);
    expect(plain(found.records)).toEqual(plain(run.records.slice(0, 5)));
    expect(found.cut).toMatchObject({ file: run.file, offset: from });
  });

  it('is refused where a record that follows the damage was written after a sync of it', async () => {
    const run = await killedRun(sampleRecords(1, 7), 4);
    fs.rmSync(syncedPath(run.directory));
    const { entries } = scanSegment(run.bytes, 1, IDENTITY);
    const [from, to] = [entries[3]?.offset ?? 0, entries[4]?.offset ?? 0];
    fs.writeFileSync(run.file, Buffer.from(run.bytes).fill(0, from, to));
    expect((attempt(run.directory) as DecreeError).message).toMatch(
      `damaged at offset ${from}: no record here, in a part of the log that was synced`,
    );
  });

  it('flipped at every byte: refused where a record follows that knows of its sync, else cut', async () => {
    const run = await killedRun(sampleRecords(1, 5), 5);
    fs.rmSync(syncedPath(run.directory));
    for (let offset = 0; offset < run.bytes.length; offset += 1) {
      const damaged = Buffer.from(run.bytes);
      damaged.writeUInt8(damaged.readUInt8(offset) ^ 0x10, offset);
      fs.writeFileSync(run.file, damaged);
      const found = attempt(run.directory);
      const last = found instanceof DecreeError ? null : found.records.length;
      expect([null, run.records.length - 1], `byte ${offset}`).toContain(last);
      if (last !== null) expect(found).toMatchObject({ cut: { file: run.file } });
    }
  });
});

describe('a log that was stopped cleanly', () => {
  it('is refused for a flip or a cut anywhere', async () => {
    const directory = temporary();
    const log = openLog(directory, { segmentBytes: 1 << 20 });
    log.append(sampleRecords(1, 3));
    await synced(log);
    log.close();
    const file = segmentPath(directory, 1);
    const bytes = fs.readFileSync(file);
    for (let offset = 0; offset < bytes.length; offset += 1) {
      const damaged = Buffer.from(bytes);
      damaged.writeUInt8(damaged.readUInt8(offset) ^ 0x01, offset);
      for (const content of [damaged, bytes.subarray(0, offset)]) {
        fs.writeFileSync(file, content);
        expect(attempt(directory)).toBeInstanceOf(DecreeError);
      }
    }
    fs.writeFileSync(file, bytes);
    expect(attempt(directory)).toMatchObject({ cleanStop: true, cut: null });
  });
});

describe('a log of several segments and starts', () => {
  it('names the segment and the offset of any flip in any of them', async () => {
    const directory = temporary();
    for (const start of [1, 2]) {
      const log = openLog(directory, { segmentBytes: 300 });
      for (const record of sampleRecords(start, 4)) {
        log.append([record]);
        await synced(log);
      }
    }
    const files = fs.readdirSync(directory).filter((file) => file.startsWith('segment-'));
    expect(files.length).toBeGreaterThan(3);
    for (const name of files) {
      const file = `${directory}/${name}`;
      const bytes = fs.readFileSync(file);
      for (let offset = 0; offset < bytes.length; offset += 3) {
        const damaged = Buffer.from(bytes);
        damaged.writeUInt8(damaged.readUInt8(offset) ^ 0x80, offset);
        fs.writeFileSync(file, damaged);
        const found = attempt(directory);
        expect(found, `${name} byte ${offset}`).toBeInstanceOf(DecreeError);
        expect((found as DecreeError).message).toContain(basename(file));
      }
      fs.rmSync(file);
      expect((attempt(directory) as DecreeError).message).toContain(basename(file));
      fs.writeFileSync(file, bytes);
    }
    expect(attempt(directory)).toMatchObject({ lastStart: 2, cut: null });
  });

  it('cuts a torn suffix for good, and the next start appends to a log that is whole', async () => {
    const run = await killedRun(sampleRecords(1, 5), 4);
    fs.truncateSync(run.file, run.bytes.length - 3);
    const found = readLog(realFiles, run.directory, IDENTITY, 1);
    expect(found.cut).toMatchObject({ file: run.file, offset: run.reached });
    settle(realFiles, run.directory, found);
    expect(fs.statSync(run.file).size).toBe(run.reached);
    const log = openLog(run.directory, { segmentBytes: 1 << 20 });
    expect(log.start).toBe(2);
    log.append(sampleRecords(2, 2));
    await synced(log);
    log.close();
    const again = readLog(realFiles, run.directory, IDENTITY, 2);
    expect(plain(again.records)).toEqual(plain([...run.records.slice(0, 4), ...sampleRecords(2, 2)]));
  });
});
