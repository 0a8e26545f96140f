/** Reads one segment up to its end or to the first damage, and says what comes after the damage. */
import { NO_STORAGE_FAULTS, type StorageFaults } from './faults.js';
import {
  RECORD_MAGIC,
  readEntry,
  readHeader,
  type LogEntry,
  type LogIdentity,
  type SegmentHeader,
} from './format.js';

export interface Damage {
  /** `torn`: the bytes look like the unwritten part of a new segment's header. */
  readonly kind: 'torn' | 'damaged';
  readonly offset: number;
  readonly why: string;
  /** The offset of the first intact record after the damage, or null where none follows. */
  readonly intactAfter: number | null;
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
    const intactAfter = nextIntact(data, 1, segment, identity);
    return { header: null, entries: [], damage: { kind: read.kind, offset: 0, why, intactAfter } };
  }
  const entries: Found[] = [];
  let offset = read.end;
  while (offset < data.length) {
    const found = readEntry(data, identity, { segment, offset }, faults);
    if (found.kind === 'damaged') {
      const intactAfter = nextIntact(data, offset + 1, segment, identity);
      return {
        header: read.header,
        entries,
        damage: { kind: 'damaged', offset, why: found.why, intactAfter },
      };
    }
    entries.push({ entry: found.entry, offset });
    offset = found.end;
  }
  return { header: read.header, entries, damage: null };
}

/** A record's checksum covers its position, so bytes that only look like a record do not pass. */
function nextIntact(data: Buffer, from: number, segment: number, identity: LogIdentity): number | null {
  for (let at = data.indexOf(RECORD_MAGIC, from); at !== -1; at = data.indexOf(RECORD_MAGIC, at + 1)) {
    if (readEntry(data, identity, { segment, offset: at }).kind === 'intact') return at;
  }
  return null;
}
