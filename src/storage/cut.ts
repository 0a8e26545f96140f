/**
 * How far the log was cut at its front: whole segments below a snapshot are removed, after a note beside the
 * log says from which segment on it is kept, and up to which slot a snapshot must cover. The note is written
 * aside, synced, renamed, the directory synced, so a segment that is missing without it is lost.
 */
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { LogRecord, Slot } from '../core/types.js';
import { writeAll, type Files } from './files.js';
import type { LogIdentity } from './format.js';

export interface CutNote {
  /** The first segment that is kept. */
  readonly segment: number;
  /** What is only about slots up to this one may be gone. */
  readonly upTo: Slot;
}

export const UNCUT: CutNote = { segment: 1, upTo: 0 };
const BYTES = 20;

export function cutPath(directory: string): string {
  return join(directory, 'cut');
}

function encode(identity: LogIdentity, { segment, upTo }: CutNote): Buffer {
  const note = Buffer.alloc(BYTES);
  note.writeUInt32LE(segment, 0);
  note.writeUInt32LE(Math.floor(upTo / 2 ** 32), 4);
  note.writeUInt32LE(upTo % 2 ** 32, 8);
  note.writeUInt32LE(crc32(note.subarray(0, 12), crc32(`${identity.cell}/${identity.member}/cut`)), 12);
  return note;
}

/** The note, UNCUT where there is none, null where it is damaged. */
export function readCut(files: Files, directory: string, identity: LogIdentity): CutNote | null {
  const data = files.read(cutPath(directory));
  if (data === null) return UNCUT;
  if (data.length !== BYTES) return null;
  const upTo = data.readUInt32LE(4) * 2 ** 32 + data.readUInt32LE(8);
  const note = { segment: data.readUInt32LE(0), upTo };
  return encode(identity, note).equals(data) ? note : null;
}

export function writeCut(files: Files, directory: string, identity: LogIdentity, note: CutNote): void {
  const aside = `${cutPath(directory)}.new`;
  if (files.size(aside) !== null) files.unlink(aside);
  const fd = files.create(aside);
  try {
    writeAll(files, fd, encode(identity, note), 0);
    files.fdatasyncSync(fd);
  } finally {
    files.close(fd);
  }
  files.rename(aside, cutPath(directory));
  files.syncDirectory(directory);
}

/** The highest slot that a record is about; 0 where it is about none. */
export function slotOf({ body }: LogRecord): Slot {
  if (body.kind === 'accept') return body.slot;
  return body.kind === 'known' ? body.first + body.values.length - 1 : 0;
}

/** What is in the segments of a log: enough to know which may go. */
export class LogShape {
  /** Per segment that has records: the highest slot that they are about. */
  private readonly highest = new Map<number, Slot>();
  /** The segment of the last record that is synced, and of the last one. */
  private synced = 0;
  private last = 0;

  constructor(public first = 1) {}

  add(segment: number, record: LogRecord): void {
    this.highest.set(segment, Math.max(this.highest.get(segment) ?? 0, slotOf(record)));
    this.last = segment;
  }

  /** The segment of the last record now, for reached() once a sync that covers it is done. */
  get mark(): number {
    return this.last;
  }

  reached(mark: number): void {
    this.synced = Math.max(this.synced, mark);
  }

  /** The first to keep: those before are about no slot above upTo, and a synced record comes later. */
  keptFrom(upTo: Slot): number {
    let { first } = this;
    while (first < this.synced && (this.highest.get(first) ?? 0) <= upTo) first += 1;
    return first;
  }
}
