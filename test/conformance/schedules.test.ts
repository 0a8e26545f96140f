/**
 * Schedules from the spec drive the real core: it follows each behaviour of the spec state by state, and each
 * counterexample of a broken spec up to the step that the spec forbids, where it does something else.
 */
import { describe, expect, it } from 'vitest';
import { parseSchedule, readSchedules, type Schedule } from '../../conformance/schedules/codec.js';
import { kindsOf } from '../../conformance/schedules/kinds.js';
import { play } from '../../conformance/schedules/play.js';
import { BROKEN, NOT_PLAYED, RUNS } from '../../conformance/schedules/table.js';
import { readModels } from '../../conformance/models/codec.js';
import type { Faults } from '../../src/core/index.js';
import { DecreeError } from '../../src/errors.js';

const behaviours = readSchedules('behaviours');
const counterexamples = readSchedules('counterexamples');

function counterexample(name: string): Schedule {
  const found = counterexamples.find((schedule) => schedule.name === name);
  if (found === undefined) throw new Error(`${name} is not recorded`);
  return found;
}

/** Proposals of a value that a counted promise reports for the slot. */
function reproposals(schedules: readonly Schedule[]): number {
  const steps = schedules.flatMap((schedule) => schedule.steps);
  return steps.filter(
    ({ action, slot, promises }) =>
      action === 'Propose' &&
      promises?.some((row) => row[0] === 'promise' && row[4].some(([at]) => at === slot)) === true,
  ).length;
}

describe('behaviours of the spec', () => {
  it('are of the runs of the table, and not idle', () => {
    const from = new Set(behaviours.map(({ name }) => name.replace(/-\d+$/, '')));
    expect([...from].sort()).toEqual(RUNS.map(({ name }) => name).sort());
    const kinds = new Set(behaviours.flatMap(({ steps }) => kindsOf(steps).map(({ coarse }) => coarse)));
    expect([...kinds].sort()).toEqual(KINDS);
    expect(behaviours.reduce((sum, { steps }) => sum + steps.length, 0)).toBeGreaterThan(2_000);
    expect(reproposals(behaviours)).toBeGreaterThan(20);
  });

  it.each(behaviours.map((schedule) => [schedule.name, schedule] as const))(
    '%s: the code follows',
    (_, s) => {
      const { deviation, violations } = play(s);
      expect(deviation).toBeNull();
      expect(violations).toEqual([]);
    },
  );
});

const KINDS = [
  'Announce',
  'Apply',
  'BecomeLeader',
  'Campaign',
  'Choose',
  'Crash idle',
  'Crash keeping',
  'Crash losing',
  'HandleAccept new',
  'HandleAccept reject',
  'HandleAccept repeat',
  'HandleCatchUp',
  'HandleCatchUp many',
  'HandleChosen',
  'HandlePrepare new',
  'HandlePrepare reject',
  'HandlePrepare repeat',
  'HandleReject',
  'Persist',
  'Persist many',
  'Propose',
  'Restart',
  'SendEntries',
];

/** The action at which the code parts from a counterexample, and what it does instead. */
const REFUSALS: Readonly<Record<string, readonly [action: string, instead: RegExp]>> = {
  'M03-promise': ['HandlePrepare', /^left: spec only \["promise",1/m],
  'M03-round': ['Campaign', /^left: spec only \["prepare",1/m],
  'M03-vote': ['HandleAccept', /^left: spec only \["accepted",1/m],
  // The round above the one it promised itself: 2, which the spec has not given it.
  M05: ['Campaign', /^r1 queue: .*code .*"promised":2\.1/m],
  // Two ballots of round 1, each with its member, where the broken spec has one.
  M06: ['Campaign', /^r1 queue: .*code .*"promised":1\.1/m],
  M07: ['BecomeLeader', /^no quorum promised\nr2 role: spec "leader", code "candidate"$/],
  M08: ['HandleAccept', /^r3 queue: spec \[\{"promised":1,.*code \[\{"promised":2,/m],
  'M08-promise': ['HandleAccept', /^r3 queue: spec \[\{"promised":0,.*code \[\{"promised":1,/m],
  M09: ['Propose', /^left: spec only \["accept",3,1,"v"\]\nleft: code only \["accept",3,1,"w"\]$/m],
  M10: ['HandlePrepare', /^r1 role: spec "candidate", code "follower"$/m],
  M11: ['Choose', /^no quorum voted$/m],
  M12: ['HandleChosen', /^r1 prefix: spec 1, code 0$/m],
  M13: [
    'HandlePrepare',
    /spec .*\["promise",2,"r1",0,\[\]\].*code .*\["promise",2,"r1",0,\[\[1,1,"v"\]\]\]/m,
  ],
  M14: ['HandleAccept', /^left: spec only \["accepted",1,1,"r2"\]\nleft: code only \["reject",2\]$/m],
  M16: ['HandleChosen', /^r3 prefix: spec 1, code 0$/m],
  M19: ['HandleChosen', /^r2 prefix: spec 1, code 2$/m],
  M24: ['Apply', /^nothing to apply$/m],
  'propose-known': ['Propose', /^catching up$/m],
  acceptIgnoresPromise: ['HandleAccept', /^left: code only \["reject",2\]$/m],
  prepareIgnoresPromise: ['HandlePrepare', /^left: code only \["reject",2\]$/m],
  proposeIgnoresPromises: ['Propose', /^left: code only \["accept",2,1,"v"\]$/m],
  holdNothing: ['Campaign', /^left: spec only \["prepare",1,"r1",1\]$/m],
  'holdNothing-crash': ['Campaign', /^left: spec only \["prepare",1,"r1",1\]$/m],
  W01: ['Campaign', /spec .*\["promise",2,"r2",0,\[\[1,1,"v"\]\]\].*code .*\[2,1,"w"\]\]\]/m],
  W02: ['HandleCatchUp', /^r1 role: spec "leader", code "follower"$/m],
  W03: ['Choose', /^no quorum voted$/m],
  'W03-agreement': ['Choose', /^no quorum voted$/m],
};

describe('counterexamples of broken specs', () => {
  it('are those of the table, and every other broken spec has a reason not to be', () => {
    const recorded = counterexamples.map(({ name }) => name);
    expect(recorded).toEqual(BROKEN.map(({ name }) => name).sort());
    expect(Object.keys(REFUSALS).sort()).toEqual(recorded);
    const broken = readModels().filter(({ kind }) => kind === 'broken');
    const played = new Set(BROKEN.map(({ patch }) => `${patch}.json`));
    const open = broken.filter(({ module, patch }) => !(module in NOT_PLAYED) && !played.has(patch ?? ''));
    expect(open.map(({ name }) => name)).toEqual([]);
    const modules = new Set(broken.map(({ module }) => module));
    expect(Object.keys(NOT_PLAYED).filter((module) => !modules.has(module))).toEqual([]);
  });

  it.each(counterexamples.map((schedule) => [schedule.name, schedule] as const))(
    '%s: the code follows until the step that the spec forbids, and keeps every invariant',
    (name, schedule) => {
      const { deviation, violations, atEnd } = play(schedule);
      const [action, instead] = REFUSALS[name] ?? [];
      expect(deviation?.step).toBe(schedule.forbidden);
      expect(deviation?.action).toBe(action);
      expect([deviation?.refused, ...(deviation?.differences ?? [])].join('\n')).toMatch(instead ?? /$^/);
      expect(violations).toEqual([]);
      expect(atEnd).toEqual([]);
    },
  );
});

/** The counterexample that each planted fault follows to the end. */
const PLANTED: readonly (readonly [fault: keyof Faults, schedule: string])[] = [
  ['acceptIgnoresPromise', 'acceptIgnoresPromise'],
  ['prepareIgnoresPromise', 'prepareIgnoresPromise'],
  ['proposeIgnoresPromises', 'proposeIgnoresPromises'],
  ['chooseWithoutQuorum', 'W03-agreement'],
  ['holdNothing', 'holdNothing'],
  ['holdNothing', 'holdNothing-crash'],
];

describe('planted faults', () => {
  it.each(PLANTED)('%s makes the code follow %s, and CellScan says so', (fault, name) => {
    const schedule = counterexample(name);
    const { deviation, atEnd } = play(schedule, { [fault]: true });
    expect(deviation).toBeNull();
    expect(atEnd.map(({ invariant }) => invariant)).toContain(schedule.violates);
    expect(play(schedule).atEnd).toEqual([]);
  });

  it('makes the code part from the spec, by name of the variable', () => {
    const parts = (fault: keyof Faults): number =>
      behaviours.filter((schedule) => play(schedule, { [fault]: true }).deviation !== null).length;
    for (const fault of ['acceptIgnoresPromise', 'prepareIgnoresPromise', 'proposeIgnoresPromises'] as const)
      expect(parts(fault), fault).toBeGreaterThan(0);
    expect(parts('holdNothing')).toBe(behaviours.length);
  });
});

describe('the comparison', () => {
  const [schedule] = behaviours as [Schedule];
  const changed = (i: number, change: Partial<Schedule['steps'][number]>): Schedule => ({
    ...schedule,
    steps: schedule.steps.map((one, j) => (j === i ? { ...one, ...change } : one)),
  });

  it('sees every variable of a replica, and every message', () => {
    const first = schedule.steps[0];
    expect(first?.action).toBe('Campaign');
    const wrong: Readonly<Record<string, unknown>> = {
      queue: [],
      known: [[1, 'v']],
      prefix: 1,
      learnt: 1,
      role: 'leader',
      applied: 1,
    };
    for (const [name, value] of Object.entries(wrong)) {
      const { deviation } = play(changed(0, { post: { ...first?.post, [name]: value } }));
      expect(deviation).toMatchObject({ step: 1, action: 'Campaign' });
      expect(deviation?.differences.join('\n')).toMatch(new RegExp(`^${first?.r ?? ''} ${name}: spec `, 'm'));
    }
    const more = play(changed(0, { left: [['chosen', 1, 1]] })).deviation;
    expect(more?.differences).toEqual(['left: spec only ["chosen",1,1]']);
    const at = schedule.steps.findIndex(({ left }) => left.length > 0);
    const fewer = play(changed(at, { left: [] })).deviation;
    expect(fewer?.step).toBe(at + 1);
    expect(fewer?.differences[0]).toMatch(/^left: code only /);
  });

  it('refuses a file that is no schedule, by its line', () => {
    const head = JSON.stringify({ title: 't', replicas: ['r1'], alpha: 1, noop: 'w' });
    const bad =
      (text: string): (() => unknown) =>
      () =>
        parseSchedule('x', text);
    expect(bad(`${head}\n{"action":"Fly","r":"r1","post":{},"left":[]}`)).toThrow(DecreeError);
    expect(bad(`${head}\n{"action":"Fly","r":"r1","post":{},"left":[]}`)).toThrow(/^x:2 is no line/);
    expect(bad('{}')).toThrow(/^x:1 is no line/);
    expect(bad(`${head}\n{`)).toThrow(/^x:2 is no JSON/);
  });
});
