/** What every Disk must do, whatever it is made of. Run by test/sim and test/runtime. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogRecord } from '../../src/core/types.js';
import type { Disk } from '../../src/driver/ports.js';
import { acceptRecords, recordKinds } from './samples.js';

export interface DiskHarness {
  /** Begins a process start on the one disk of this harness: what it recovers, and the port. */
  open(): Promise<{ readonly disk: Disk; readonly start: number; readonly records: readonly LogRecord[] }>;
  /** Ends the process that has the disk open; what it did not sync may be lost. */
  crash(): Promise<void>;
  /** Lets time pass until the condition holds; fails the test if it does not within reason. */
  until(condition: () => boolean): Promise<void>;
  /** Syncs that the layer below has done since the harness was made. */
  syncs(): number;
  /** Releases files and the like. */
  close(): Promise<void>;
}

const isPrefix = (part: readonly LogRecord[], whole: readonly LogRecord[]): void => {
  expect(part).toEqual(whole.slice(0, part.length));
};

interface Session {
  readonly harness: DiskHarness;
  /** Syncs and waits; gives how often `done` was called by then. */
  synced(disk: Disk): Promise<number>;
}

export const diskContract = (name: string, make: () => Promise<DiskHarness> | DiskHarness): void => {
  describe(`Disk contract: ${name}`, () => {
    let harness: DiskHarness;
    beforeEach(async () => {
      harness = await make();
    });
    afterEach(() => harness.close());
    const synced = async (disk: Disk): Promise<number> => {
      let calls = 0;
      disk.sync((error) => {
        expect(error).toBeNull();
        calls += 1;
      });
      await harness.until(() => calls > 0);
      return calls;
    };
    const session = (): Session => ({ harness, synced });
    keepsRecords(session);
    syncsInGroups(session);
    countsStarts(session);
  });
};

function keepsRecords(session: () => Session): void {
  it('is empty at the first start, which is number 1', async () => {
    const { harness } = session();
    const { start, records } = await harness.open();
    expect(start).toBe(1);
    expect(records).toEqual([]);
  });

  it('keeps what was synced through a crash, in order and unchanged', async () => {
    const { harness, synced } = session();
    const { disk } = await harness.open();
    disk.append(recordKinds.slice(0, 2));
    disk.append(recordKinds.slice(2));
    await synced(disk);
    await harness.crash();
    expect((await harness.open()).records).toEqual(recordKinds);
  });

  it('may lose an unsynced suffix at a crash, never a middle', async () => {
    const { harness, synced } = session();
    const { disk } = await harness.open();
    const records = acceptRecords(0, 19);
    disk.append(records.slice(0, 5));
    await synced(disk);
    disk.append(records.slice(5, 12));
    disk.append(records.slice(12));
    await harness.crash();
    const after = await harness.open();
    expect(after.records.length).toBeGreaterThanOrEqual(5);
    isPrefix(after.records, records);
  });

  it('may lose what is being synced, never what was synced before', async () => {
    const { harness, synced } = session();
    const { disk } = await harness.open();
    const records = acceptRecords(0, 9);
    disk.append(records.slice(0, 4));
    await synced(disk);
    disk.append(records.slice(4));
    disk.sync(() => undefined);
    await harness.crash();
    const after = await harness.open();
    expect(after.records.length).toBeGreaterThanOrEqual(4);
    isPrefix(after.records, records);
  });
}

function syncsInGroups(session: () => Session): void {
  it('calls done once, never inside the call to sync', async () => {
    const { harness, synced } = session();
    const { disk } = await harness.open();
    disk.append(acceptRecords(0, 2));
    let calls = 0;
    disk.sync(() => {
      calls += 1;
    });
    expect(calls).toBe(0);
    await harness.until(() => calls > 0);
    expect(await synced(disk)).toBe(1);
    expect(calls).toBe(1);
  });

  it('covers by a sync only what was appended before it, and takes appends while it runs', async () => {
    const { harness, synced } = session();
    const { disk } = await harness.open();
    const records = acceptRecords(0, 9);
    disk.append(records.slice(0, 6));
    let done = false;
    disk.sync(() => {
      done = true;
    });
    disk.append(records.slice(6));
    await harness.until(() => done);
    await synced(disk);
    await harness.crash();
    expect((await harness.open()).records).toEqual(records);
  });

  it('counts one sync for many records: group commit', async () => {
    const { harness, synced } = session();
    const { disk } = await harness.open();
    disk.append(acceptRecords(0, 0));
    await synced(disk);
    const before = harness.syncs();
    disk.append(acceptRecords(1, 300));
    await synced(disk);
    expect(harness.syncs() - before).toBe(1);
  });
}

function countsStarts(session: () => Session): void {
  it('counts the starts durably and continues the log', async () => {
    const { harness, synced } = session();
    const first = await harness.open();
    const one = acceptRecords(0, 3);
    first.disk.append(one);
    await synced(first.disk);
    await harness.crash();
    const second = await harness.open();
    expect(second.start).toBe(2);
    const two = acceptRecords(4, 6, 2);
    second.disk.append(two);
    await synced(second.disk);
    await harness.crash();
    const third = await harness.open();
    expect(third.start).toBe(3);
    expect(third.records).toEqual([...one, ...two]);
  });

  it('counts a start that wrote nothing', async () => {
    const { harness } = session();
    await harness.open();
    await harness.crash();
    expect((await harness.open()).start).toBe(2);
  });
}
