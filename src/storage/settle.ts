/**
 * Between reading the log and using it: what was read is made durable, what was torn is cut. A killed process
 * may leave records that only the operating system holds; from now on what leaves rests on them.
 */
import { diskFailure } from './failure.js';
import { NO_STORAGE_FAULTS, type StorageFaults } from './faults.js';
import { writeAll, type Files } from './files.js';
import type { Position } from './format.js';
import { segmentPath, type Cut, type Recovery } from './recover.js';

const settled = Symbol('settled');

/** A recovery of which every record is on the disk: what a log is opened with. */
export interface Settled extends Pick<Recovery, 'lastStart' | 'end' | 'shape'> {
  readonly [settled]: true;
}

/** Throws a DecreeError where the disk fails: a later start then reads the log anew. */
export function settle(
  files: Files,
  directory: string,
  recovery: Pick<Recovery, 'lastStart' | 'end' | 'synced' | 'cut' | 'shape'>,
  faults: StorageFaults = NO_STORAGE_FAULTS,
): Settled {
  const { cut, end, synced, lastStart, shape } = recovery;
  try {
    if (cut !== null) shorten(files, cut);
    if (end !== null && !faults.trustRecovered)
      writeAgain(files, segmentPath(directory, end.segment), end, synced);
    if (cut !== null || end !== null) files.syncDirectory(directory);
  } catch (error) {
    throw diskFailure(`settle ${cut?.file ?? segmentPath(directory, end?.segment ?? 1)}`, error);
  }
  shape.reached(shape.mark);
  return { lastStart, end, shape, [settled]: true };
}

function shorten(files: Files, { file, offset }: Cut): void {
  if (offset === 0) return files.unlink(file);
  const fd = files.reopen(file);
  try {
    files.truncate(fd, offset);
    files.fdatasyncSync(fd);
  } finally {
    files.close(fd);
  }
}

/**
 * The end of the last segment, from where it is known to be synced. A sync alone would not do: after a failed
 * one the system may call pages clean that never reached the disk, and write them no more. Earlier segments
 * were synced before the next was begun.
 */
function writeAgain(files: Files, path: string, end: Position, synced: Position | null): void {
  const from = synced?.segment === end.segment ? synced.offset : 0;
  const data = files.read(path)?.subarray(from, end.offset) ?? Buffer.alloc(0);
  const fd = files.reopen(path);
  try {
    writeAll(files, fd, data, from);
    files.fdatasyncSync(fd);
  } finally {
    files.close(fd);
  }
}
