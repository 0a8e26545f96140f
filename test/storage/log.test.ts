import * as fc from 'fast-check';
import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { DecreeError } from '../../src/errors.js';
import { encodeEntry, encodeHeader, readEntry, readHeader } from '../../src/storage/format.js';
import { realFiles } from '../../src/runtime/real-files.js';
import type { Files } from '../../src/storage/files.js';
import { readLog, segmentPath } from '../../src/storage/recover.js';
import { syncedPath } from '../../src/storage/synced.js';
import { logRecord, MEMBERS, plain } from '../runtime/arbitraries.js';
import { temporary } from '../runtime/temporary.js';
import { IDENTITY, openLog, sampleRecords, synced } from './open.js';

const OTHER = { cell: 'test', member: MEMBERS[1] };

describe('the format of the log', () => {
  it('reads back every record that it wrote, at its own position and for its own member only', () => {
    fc.assert(
      fc.property(logRecord, fc.nat({ max: 300 }), (record, offset) => {
        const at = { segment: 3, offset };
        const entry = { synced: { segment: 2, offset: 17 }, record };
        const data = Buffer.concat([Buffer.alloc(offset), encodeEntry(IDENTITY, at, entry)]);
        const found = readEntry(data, IDENTITY, at);
        expect(found).toMatchObject({ kind: 'intact', end: data.length });
        expect(found.kind === 'intact' ? plain(found.entry) : null).toEqual(plain(entry));
        expect(readEntry(data, OTHER, at).kind).toBe('damaged');
        expect(readEntry(data, { ...IDENTITY, cell: 'other' }, at).kind).toBe('damaged');
        expect(readEntry(data, IDENTITY, { ...at, segment: 4 }).kind).toBe('damaged');
        const moved = Buffer.concat([Buffer.alloc(1), data]);
        expect(readEntry(moved, IDENTITY, { ...at, offset: offset + 1 }).kind).toBe('damaged');
      }),
    );
  });

  it('refuses the header of another member, cell, segment or format', () => {
    const header = { ...IDENTITY, segment: 2, start: 1, previous: { segment: 1, offset: 90 } };
    const bytes = encodeHeader(header);
    expect(readHeader(bytes, 2, IDENTITY)).toEqual({ kind: 'intact', header, end: bytes.length });
    expect(readHeader(bytes, 2, OTHER)).toMatchObject({ kind: 'damaged' });
    expect(readHeader(bytes, 3, IDENTITY)).toMatchObject({ kind: 'damaged' });
    const later = Buffer.from(bytes);
    later.writeUInt32LE(2, 8);
    expect(readHeader(later, 2, IDENTITY)).toEqual({ kind: 'damaged', why: 'format version 2, not 1' });
    expect(readHeader(Buffer.alloc(60), 2, IDENTITY)).toEqual({ kind: 'torn' });
  });

  it('keeps headers below a sector, so that they are there or not', () => {
    const longest = { cell: 'c'.repeat(32), member: `${'r'.repeat(32)}.ffffffff` };
    const previous = { segment: 2 ** 31, offset: 2 ** 40 };
    expect(encodeHeader({ ...longest, segment: 2 ** 31, start: 2 ** 31, previous }).length).toBeLessThan(512);
  });
});

describe('the write-ahead log', () => {
  it('gives back what was appended, over rotations and starts, and counts starts', async () => {
    const directory = temporary();
    const written = [];
    for (const start of [1, 2, 3]) {
      const log = openLog(directory, { segmentBytes: 400 });
      expect(log.start).toBe(start);
      for (const record of sampleRecords(start, 9)) {
        log.append([record]);
        written.push(record);
        if (record.event.seq % 4 === 0) await synced(log);
      }
      log.close();
    }
    const found = readLog(realFiles, directory, IDENTITY, 3);
    expect(plain(found.records)).toEqual(plain(written));
    expect(found).toMatchObject({ lastStart: 3, cut: null, cleanStop: true });
    expect(found.segments).toBeGreaterThan(6);
  });

  it('rotates when no sync is under way, whose error the sync of the rotation might hide', async () => {
    const directory = temporary();
    const log = openLog(directory, { segmentBytes: 1 });
    const records = sampleRecords(1, 6);
    log.append(records.slice(0, 2));
    const segments = (): number => fs.readdirSync(directory).filter((name) => name !== 'synced').length;
    const before = segments();
    const first = synced(log);
    for (const record of records.slice(2, 5)) log.append([record]);
    expect(segments()).toBe(before);
    await first;
    log.append(records.slice(5));
    expect(segments()).toBe(before + 1);
    await synced(log);
    expect(plain(readLog(realFiles, directory, IDENTITY, 1).records)).toEqual(plain(records));
    log.close();
  });

  it('marks no clean stop while a sync is under way, whose error would go unseen', async () => {
    const directory = temporary();
    const log = openLog(directory);
    log.append(sampleRecords(1, 2));
    log.sync(() => undefined);
    expect(log.close()).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(readLog(realFiles, directory, IDENTITY, 1)).toMatchObject({ cleanStop: false, cut: null });
    const next = openLog(directory);
    expect(next.close()).toBe(true);
    expect(readLog(realFiles, directory, IDENTITY, 2)).toMatchObject({ cleanStop: true, cut: null });
  });

  it('writes and syncs again what a killed process left unsynced, before it begins a segment', () => {
    const directory = temporary();
    const killed = openLog(directory);
    killed.append(sampleRecords(1, 2));
    killed.abandon();
    const calls: string[] = [];
    const paths = new Map<number, string>();
    const opened = (open: (path: string) => number) => (path: string) => {
      const fd = open(path);
      paths.set(fd, path);
      return fd;
    };
    const files: Files = {
      ...realFiles,
      create: opened(realFiles.create),
      reopen: opened(realFiles.reopen),
      write: (fd, ...rest) => {
        calls.push(`write ${paths.get(fd)}`);
        return realFiles.write(fd, ...rest);
      },
      fdatasyncSync: (fd) => {
        calls.push(`sync ${paths.get(fd)}`);
        realFiles.fdatasyncSync(fd);
      },
    };
    const log = openLog(directory, { files });
    const [first, second] = [segmentPath(directory, 1), segmentPath(directory, 2)];
    const note = `write ${syncedPath(directory)}`;
    expect(calls).toEqual([`write ${first}`, `sync ${first}`, `write ${second}`, `sync ${second}`, note]);
    log.close();
  });

  it('appends a group in one write and syncs it once', async () => {
    const calls = { write: 0, sync: 0 };
    const files: Files = {
      ...realFiles,
      write: (...args) => {
        calls.write += 1;
        return realFiles.write(...args);
      },
      fdatasync: (fd, done) => {
        calls.sync += 1;
        realFiles.fdatasync(fd, done);
      },
    };
    const log = openLog(temporary(), { files });
    calls.write = 0;
    log.append(sampleRecords(1, 50));
    await synced(log);
    // The second write is the note of how far the log was synced.
    expect(calls).toEqual({ write: 2, sync: 1 });
    log.close();
  });

  it('ends on the first failed sync and never tries again', async () => {
    let syncs = 0;
    const fatal: DecreeError[] = [];
    const files: Files = {
      ...realFiles,
      fdatasync: (_, done) => {
        syncs += 1;
        setImmediate(() => done(Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' })));
      },
    };
    const log = openLog(temporary(), { files, onFatal: (error) => fatal.push(error) });
    log.append(sampleRecords(1, 1));
    await expect(synced(log)).rejects.toThrow('the disk failed: could not sync');
    await expect(synced(log)).rejects.toThrow('it was not tried again');
    expect(() => log.append(sampleRecords(1, 2))).toThrow('the disk failed');
    expect(syncs).toBe(1);
    expect(fatal.map(({ exit }) => exit)).toEqual(['disk']);
    log.close();
  });

  it('says that the disk is full; the half record that this leaves is cut at the next start', async () => {
    const directory = temporary();
    let room = Infinity;
    const files: Files = {
      ...realFiles,
      write: (fd, data, from, length, offset) => {
        const taken = Math.min(length, room);
        if (taken === 0)
          throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
        room -= taken;
        return realFiles.write(fd, data, from, taken, offset);
      },
    };
    const log = openLog(directory, { files });
    const records = sampleRecords(1, 3);
    log.append(records.slice(0, 2));
    await synced(log);
    room = 40;
    expect(() => log.append(records.slice(2))).toThrow(/^the disk is full: could not write .*make room/);
    log.close();
    const found = readLog(realFiles, directory, IDENTITY, 1);
    expect(plain(found.records)).toEqual(plain(records.slice(0, 2)));
    expect(found.cut).toMatchObject({ file: segmentPath(directory, 1), bytes: 40 });
  });

  it('refuses a log whose directory is gone, or that has fewer starts than the marker knows of', () => {
    const directory = temporary();
    expect(() => readLog(realFiles, `${directory}/none`, IDENTITY, 0)).toThrow(
      'is missing: the log of this member is lost',
    );
    expect(() => readLog(realFiles, directory, IDENTITY, 2)).toThrow(
      'the marker knows of 2 starts, the log of 0',
    );
    fs.mkdirSync(`${directory}/log`);
    expect(readLog(realFiles, `${directory}/log`, IDENTITY, 0)).toMatchObject({
      lastStart: 0,
      records: [],
      end: null,
    });
  });
});
