/** Recording a schedule again gives the file that is there, byte by byte; and what TLC printed is read. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  formatSchedule,
  INITIAL,
  schedulesFolder,
  type ScheduleStep,
} from '../../conformance/schedules/codec.js';
import { kindsOf, tellingRuns } from '../../conformance/schedules/kinds.js';
import { parseStates, stepsOf } from '../../conformance/schedules/read.js';
import { recordBroken, recordRuns } from '../../conformance/schedules/record.js';
import { BROKEN, RUNS } from '../../conformance/schedules/table.js';
import { nameOf, numberOf, pairsOf, parsePrinted, parseState } from '../../conformance/schedules/values.js';
import { describeWithTlc } from './with-tlc.js';

const recorded = (kind: string, name: string): string =>
  readFileSync(join(schedulesFolder(), kind, `${name}.ndjson`), 'utf8');

describeWithTlc('recording', (tlc) => {
  it.each(['M03-vote', 'M16', 'prepareIgnoresPromise'])(
    '%s again gives the same schedule',
    { timeout: 240_000 },
    async (name) => {
      const broken = BROKEN.find((one) => one.name === name);
      if (broken === undefined) throw new Error(`${name} is not in the table`);
      const schedule = await recordBroken(tlc, broken);
      expect(formatSchedule(schedule)).toBe(recorded('counterexamples', name));
    },
  );

  it('random runs again gives the same schedules', { timeout: 240_000 }, async () => {
    const runs = RUNS.find(({ name }) => name === 'one-at-a-time');
    if (runs === undefined) throw new Error('the runs are not in the table');
    const schedules = await recordRuns(tlc, { ...runs, runs: 3 });
    expect(schedules.length).toBeGreaterThan(1);
    for (const schedule of schedules)
      expect(formatSchedule(schedule)).toBe(recorded('behaviours', schedule.name));
  });

  it('says so where it finds no counterexample', { timeout: 240_000 }, async () => {
    // Nobody can restart at first, so that there is nothing to search.
    const script = '<<<<"Restart", r1>>>>';
    const idle = { name: 'M03-vote', patch: 'M03-vote', cfg: 'broken/waits-2x1.cfg', script };
    await expect(recordBroken(tlc, idle)).rejects.toThrow(/^the broken spec M03-vote shows nothing/);
  });
});

describe('values that TLC prints', () => {
  it('are read with their kinds', () => {
    const text = '( r1 :> [a |-> 1, b |-> {"x", -2, TRUE}] @@\n  r2 :> << >> )';
    const [first, second] = pairsOf(parsePrinted(text));
    expect(first?.map((one) => one.kind)).toEqual(['atom', 'record']);
    expect(second?.[1]).toEqual({ kind: 'sequence', items: [] });
    const [a, b] = pairsOf(first?.[1] ?? parsePrinted('{}'));
    expect(a?.[1]).toEqual({ kind: 'atom', atom: 1 });
    expect(b?.[1].kind === 'set' && b[1].items.map((one) => one.kind === 'atom' && one.atom)).toEqual([
      'x',
      -2,
      true,
    ]);
  });

  it('read as a function from 1 where they print as a sequence', () => {
    const pairs = pairsOf(parsePrinted('<<v, w>>')).map(([at, value]) => [numberOf(at), nameOf(value)]);
    expect(pairs).toEqual([
      [1, 'v'],
      [2, 'w'],
    ]);
  });

  it.each(['', '(1 :> ', '[a 1]', '{1 2}', '<<1>> 2', '?', '[a |-> ]'])('%j is none', (text) => {
    expect(() => parsePrinted(text)).toThrow(/^a state that TLC printed cannot be read: /);
  });

  it('are the variables of a state', () => {
    const state = parseState('/\\ a = 1\n/\\ b = [ c |-> 2,\n  d |-> {} ]\n');
    expect([...state.keys()]).toEqual(['a', 'b']);
  });
});

describe('states that TLC printed', () => {
  const row = (r1: string, r2: string): string => `(r1 :> ${r1} @@ r2 :> ${r2})`;
  const durable =
    '[promised |-> 0, accepted |-> << >>, known |-> << >>, prefix |-> 0, learnt |-> 0, out |-> {}]';
  const state = (n: number, applied: string, did: string, role = row('"follower"', '"follower"')): string =>
    [
      `State ${n}: <Next line 1>`,
      `/\\ queue = ${row(`<<${durable}>>`, `<<${durable}>>`)}`,
      `/\\ known = ${row('<< >>', '<< >>')}`,
      ...['prefix', 'learnt'].map((name) => `/\\ ${name} = ${row('0', '0')}`),
      `/\\ role = ${role}`,
      `/\\ applied = ${applied}`,
      '/\\ sent = [accept |-> {}]',
      `/\\ did = ${did}`,
      '',
    ].join('\n');

  it('become steps, without those that change nothing', () => {
    const init = state(1, row('0', '0'), '[action |-> "Init"]');
    const same = state(2, row('0', '0'), '[action |-> "Init"]');
    const apply = state(3, row('0', '1'), '[action |-> "Apply", r |-> r2, slot |-> 1]');
    const states = parseStates(init + same + apply);
    expect(states[0]?.replicas.get('r1')).toEqual(INITIAL);
    expect(stepsOf(states)).toEqual([{ action: 'Apply', r: 'r2', slot: 1, post: { applied: 1 }, left: [] }]);
  });

  it('must begin at Init, and a step must be that of who moved', () => {
    const down = state(1, row('0', '0'), '[action |-> "Init"]', row('"down"', '"follower"'));
    expect(() => stepsOf(parseStates(down))).toThrow(/is not Init: r1 differs$/);
    const init = state(1, row('0', '0'), '[action |-> "Init"]');
    const other = state(2, row('0', '1'), '[action |-> "Apply", r |-> r1, slot |-> 1]');
    expect(() => stepsOf(parseStates(init + other))).toThrow(/^a step of r1 .* changes another replica$/);
  });
});

describe('kinds of steps', () => {
  const campaign: ScheduleStep = {
    action: 'Campaign',
    r: 'r1',
    ballot: 1,
    post: { queue: [...INITIAL.queue, { ...INITIAL.queue[0]!, promised: 1 }], role: 'candidate' },
    left: [],
  };
  const crash: ScheduleStep = {
    action: 'Crash',
    r: 'r1',
    count: 0,
    post: { queue: [...INITIAL.queue] },
    left: [],
  };

  it('tell what a step finds', () => {
    expect(kindsOf([crash, campaign, crash]).map(({ coarse }) => coarse)).toEqual([
      'Crash idle',
      'Campaign',
      'Crash losing',
    ]);
    const [first, second] = kindsOf([campaign, { ...campaign, post: {} }]).map(({ fine }) => fine);
    expect(first).toMatch(/^Campaign follower-candidate nothing waits /);
    expect(second).toMatch(/^Campaign candidate-candidate something waits /);
  });

  it('keep a run only if it shows a new one', () => {
    const runs = [[campaign], [campaign], [crash], [campaign, crash], [crash]].map((steps, i) => ({
      i,
      steps,
    }));
    expect(tellingRuns(runs).map(({ i }) => i)).toEqual([0, 2, 3]);
  });
});
