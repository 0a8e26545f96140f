/** Changes of the configuration in simulated cells. Its rules are in test/rules, kills in kills-in-change. */
import { describe, expect, it } from 'vitest';
import type { State } from '../../src/core/index.js';
import type { Change, ChangeAnswer } from '../../src/driver/changes.js';
import { SimCell, type CellSetup } from '../../src/sim/cell.js';
import { AnswerCheck } from '../../src/sim/checks/answers.js';
import { InvariantCheck } from '../../src/sim/checks/invariants.js';
import { KNOB_NAMES } from '../../src/sim/swarm/knobs.js';
import { runSeed, settingsOf } from '../../src/sim/swarm/run.js';

interface Played {
  readonly cell: SimCell;
  readonly check: InvariantCheck;
  readonly answers: AnswerCheck;
  readonly leader: string;
}

/** A cell with a leader under steady writes. */
function play(setup: Partial<CellSetup> = {}): Played {
  const cell = new SimCell({ seed: 5, members: 3, traced: false, ...setup });
  const check = new InvariantCheck(cell);
  const answers = new AnswerCheck(cell, (slot) => check.configurationOf(slot));
  cell.start();
  expect(cell.runUntil(() => cell.leader() !== null)).toBe(true);
  cell.run(500);
  const write = (): void => {
    const name = cell.leader();
    if (name !== null && cell.node(name).process !== null) {
      let id = '';
      const op = Uint8Array.from([1]);
      cell.node(name).submit(
        op,
        (answer) => {
          if (answer.ok) answers.answered(id, answer.slot);
        },
        (taken) => (id = taken),
      );
    }
    cell.clock.after(15, write);
  };
  write();
  cell.run(500);
  return { cell, check, answers, leader: cell.leader() ?? '' };
}

const stateOf = ({ cell }: Played, name: string): State => cell.process(name).replica.inspect();

function ask({ cell }: Played, change: Change, limitMs = 10_000): ChangeAnswer | null {
  const leader = cell.leader() ?? '';
  let answer: ChangeAnswer | null = null;
  cell.process(leader).replica.change(change, (given) => (answer = given));
  cell.runUntil(() => answer !== null, limitMs);
  return answer;
}

const newcomer = ({ cell }: Played, name: string, replaces: string | null, promote = true): Change => {
  const { member } = cell.node(name);
  return {
    ...{ kind: 'add', member, address: name, promote },
    replaces: replaces === null ? null : cell.node(replaces).member,
  };
};

/** Everything that the checkers say is good, and all of these know the same. */
function isSound({ cell, check, answers }: Played, names: readonly string[]): void {
  expect(check.violations()).toEqual([]);
  expect(answers.uncovered).toEqual([]);
  const prefixes = names.map((name) => cell.process(name).replica.inspect().prefix);
  expect(Math.max(...prefixes) - Math.min(...prefixes)).toBeLessThan(10);
}

describe('a change of the configuration', () => {
  it('replaces a dead member by one that caught up first', () => {
    const run = play();
    const { cell, leader } = run;
    const [dead = ''] = cell.others(leader);
    cell.crash(dead);
    cell.add('r4').start();
    expect(ask(run, newcomer(run, 'r4', dead))).toMatchObject({ ok: true });
    const votes = (): boolean => stateOf(run, leader).changes.at(-1)?.configuration.learners.length === 0;
    expect(cell.runUntil(votes)).toBe(true);
    const { members } = cell.process(leader).replica.membership.current();
    expect(members).toContain(cell.node('r4').member);
    expect(members).not.toContain(cell.node(dead).member);
    cell.run(2_000);
    isSound(run, [leader, 'r4']);
    expect(run.check.changes).toBe(2);
  });

  it('governs alpha slots later, and no earlier', () => {
    const run = play({ members: 5 });
    const { cell, leader } = run;
    const [gone = ''] = cell.others(leader);
    const answer = ask(run, { kind: 'remove', member: cell.node(gone).member });
    if (answer?.ok !== true) throw new Error('the change was refused');
    const { alpha } = cell.birth;
    expect(run.check.configurationOf(answer.slot + alpha - 1).members).toContain(cell.node(gone).member);
    expect(run.check.configurationOf(answer.slot + alpha).members).not.toContain(cell.node(gone).member);
  });

  it('is refused for a learner that has not caught up, and for one that is none', () => {
    const run = play();
    const { cell } = run;
    const { member } = cell.add('r4');
    expect(ask(run, newcomer(run, 'r4', null, false))).toMatchObject({ ok: true });
    expect(ask(run, { kind: 'promote', member })).toEqual({ ok: false, reason: 'not caught up' });
    const own = cell.node('r1').member;
    expect(ask(run, { kind: 'promote', member: own })).toEqual({ ok: false, reason: 'no learner' });
    expect(ask(run, { kind: 'remove', member: 'r9.00000000' })).toEqual({
      ok: false,
      reason: 'no such member',
    });
    expect(ask(run, newcomer(run, 'r4', null))).toEqual({ ok: false, reason: 'a member already' });
  });

  it('lets the leader remove itself: it leads until that is answered, and is silent then', () => {
    const run = play();
    const { cell, leader } = run;
    const { member } = cell.node(leader);
    expect(ask(run, { kind: 'remove', member })).toMatchObject({ ok: true });
    expect(cell.runUntil(() => cell.leader() !== leader && cell.leader() !== null)).toBe(true);
    expect(cell.process(leader).replica.status().standing).toBe('removed');
    cell.run(2_000);
    isSound(run, cell.others(leader));
  });
});

describe('changes in random runs', () => {
  it('are of every kind, and nothing is found', () => {
    const counts: Record<string, number> = {};
    for (let seed = 1; seed <= 12; seed++) {
      const settings = { ...settingsOf(seed), changes: 150, newMachines: 4 };
      const report = runSeed({ seed, settings });
      expect([seed, report.finding]).toEqual([seed, null]);
      for (const [what, n] of Object.entries(report.counts)) counts[what] = (counts[what] ?? 0) + n;
    }
    for (const kind of ['add', 'remove', 'become'])
      expect(counts[`changes asked for: ${kind}`]).toBeGreaterThan(5);
    expect(counts['changes made']).toBeGreaterThan(30);
    expect(counts['machines destroyed']).toBeGreaterThan(15);
    expect(KNOB_NAMES).toContain('changes');
  }, 60_000);
});
