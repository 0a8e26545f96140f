/**
 * Reading the log at a start. What is torn is cut, what is rotten is refused, and the two are told apart by
 * how far the log was synced, which the note beside it and every record say: what lies above never counted
 * for anybody, and a power cut may have kept any part of it, a later record without an earlier one, too; what
 * lies below may hide a promise or a vote. Nothing on disk changes before all of it is read.
 */
import { join } from 'node:path';
import type { EventId, LogRecord, Slot } from '../core/types.js';
import { DecreeError } from '../errors.js';
import { cutPath, LogShape, readCut } from './cut.js';
import { diskFailure } from './failure.js';
import { NO_STORAGE_FAULTS, type StorageFaults } from './faults.js';
import type { Files } from './files.js';
import { compare, formatPosition, furthest, type LogIdentity, type Position } from './format.js';
import { scanSegment, type Scan } from './scan.js';
import { readSynced, syncedPath } from './synced.js';

/** The end of a file that was not durable when the process or the machine died. */
export interface Cut {
  readonly file: string;
  /** Bytes kept; 0 with a file that is removed because its header was never durable. */
  readonly offset: number;
  readonly bytes: number;
  readonly why: string;
}

export interface Recovery {
  /** Every intact step, in the order in which they were appended. */
  readonly records: readonly LogRecord[];
  /** The highest start that the log knows of; 0 for a new one. The next start is one higher. */
  readonly lastStart: number;
  readonly segments: number;
  /** A snapshot must cover the slots up to here: what is about them may have been cut off. */
  readonly cutUpTo: Slot;
  readonly shape: LogShape;
  /** Where the log ends; null where there is no segment. */
  readonly end: Position | null;
  /** A position up to which the log is known to have been synced; null where none is known. */
  readonly synced: Position | null;
  readonly cut: Cut | null;
  /** The last record is the mark of a clean stop. */
  readonly cleanStop: boolean;
}

interface Segment {
  readonly file: string;
  readonly number: number;
  readonly size: number;
  readonly scan: Scan;
}

const pattern = /^segment-(\d{8})\.log$/;

export function segmentPath(directory: string, segment: number): string {
  return join(directory, `segment-${String(segment).padStart(8, '0')}.log`);
}

/**
 * Reads the whole log of a member. `startsKnown` is the number of starts that the marker knows of. Throws a
 * DecreeError that names file and offset where the log is rotten; changes nothing.
 */
export function readLog(
  files: Files,
  directory: string,
  identity: LogIdentity,
  startsKnown: number,
  faults: StorageFaults = NO_STORAGE_FAULTS,
): Recovery {
  const { synced, segments, cutNote } = readAll(files, directory, identity, faults);
  checkStarts(directory, segments, startsKnown);
  const last = segments[segments.length - 1];
  const records: LogRecord[] = [];
  const shape = new LogShape(cutNote.segment);
  let previous: Segment | null = null;
  let event: EventId = { start: 0, seq: 0 };
  for (const segment of segments) {
    if (segment !== last || !isTorn(segment)) checkHeader(segment, previous, cutNote.segment);
    if (segment !== last) checkWhole(segment, synced);
    const before = records.length;
    event = collect(segment, event, records, faults);
    for (const record of records.slice(before)) shape.add(segment.number, record);
    previous = segment;
  }
  const refuses = !faults.rotIsCut;
  const cut = last === undefined ? null : tornSuffix(last, synced, refuses);
  const headers = segments.flatMap(({ scan }) => (scan.header === null ? [] : [scan.header]));
  const end = endOf(segments, cut);
  if (refuses) checkReached(directory, end, synced);
  return {
    records,
    cutUpTo: cutNote.upTo,
    shape,
    lastStart: headers[headers.length - 1]?.start ?? 0,
    segments: headers.length,
    end,
    synced: furthest([synced, ...segments.flatMap(syncedIn)]),
    cut,
    cleanStop: cut === null && last?.scan.entries[last.scan.entries.length - 1]?.entry.record === null,
  };
}

function readAll(files: Files, directory: string, identity: LogIdentity, faults: StorageFaults) {
  try {
    const synced = readSynced(files, directory, identity);
    const cutNote = readCut(files, directory, identity) ?? rot(cutPath(directory), 0, 'the note is damaged');
    const numbers = listSegments(files, directory, cutNote.segment);
    return {
      synced,
      cutNote,
      segments: numbers.map((number) => readSegment(files, directory, number, identity, faults)),
    };
  } catch (error) {
    throw error instanceof DecreeError ? error : diskFailure(`read ${directory}`, error);
  }
}

/** The numbers of all segments that there are, ascending; null where there is no directory. */
export function segmentsIn(files: Files, directory: string): readonly number[] | null {
  const names = files.list(directory);
  if (names === null) return null;
  const numbers = names.flatMap((file) => {
    const digits = pattern.exec(file)?.[1];
    return digits === undefined ? [] : [Number(digits)];
  });
  return numbers.sort((a, b) => a - b);
}

/** From the first that is kept on; one before it was removed, and its entry came back with a crash. */
function listSegments(files: Files, directory: string, first: number): readonly number[] {
  const all = segmentsIn(files, directory);
  if (all === null) {
    throw new DecreeError(
      'invalidInput',
      `${directory} is missing: the log of this member is lost, and a new member must take its place`,
    );
  }
  const numbers = all.filter((number) => number >= first);
  numbers.forEach((number, index) => {
    if (number !== index + first) rot(segmentPath(directory, index + first), 0, 'the file is missing');
  });
  if (first > 1 && numbers.length === 0) rot(segmentPath(directory, first), 0, 'the file is missing');
  return numbers;
}

function readSegment(
  files: Files,
  directory: string,
  number: number,
  identity: LogIdentity,
  faults: StorageFaults,
): Segment {
  const file = segmentPath(directory, number);
  const data = files.read(file) ?? rot(file, 0, 'the file is missing');
  return { file, number, size: data.length, scan: scanSegment(data, number, identity, faults) };
}

function isTorn({ scan }: Segment): boolean {
  return scan.header === null && scan.damage.kind === 'torn' && !scan.damage.intactAfter;
}

function syncedIn({ scan }: Segment): readonly (Position | null)[] {
  return scan.entries.map(({ entry }) => entry.synced);
}

function checkStarts(directory: string, segments: readonly Segment[], startsKnown: number): void {
  const found = Math.max(0, ...segments.map(({ scan }) => scan.header?.start ?? 0));
  if (segments.some((segment) => segment.scan.header === null && !isTorn(segment))) return;
  if (found < startsKnown) {
    const torn = segments.find(isTorn);
    const why = torn === undefined ? 'the file is missing' : 'the header is gone';
    const file = torn?.file ?? segmentPath(directory, segments.length + 1);
    rot(file, 0, `${why}: the marker knows of ${startsKnown} starts, the log of ${found}`);
  }
}

function checkHeader(segment: Segment, previous: Segment | null, first: number): void {
  const { header } = segment.scan;
  if (header === null) return rot(segment.file, 0, segment.scan.damage?.why ?? 'no header');
  const before = previous?.scan.header ?? null;
  const expected = previous === null ? null : { segment: previous.number, offset: previous.size };
  const told = header.previous;
  if (previous === null && first > 1 && told?.segment === first - 1) return;
  const same = told === expected || (told !== null && expected !== null && compare(told, expected) === 0);
  if (!same && previous !== null && told?.segment === previous.number && told.offset > previous.size) {
    return rot(
      previous.file,
      previous.size,
      `the file ends here, but ${told.offset} bytes of it were synced`,
    );
  }
  if (!same) {
    const [there, here] = [told, expected].map((p) => (p === null ? 'nothing' : formatPosition(p)));
    return rot(segment.file, 0, `the header follows ${there}, but before it comes ${here}`);
  }
  if (before !== null && header.start < before.start) {
    return rot(segment.file, 0, `the header of start ${header.start} follows one of start ${before.start}`);
  }
}

/** A segment that another follows was synced whole before that one was begun. */
function checkWhole(segment: Segment, synced: Position | null): void {
  const { damage } = segment.scan;
  if (damage === null) return;
  const bound = synced === null || synced.segment < segment.number ? '' : ` (${formatPosition(synced)})`;
  rot(segment.file, damage.offset, `${damage.why}, in a part of the log that was synced${bound}`);
}

/** Adds the records of a segment; an intact record out of order was written by something else. */
function collect(segment: Segment, after: EventId, records: LogRecord[], faults: StorageFaults): EventId {
  let last = after;
  for (const { entry, offset } of segment.scan.entries) {
    const { record } = entry;
    if (record === null) continue;
    const { event } = record;
    const start = segment.scan.header?.start;
    // The second half of a record that was planted to be two.
    if (faults.splitRecords && event.start === last.start && event.seq === last.seq) records.pop();
    else if (event.start !== start || (event.start === last.start && event.seq <= last.seq)) {
      rot(segment.file, offset, `event ${event.start}/${event.seq} after ${last.start}/${last.seq}`);
    }
    last = event;
    records.push(record);
  }
  return last;
}

function tornSuffix(last: Segment, synced: Position | null, refuses: boolean): Cut | null {
  const { damage, header, entries } = last.scan;
  if (damage === null) return null;
  const { offset, why, syncedAfter } = damage;
  const bound = furthest([synced, syncedAfter, ...entries.map(({ entry }) => entry.synced)]);
  if (refuses && bound !== null && compare({ segment: last.number, offset }, bound) < 0) {
    rot(last.file, offset, `${why}, in a part of the log that was synced (${formatPosition(bound)})`);
  }
  return { file: last.file, offset: header === null ? 0 : offset, bytes: last.size - offset, why };
}

function endOf(segments: readonly Segment[], cut: Cut | null): Position | null {
  const removed = cut !== null && cut.offset === 0;
  const last = segments[segments.length - (removed ? 2 : 1)];
  if (last === undefined) return null;
  return { segment: last.number, offset: cut === null || removed ? last.size : cut.offset };
}

function checkReached(directory: string, end: Position | null, synced: Position | null): void {
  if (synced === null || (end !== null && compare(end, synced) >= 0)) return;
  const ended = end ?? { segment: 0, offset: 0 };
  const told = `it was synced up to ${formatPosition(synced)} (${syncedPath(directory)})`;
  if (ended.segment < synced.segment) {
    rot(segmentPath(directory, ended.segment + 1), 0, `the segment is gone, but the log says that ${told}`);
  }
  rot(segmentPath(directory, ended.segment), ended.offset, `the log ends here, but ${told}`);
}

function rot(file: string, offset: number, why: string): never {
  throw new DecreeError(
    'invalidInput',
    `${file} is damaged at offset ${offset}: ${why}. Nothing was changed. ` +
      'What this member promised may be hidden there, so it must not serve: let a new member take its place',
  );
}
