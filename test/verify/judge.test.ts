/** When a run of the main job is good enough, and what it says when it is not. */
import { describe, expect, it } from 'vitest';
import type { ActionName } from '../../src/core/step-types.js';
import type { Validation } from '../../conformance/trace/verdict.js';
import { exitOf, finalLine, historyRows, runRows, traceRows } from '../../src/verify/judge.js';
import type { CellRun } from '../../src/verify/cell-run.js';
import type { Evidence } from '../../src/verify/evidence.js';
import type { Row } from '../../src/verify/table.js';
import { Workload } from '../../src/verify/workload.js';

const evidence: Evidence = {
  files: 7,
  events: 5000,
  actions: new Map([
    ['TakeSnapshot', 5],
    ['InstallSnapshot', 1],
    ['ReadLocally', 100],
  ]),
  ballotsThatLed: ['1@a.1', '2@b.1', '3@c.1'],
  reproposals: 1,
  leasedReadsOfKilled: 10,
};

const blow = { replica: 'r1', outageMs: 700 };
const replacement = { replica: 'r2', tookMs: 1500 };
const transfer = { from: 'r1', to: 'r3', tookMs: 20 };

function run(counts: Partial<Workload['counts']> = {}, parts: Partial<CellRun> = {}): CellRun {
  const workload = new Workload({ clients: [], seed: 1, rate: 1 });
  Object.assign(workload.counts, { writes: 1000, reads: 500, txns: 100 }, counts);
  const sessions = {
    sessions: 4,
    evicted: 0,
    requests: 1500,
    retries: 150,
    answeredAfterDoubt: 100,
    lost: 130,
  };
  const done = {
    ...{ blows: [blow, blow], replacements: [replacement], transfers: [transfer] },
    ...{ seconds: 20, traceFiles: [] },
  };
  return { workload, sessions, ...done, ...parts };
}

const accepted: Validation = {
  name: 'run',
  notes: [],
  verdict: 'accepted',
  events: 5000,
  steps: 5100,
  replicas: 5,
  chosen: 200,
  seconds: 3,
};
const event = { file: 'f', line: 3, replica: 'r1', action: 'Choose', start: 1, seq: 1 };
const rejected: Validation = {
  name: 'run',
  notes: [],
  verdict: 'rejected',
  class: 'guard',
  event,
  reason: 'no',
};

const wrong = (rows: readonly Row[]): string[] =>
  rows.filter(({ ok }) => ok === false).map(({ what }) => what);

const without = (action: ActionName): Evidence => ({
  ...evidence,
  actions: new Map([...evidence.actions].filter(([name]) => name !== action)),
});

describe('runRows', () => {
  it('is content at the floors', () => {
    expect(wrong(runRows(run(), 4, evidence))).toEqual([]);
  });

  it.each([
    ['clients on shared keys', run(), 3, evidence],
    ['writes acknowledged', run({ writes: 999 }), 4, evidence],
    ['reads answered', run({ reads: 499 }), 4, evidence],
    ['Txns answered', run({ txns: 99 }), 4, evidence],
    ['leaders killed', run({}, { blows: [blow] }), 4, evidence],
    ['machines replaced', run({}, { replacements: [] }), 4, evidence],
    ['masterships handed over', run({}, { transfers: [] }), 4, evidence],
    ['reads under the lease', run(), 4, without('ReadLocally')],
    ['of them at a master that was killed', run(), 4, { ...evidence, leasedReadsOfKilled: 9 }],
    ['snapshots taken', run(), 4, without('TakeSnapshot')],
    ['caught up by a snapshot', run(), 4, without('InstallSnapshot')],
    ['ballots that led', run(), 4, { ...evidence, ballotsThatLed: ['1@a.1', '2@b.1'] }],
    ['values re-proposed at a higher ballot', run(), 4, { ...evidence, reproposals: 0 }],
  ])('fails below the floor of %s', (what, cell, clients, found) => {
    expect(wrong(runRows(cell, clients, found))).toEqual([what]);
  });
});

describe('traceRows', () => {
  it('demands that every recorded event was replayed', () => {
    expect(wrong(traceRows(accepted, evidence))).toEqual([]);
    expect(wrong(traceRows({ ...accepted, events: 4999 }, evidence))).toEqual(['replayed by TLC']);
  });

  it('fails what is rejected, and what has no event', () => {
    expect(wrong(traceRows(rejected, evidence))).toEqual(['replayed by TLC']);
    const none = { ...evidence, events: 0 };
    const notRun: Validation = { name: 'run', notes: [], verdict: 'not run', reason: 'no java' };
    expect(wrong(traceRows(notRun, none))).toEqual(['recorded']);
    expect(wrong(traceRows(notRun, evidence))).toEqual([]);
  });
});

describe('exitOf', () => {
  const rows = (validation: Validation, kind: 'linearizable' | 'violation' | 'undecided'): Row[] => [
    ...traceRows(validation, evidence),
    ...historyRows(kind === 'linearizable' ? { kind, steps: 1 } : { kind, steps: 1, report: 'r' }, 1, 0),
  ];
  const undecided: Validation = { name: 'run', notes: [], verdict: 'undecided', reason: 'time' };
  it.each([
    ['ok', rows(accepted, 'linearizable'), null],
    ['notRun', rows(accepted, 'linearizable'), 'no java'],
    ['failed', rows(rejected, 'linearizable'), null],
    ['failed', rows(accepted, 'violation'), 'no java'],
    ['undecided', rows(undecided, 'linearizable'), null],
    ['undecided', rows(accepted, 'undecided'), null],
    ['failed', rows(undecided, 'violation'), null],
  ] as const)('%s', (exit, found, missing) => {
    expect(exitOf(found, missing)).toBe(exit);
  });
});

describe('finalLine', () => {
  it('claims no more than what was done, on one line', () => {
    const ending = { missing: null, models: true, elapsed: 61.2 };
    expect(finalLine('ok', ending)).toContain('verified after 61.2 s: the spec holds');
    expect(finalLine('ok', { ...ending, models: false })).not.toContain('the spec holds');
    const partly = finalLine('notRun', { ...ending, missing: 'TLC was not run: install a JDK' });
    expect(partly).toContain('TLC was not run: install a JDK');
    expect(partly).not.toContain('\n');
    expect(finalLine('failed', ending)).toMatch(/^FAILED/);
    expect(finalLine('undecided', ending)).toMatch(/^UNDECIDED/);
  });
});
