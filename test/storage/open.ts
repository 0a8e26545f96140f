/** Opening a log as `serve` does. */
import type { LogRecord } from '../../src/core/types.js';
import { realFiles } from '../../src/runtime/real-files.js';
import { WriteAheadLog, type LogOptions } from '../../src/storage/log.js';
import { readLog } from '../../src/storage/recover.js';
import { settle } from '../../src/storage/settle.js';
import { MEMBERS } from '../runtime/arbitraries.js';

export const IDENTITY = { cell: 'test', member: MEMBERS[0] };

export function openLog(directory: string, options: Partial<LogOptions> = {}): WriteAheadLog {
  const recovery = readLog(realFiles, directory, IDENTITY, 0);
  const files = options.files ?? realFiles;
  return new WriteAheadLog(directory, IDENTITY, settle(files, directory, recovery), {
    segmentBytes: 1 << 20,
    onFatal: () => undefined,
    ...options,
    files,
  });
}

/** Resolves when the log's sync is done; rejects with its error. */
export function synced(log: WriteAheadLog): Promise<void> {
  return new Promise((resolve, reject) => {
    log.sync((error) => (error === null ? resolve() : reject(error)));
  });
}

export function sampleRecords(start: number, count: number): readonly LogRecord[] {
  return Array.from({ length: count }, (_, seq): LogRecord => {
    const ballot = { round: 1 + seq, member: MEMBERS[seq % 3] ?? MEMBERS[0] };
    const op = Uint8Array.from([seq, 0xd3, 0xc4, 0x1e, 0x6f, 0]);
    const value = { kind: 'batch' as const, epoch: 0, commands: [{ id: `c${seq}`, op }] };
    const body: LogRecord['body'] =
      seq % 3 === 2
        ? { kind: 'known', first: seq, values: [value, { kind: 'noop' }] }
        : seq % 3 === 1
          ? { kind: 'accept', slot: seq, ballot, value }
          : { kind: 'promise' };
    return { event: { start, seq }, promised: ballot, prefix: seq, learnt: seq > 2 ? ballot : null, body };
  });
}
