/**
 * How far the log was synced, kept beside it: written after each sync without a sync of its own. It is a
 * lower bound that never exceeds the truth; after the death of the process alone it is exact, so that
 * damage in the last synced group is told from a torn suffix even then. Two slots in turn: a torn write
 * spoils one.
 */
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Files } from './files.js';
import { compare, type LogIdentity, type Position } from './format.js';

const SLOT_BYTES = 16;

export function syncedPath(directory: string): string {
  return join(directory, 'synced');
}

function encodeSlot(identity: LogIdentity, at: Position): Buffer {
  const slot = Buffer.alloc(SLOT_BYTES);
  slot.writeUInt32LE(at.segment, 0);
  slot.writeUInt32LE(Math.floor(at.offset / 2 ** 32), 4);
  slot.writeUInt32LE(at.offset % 2 ** 32, 8);
  slot.writeUInt32LE(crc32(slot.subarray(0, 12), crc32(`${identity.cell}/${identity.member}/synced`)), 12);
  return slot;
}

/** The highest position of an intact slot, or null where there is none. */
export function readSynced(files: Files, directory: string, identity: LogIdentity): Position | null {
  const data = files.read(syncedPath(directory)) ?? Buffer.alloc(0);
  let best: Position | null = null;
  for (let from = 0; from + SLOT_BYTES <= data.length; from += SLOT_BYTES) {
    const offset = data.readUInt32LE(from + 4) * 2 ** 32 + data.readUInt32LE(from + 8);
    const at = { segment: data.readUInt32LE(from), offset };
    const intact = encodeSlot(identity, at).equals(data.subarray(from, from + SLOT_BYTES));
    if (intact && (best === null || compare(at, best) > 0)) best = at;
  }
  return best;
}

export class SyncedFile {
  private readonly fd: number;
  private turn = 0;

  constructor(
    private readonly files: Files,
    directory: string,
    private readonly identity: LogIdentity,
  ) {
    const path = syncedPath(directory);
    this.fd = files.read(path) === null ? files.create(path) : files.reopen(path);
  }

  write(at: Position): void {
    const slot = encodeSlot(this.identity, at);
    this.files.write(this.fd, slot, 0, SLOT_BYTES, this.turn * SLOT_BYTES);
    this.turn = 1 - this.turn;
  }

  close(): void {
    this.files.close(this.fd);
  }
}
