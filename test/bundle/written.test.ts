/** This version writes what its bundle holds: a format that changed has another bundle, or another number. */
import * as E from 'fp-ts/lib/Either.js';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatBirth, readBirth } from '../../src/runtime/birth.js';
import { formatMarker, logDirectory, markerPath } from '../../src/runtime/marker.js';
import { realFiles } from '../../src/runtime/real-files.js';
import { encodeEntry, encodeHeader } from '../../src/storage/format.js';
import { scanSegment } from '../../src/storage/scan.js';
import { checkSnapshot, snapshotParts, StateDigest } from '../../src/storage/snapshot-format.js';
import { decodeCommand, encodeCommand } from '../../src/store/session-codec.js';
import { Store } from '../../src/store/store.js';
import { commandsIn } from './commands.js';
import { BIRTH, FIXTURES, ownVersion } from './format.js';
import { openCell } from './read.js';

const folder = join(FIXTURES, ownVersion());
const cell = openCell(folder);

/** Files of all logs that end so, with the replica whose they are. */
const filesOf = (ending: string) =>
  cell.flatMap(({ marker, summary }) => {
    const log = logDirectory(join(folder, 'cell', summary.directory));
    const names = readdirSync(log).filter((name) => name.endsWith(ending));
    return names.map((name) => ({ path: join(log, name), name, marker }));
  });

describe('what this version writes is what its bundle holds: npm run fixtures:record', () => {
  it('markers and the birth record', () => {
    const [first] = cell;
    expect(first && formatBirth(first.marker.birth)).toBe(readFileSync(join(folder, BIRTH), 'utf8'));
    expect(formatBirth(readBirth(join(folder, BIRTH)))).toBe(readFileSync(join(folder, BIRTH), 'utf8'));
    for (const { marker, summary } of cell) {
      const path = markerPath(join(folder, 'cell', summary.directory));
      expect(formatMarker(marker)).toBe(readFileSync(path, 'utf8'));
    }
  });

  it('segments of the log, byte for byte', () => {
    const segments = filesOf('.log');
    expect(segments.length).toBeGreaterThan(6);
    for (const { path, name, marker } of segments) {
      const data = readFileSync(path);
      const segment = Number(/\d+/.exec(name)?.[0]);
      const { header, entries, damage } = scanSegment(data, segment, marker);
      expect(damage).toBeNull();
      if (header === null) return expect.fail(`${path} has no header`);
      const again = entries.map(({ entry, offset }) => encodeEntry(marker, { segment, offset }, entry));
      expect(Buffer.concat([encodeHeader(header), ...again]).equals(data), path).toBe(true);
    }
  });

  it('the state in snapshots, to its digest', () => {
    const snapshots = filesOf('.snap');
    expect(snapshots.length).toBeGreaterThan(4);
    for (const { path, marker } of snapshots) {
      const store = new Store();
      const reader = store.reader();
      for (const part of snapshotParts(realFiles, path, marker.cell)) reader.part(part);
      store.restore(reader.end());
      const digest = new StateDigest();
      const parts = store.snapshot();
      for (let next = parts.next(); next.done !== true; next = parts.next()) digest.add(next.value);
      expect(digest.end().toString('hex'), path).toBe(checkSnapshot(realFiles, path, marker.cell).digest);
    }
  });

  it('commands', () => {
    const all = cell.flatMap(({ recovery }) => [...commandsIn(recovery.records)]);
    expect(all.length).toBeGreaterThan(30);
    for (const op of all) {
      const decoded = decodeCommand(op);
      if (E.isLeft(decoded)) return expect.fail(decoded.left);
      expect(Buffer.from(encodeCommand(decoded.right)).equals(op)).toBe(true);
    }
  });
});
