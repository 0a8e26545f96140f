/** The rules of lost and damaged disks, one by one: conformance/RULES.md. */
import * as fs from 'node:fs';
import type { FaultName } from '../../src/core/index.js';
import type { LogRecord } from '../../src/core/types.js';
import { losesDisk } from '../../src/driver/early.js';
import { DecreeError } from '../../src/errors.js';
import { realFiles } from '../../src/runtime/real-files.js';
import { NO_STORAGE_FAULTS, type StorageFaults } from '../../src/storage/faults.js';
import { RECORD_MAGIC } from '../../src/storage/format.js';
import { readLog, segmentPath } from '../../src/storage/recover.js';
import { scanSegment } from '../../src/storage/scan.js';
import { plain } from '../runtime/arbitraries.js';
import { temporary } from '../runtime/temporary.js';
import { IDENTITY, openLog, sampleRecords, synced } from '../storage/open.js';
import { CellScript } from './cell-script.js';
import { rule, type Off } from './rule.js';

rule<FaultName>(
  'a replica without its disk comes back as another member',
  { wipedKeepsId: 'ChosenOnce' },
  (faults) => {
    const run = new CellScript(faults);
    const [victim = '', other = ''] = run.cell.others(run.leader);
    run.cell.isolate(other);
    run.cell.run(500);
    const keepsId = losesDisk(run.state(victim), false);
    run.cell.crash(victim);
    // Empty as it is, it helps to elect who knows nothing of the last writes.
    if (keepsId) {
      run.cell.crash(run.leader);
      run.cell.wipe(victim).start();
    }
    run.cell.heal();
    if (!keepsId) {
      run.cell.add('r4').start();
      if (run.ask(run.joining('r4', victim))?.ok !== true) return 'it was not admitted';
    }
    run.cell.run(2_000);
    return run.finding();
  },
);

rule<FaultName>(
  'a removed replica does not come back empty under its id',
  { removedComesBackEmpty: 'PromiseIsDurable' },
  (faults) => {
    const run = new CellScript(faults, 5);
    const [gone = ''] = run.cell.others(run.leader);
    if (run.ask({ kind: 'remove', member: run.member(gone) })?.ok !== true) return 'the change was refused';
    const removed = (): boolean => run.cell.process(gone).replica.status().standing === 'removed';
    if (!run.cell.runUntil(removed)) return 'it does not know that it was removed';
    if (losesDisk(run.state(gone), true)) run.cell.wipe(gone).start();
    run.cell.run(3_000);
    return run.finding();
  },
);

/** A log of one start after SIGKILL, and what a start reads that makes the same mistakes. */
interface Killed {
  readonly file: string;
  readonly records: readonly LogRecord[];
  readonly offsets: readonly number[];
  readonly read: () => readonly LogRecord[] | 'refused';
}

/** A scenario on a log of four records of which two were synced, in one group each. */
function disk(name: string, off: Off<keyof StorageFaults>, play: (log: Killed) => string | null): void {
  rule<keyof StorageFaults>(name, off, async (some) => {
    const faults: StorageFaults = { ...NO_STORAGE_FAULTS, ...some };
    const directory = temporary();
    const log = openLog(directory, { faults });
    const records = sampleRecords(1, 4);
    for (const record of records.slice(0, 2)) {
      log.append([record]);
      await synced(log);
    }
    log.append(records.slice(2));
    log.abandon();
    const file = segmentPath(directory, 1);
    const { entries } = scanSegment(fs.readFileSync(file), 1, IDENTITY);
    return play({ file, records, offsets: entries.map(({ offset }) => offset), read });

    function read(): readonly LogRecord[] | 'refused' {
      try {
        return readLog(realFiles, directory, IDENTITY, 1, faults).records;
      } catch (error) {
        if (error instanceof DecreeError) return 'refused';
        throw error;
      }
    }
  });
}

/** Turns a bit of the byte there. */
function rot(file: string, offset: number): void {
  const bytes = fs.readFileSync(file);
  bytes.writeUInt8(bytes.readUInt8(offset) ^ 1, offset);
  fs.writeFileSync(file, bytes);
}

disk(
  'damage below what was synced is rot: the log is refused, not cut',
  { rotIsCut: 'synced records are gone', positionNotWritten: 'synced records are gone' },
  ({ file, offsets, read }) => {
    rot(file, (offsets[1] ?? 0) + 20);
    const found = read();
    return found === 'refused' || found.length >= 2 ? null : `${2 - found.length} synced records are gone`;
  },
);

disk(
  'a damaged entry is no entry',
  { keepTorn: 'read as something else' },
  ({ file, records, offsets, read }) => {
    // The command of the third record holds these bytes, too.
    rot(file, fs.readFileSync(file).indexOf(RECORD_MAGIC, (offsets[2] ?? 0) + 4) - 1);
    const found = read();
    if (found === 'refused') return 'refused';
    const expected = JSON.stringify(plain(records.slice(0, found.length)));
    return JSON.stringify(plain(found)) === expected ? null : 'the record was read as something else';
  },
);

disk(
  'a vote and the promise in force are one record',
  { splitRecords: 'without its promise' },
  ({ file, records, offsets, read }) => {
    // Power is lost after each write.
    const bytes = fs.readFileSync(file);
    for (const end of [...offsets.slice(1), bytes.length].reverse()) {
      fs.truncateSync(file, end);
      const found = read();
      if (found === 'refused') continue;
      const last = found.at(-1);
      const whole = records.find(({ event }) => event.seq === last?.event.seq);
      if (JSON.stringify(last?.promised) !== JSON.stringify(whole?.promised))
        return 'a vote without its promise';
    }
    return null;
  },
);
