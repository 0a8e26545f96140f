/** Reads one segment up to its end or to the first damage, and says what comes after the damage. */
import { NO_STORAGE_FAULTS, type StorageFaults } from './faults.js';
import {
  furthest,
  RECORD_MAGIC,
  readEntry,
  readHeader,
  type LogEntry,
  type LogIdentity,
  type Position,
  type SegmentHeader,
} from './format.js';

export interface Damage {
  /** `torn`: the bytes look like the unwritten part of a new segment's header. */
  readonly kind: 'torn' | 'damaged';
  readonly offset: number;
  readonly why: string;
  /** Whether an intact record follows: it may be a later write, kept by a crash that lost an earlier one. */
  readonly intactAfter: boolean;
  /** How far the log had been synced when the intact records after the damage were written. */
  readonly syncedAfter: Position | null;
}

interface Found {
  readonly entry: LogEntry;
  readonly offset: number;
}

/** A scan without a header always has a damage. */
export type Scan =
  | { readonly header: SegmentHeader; readonly entries: readonly Found[]; readonly damage: Damage | null }
  | { readonly header: null; readonly entries: readonly []; readonly damage: Damage };

export function scanSegment(
  data: Buffer,
  segment: number,
  identity: LogIdentity,
  faults: StorageFaults = NO_STORAGE_FAULTS,
): Scan {
  const read = readHeader(data, segment, identity);
  if (read.kind !== 'intact') {
    const why = read.kind === 'torn' ? 'the header of the segment is incomplete' : read.why;
    const after = intactAfter(data, 1, segment, identity);
    return { header: null, entries: [], damage: { kind: read.kind, offset: 0, why, ...after } };
  }
  const entries: Found[] = [];
  let offset = read.end;
  while (offset < data.length) {
    const found = readEntry(data, identity, { segment, offset }, faults);
    if (found.kind === 'damaged') {
      const after = intactAfter(data, offset + 1, segment, identity);
      return {
        header: read.header,
        entries,
        damage: { kind: 'damaged', offset, why: found.why, ...after },
      };
    }
    entries.push({ entry: found.entry, offset });
    offset = found.end;
  }
  return { header: read.header, entries, damage: null };
}

/** A record's checksum covers its position, so bytes that only look like a record do not pass. */
function intactAfter(
  data: Buffer,
  from: number,
  segment: number,
  identity: LogIdentity,
): Pick<Damage, 'intactAfter' | 'syncedAfter'> {
  const found: LogEntry[] = [];
  for (let at = data.indexOf(RECORD_MAGIC, from); at !== -1; at = data.indexOf(RECORD_MAGIC, at + 1)) {
    const read = readEntry(data, identity, { segment, offset: at });
    if (read.kind === 'intact') found.push(read.entry);
  }
  return { intactAfter: found.length > 0, syncedAfter: furthest(found.map(({ synced }) => synced)) };
}
