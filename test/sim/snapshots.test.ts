/** Snapshots in whole cells: catch-up by one, restarts from one, and deaths at bad moments. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { merge } from '../../conformance/merge/merge.js';
import { StoreMachine } from '../../src/driver/store-machine.js';
import { SimCell } from '../../src/sim/cell.js';
import { InvariantCheck } from '../../src/sim/checks/invariants.js';
import { Store } from '../../src/store/store.js';
import { encodeOperation } from '../../src/store/codec.js';
import { decodeLine } from '../../src/trace/format.js';

const OPTIONS = { snapshotSlots: 5, sliceBytes: 64, sliceRestMs: 2, chunkBytes: 100 };
const put = (n: number): Uint8Array =>
  encodeOperation({
    ...{ kind: 'put', key: Uint8Array.of(n % 11), value: Uint8Array.of(n), lease: 0n },
    ...{ previous: false, ignoreValue: false, ignoreLease: false },
  });

function cellOf(seed: number, storage: 'records' | 'files') {
  const stores: Store[] = [];
  const machine = (): StoreMachine => {
    stores.push(new Store());
    return new StoreMachine(stores.at(-1) ?? new Store());
  };
  const cell = new SimCell({ seed, storage, machine, options: OPTIONS });
  const check = new InvariantCheck(cell);
  cell.start();
  cell.runUntil(() => cell.leader() !== null);
  const write = (count: number): void => {
    for (let i = 0; i < count; i++) {
      cell.submit(cell.leader() ?? cell.up[0] ?? '', put(i));
      cell.run(20);
    }
  };
  const same = (): boolean => {
    const slots = cell.up.map((name) => cell.process(name).replica.inspect().applied);
    return cell.up.length === 3 && new Set(slots).size === 1;
  };
  return { cell, check, write, same, stores };
}

const digestOf = ({ cell }: ReturnType<typeof cellOf>, name: string): string => {
  const { machine } = cell.process(name);
  return machine instanceof StoreMachine ? machine.store.digest() : '';
};

/** The sessions and pairs of its state, and the revision: all but the epoch. */
const executedBy = ({ cell }: ReturnType<typeof cellOf>, name: string): readonly unknown[] => {
  const { machine } = cell.process(name);
  if (!(machine instanceof StoreMachine)) return [];
  const parts = machine.store.snapshot();
  const all: string[] = [];
  for (let next = parts.next(); next.done !== true; next = parts.next())
    all.push(Buffer.from(next.value).toString('hex'));
  return [machine.store.revision, ...all.slice(1)];
};

describe.each(['records', 'files'] as const)('snapshots, storage %s', (storage) => {
  it('a member that was down longer than the log goes back catches up by one', () => {
    const run = cellOf(3, storage);
    const { cell, check } = run;
    const late = cell.others(cell.leader() ?? '')[0] ?? '';
    cell.crash(late);
    run.write(30);
    for (const name of cell.up) expect(cell.process(name).replica.inspect().known.size).toBeLessThan(10);
    cell.start(late);
    run.write(5);
    expect(cell.runUntil(run.same)).toBe(true);
    expect(cell.process(late).replica.snapshots?.own.counts.installed).toBeGreaterThan(0);
    expect(new Set(cell.up.map((name) => digestOf(run, name))).size).toBe(1);
    expect(check.violations()).toEqual([]);
  });

  it('a start begins at the snapshot and what is left of the log', () => {
    const run = cellOf(4, storage);
    const { cell, check } = run;
    run.write(23);
    cell.run(500);
    const executed = executedBy(run, 'r1');
    const slot = cell.process('r1').replica.inspect().applied;
    for (const name of cell.names) cell.crash(name);
    expect(cell.node('r1').disk.recover().length).toBeLessThan(30);
    cell.start();
    const { snapshot, applied } = cell.process('r1').replica.inspect();
    expect(snapshot.upTo).toBeGreaterThan(15);
    expect(applied).toBeLessThanOrEqual(slot);
    const again = (): boolean => run.same() && cell.process('r1').replica.inspect().applied >= slot;
    expect(cell.runUntil(again, 10_000)).toBe(true);
    // The next leader's mark is in the state, too.
    expect(executedBy(run, 'r1')).toEqual(executed);
    expect(new Set(cell.up.map((name) => digestOf(run, name))).size).toBe(1);
    expect(check.violations()).toEqual([]);
  });

  it('a process that dies once the file has its name: the next start begins there, the trace tells', () => {
    let unsaid = 0;
    for (let calls = 0; calls < 40 && unsaid < 2; calls++) {
      const run = cellOf(5, storage);
      const { cell } = run;
      run.write(3);
      const name = cell.others(cell.leader() ?? '')[0] ?? '';
      cell.process(name).kill.arm(calls);
      run.write(4);
      if (cell.node(name).process !== null) continue;
      cell.start(name);
      cell.run(300);
      const folder = cell.folder();
      if (!foundMore(folder, cell.node(name).member)) continue;
      unsaid += 1;
      for (const each of cell.up) cell.crash(each);
      expect(inserted(cell.folder())).toBe(1);
    }
    expect(unsaid).toBeGreaterThan(0);
  });
});

/** Whether a start of the member found a snapshot that no event of the start before tells of. */
function foundMore(folder: ReadonlyMap<string, string>, member: string): boolean {
  const events = [1, 2].map((start) => {
    const lines = (folder.get(`${member}-${start}.ndjson`) ?? '').split('\n').map(decodeLine);
    return lines.flatMap((line) =>
      'right' in line && line.right.kind === 'event' ? [line.right.event] : [],
    );
  });
  const said = events[0]?.some(({ action }) => action === 'TakeSnapshot');
  return said === false && events[1]?.[0]?.snapshot !== undefined;
}

/** How many steps of snapshots the merge put in before a crash. */
function inserted(folder: ReadonlyMap<string, string>): number {
  const directory = mkdtempSync(join(tmpdir(), 'decree-test-'));
  try {
    for (const [file, text] of folder) writeFileSync(join(directory, file), text);
    const result = merge([directory]);
    if ('failure' in result) throw new Error(JSON.stringify(result.failure));
    const { steps } = result.merged;
    return steps.filter((step, i) => step.action === 'TakeSnapshot' && steps[i + 1]?.action === 'Crash')
      .length;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
