/**
 * With every other check off, trace validation alone rejects a run of code with one rule taken out, and
 * accepts the same play from the same seed with the rule in place. The switches are `Faults`, which only
 * tests can set.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { validateTrace } from '../../conformance/trace/validate.js';
import type { Faults } from '../../src/core/index.js';
import { SimCell, type CellSetup } from '../../src/sim/cell.js';
import { describeWithTlc } from './with-tlc.js';

interface Mutant {
  readonly rule: string;
  readonly fault: Partial<Faults>;
  readonly setup: Omit<CellSetup, 'faults'>;
  readonly play: (cell: SimCell) => void;
  /** Action and class of the event at which the trace is rejected. */
  readonly at: RegExp;
}

function leaderOf(cell: SimCell, not?: string): string {
  const found = cell.runUntil(() => cell.leader() !== null && cell.leader() !== not, 20_000);
  const leader = cell.leader();
  if (!found || leader === null) throw new Error('no leader was elected');
  return leader;
}

function write(cell: SimCell, to: string, count: number, gapMs: number): void {
  for (let i = 0; i < count; i += 1) {
    cell.submit(to, `${to} ${i} at ${cell.clock.now()}`);
    cell.run(gapMs);
  }
}

/** A leader is cut off with its Accepts under way; they arrive when its successor has chosen values. */
function lateAccepts(cell: SimCell): void {
  const old = leaderOf(cell);
  write(cell, old, 3, 10);
  cell.isolate(old, 'held');
  write(cell, old, 3, 5);
  write(cell, leaderOf(cell, old), 3, 15);
  cell.heal();
  cell.run(300);
}

/** A replica that hears nobody campaigns again and again; its Prepares arrive late and out of order. */
function latePrepares(cell: SimCell): void {
  const leader = leaderOf(cell);
  write(cell, leader, 3, 10);
  const lone = cell.others(leader)[0] ?? '';
  cell.isolate(lone, 'held');
  // It hears nobody, and is made to campaign all the same.
  for (let i = 0; i < 5; i++) {
    cell.process(lone).replica.campaign();
    cell.run(800);
  }
  write(cell, leaderOf(cell, lone), 2, 10);
  cell.heal();
  cell.run(500);
  leaderOf(cell);
  cell.run(200);
}

/** A leader is killed between the votes for its values and the news that they are chosen. */
function leaderKilled(cell: SimCell): void {
  const old = leaderOf(cell);
  write(cell, old, 3, 10);
  write(cell, old, 3, 1);
  const voted = (name: string): number => cell.process(name).replica.inspect().accepted.maxKey() ?? 0;
  const seen = cell.runUntil(() =>
    cell.others(old).some((other) => voted(other) > cell.process(old).replica.status().prefix),
  );
  expect(seen).toBe(true);
  cell.crash(old);
  write(cell, leaderOf(cell, old), 3, 15);
}

function steady(cell: SimCell): void {
  write(cell, leaderOf(cell), 8, 7);
  cell.run(300);
}

/** A follower whose votes were counted is killed before their sync, which loses them. */
function votesLost(cell: SimCell): void {
  const leader = leaderOf(cell);
  const [follower = '', other = ''] = cell.others(leader);
  write(cell, leader, 2, 100);
  cell.crash(other);
  write(cell, leader, 2, 10);
  expect(cell.runUntil(() => cell.node(follower).disk.unsynced() > 0)).toBe(true);
  cell.run(15);
  cell.crash(follower, 0);
  cell.start(follower, other);
  cell.run(3_000);
  write(cell, leaderOf(cell), 2, 100);
}

const SLOW = { minMs: 30, maxMs: 40 };
const MUTANTS: readonly Mutant[] = [
  {
    rule: 'the ballot comparison in HandleAccept',
    fault: { acceptIgnoresPromise: true },
    setup: { seed: 1 },
    play: lateAccepts,
    at: /HandleAccept \(ids: outcome/,
  },
  {
    rule: 'the ballot comparison in HandlePrepare',
    fault: { prepareIgnoresPromise: true },
    setup: { seed: 2, network: { reorder: true, maxMs: 9 } },
    play: latePrepares,
    at: /HandlePrepare \(ids: outcome/,
  },
  {
    rule: 'the highest-ballot rule in Propose',
    fault: { proposeIgnoresPromises: true },
    setup: { seed: 3 },
    play: leaderKilled,
    at: /Propose \(guard/,
  },
  {
    rule: 'the quorum size in Choose',
    fault: { chooseWithoutQuorum: true },
    setup: { seed: 4 },
    play: steady,
    at: /Choose \(guard/,
  },
  {
    rule: 'the hold until Persist, where a sync is slower than a round trip',
    fault: { holdNothing: true },
    setup: { seed: 5, sync: SLOW },
    play: steady,
    at: /\(order: uses a message that left only with Persist/,
  },
  {
    rule: 'the hold until Persist, where a crash comes before the sync',
    fault: { holdNothing: true },
    setup: { seed: 6, sync: SLOW },
    play: votesLost,
    at: /\(order: uses message .* which never left its maker/,
  },
];

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function record({ setup, play }: Mutant, faults: Partial<Faults>): string {
  const cell = new SimCell({ ...setup, faults }).start();
  play(cell);
  // A planted mistake must be found by its trace, and not because an assertion stopped the replica.
  expect(cell.names.flatMap((name) => cell.node(name).fatal.map(({ message }) => message))).toEqual([]);
  cell.finish();
  const folder = mkdtempSync(join(tmpdir(), 'decree-mutant-'));
  folders.push(folder);
  for (const [name, text] of cell.folder()) writeFileSync(join(folder, name), text);
  return folder;
}

describeWithTlc('trace validation alone', (tlc) => {
  const verdictOf = async (folder: string): Promise<string> => {
    const one = await validateTrace({ name: folder, files: [folder] }, { tlc });
    if (one.verdict === 'rejected') return `rejected: ${one.event.action} (${one.class}: ${one.reason})`;
    return one.verdict === 'accepted' ? 'accepted' : JSON.stringify(one);
  };

  it.each(MUTANTS)('rejects a run without $rule', async (mutant) => {
    expect(await verdictOf(record(mutant, {}))).toBe('accepted');
    const verdict = await verdictOf(record(mutant, mutant.fault));
    expect(verdict).toMatch(/^rejected: /);
    expect(verdict).toMatch(mutant.at);
  });
});
