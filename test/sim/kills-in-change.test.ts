/**
 * SIGKILL at each step of a replacement: the run is repeated with a kill between any two calls that the
 * leader, the new member or another makes of its ports. Whoever ordered the replacement orders it again until
 * it is answered, and destroys the old machine at that moment. DECREE_EVERY=n takes each n-th kill alone.
 */
import { describe, expect, it } from 'vitest';
import type { Faults } from '../../src/core/index.js';
import type { Change, ChangeAnswer } from '../../src/driver/changes.js';
import { CellScript } from '../rules/cell-script.js';

const EVERY = Number(process.env['DECREE_EVERY'] ?? 1);
/** How long a killed process is away, and the longest that an order may take, in simulated milliseconds. */
const AWAY_MS = 300;
const ORDER_MS = 30_000;

const STEPS = [
  ...['first proposed', 'first chosen', 'first in force'],
  ...['second proposed', 'second chosen', 'second in force'],
] as const;
type Step = (typeof STEPS)[number] | 'asked';
type Whom = 'leader' | 'new' | 'other';

/** Orders changes one after the other, each until it is answered or turns out to have been. */
class Orders {
  done = false;
  again = 0;

  constructor(
    private readonly run: CellScript,
    private left: readonly Change[],
    private readonly onDone: () => void,
  ) {
    this.next();
  }

  private next(): void {
    const [change, ...left] = this.left;
    if (change !== undefined) return this.ask(change, left);
    this.done = true;
    this.onDone();
  }

  private ask(change: Change, left: readonly Change[]): void {
    const { cell } = this.run;
    const leader = cell.leader();
    let over = false;
    const retry = (): void => {
      if (over) return;
      over = true;
      this.again += 1;
      this.ask(change, left);
    };
    // Who was killed never answers.
    cell.clock.after(leader === null ? 20 : 1_500, retry);
    if (leader === null) return;
    const { kill, replica } = cell.process(leader);
    const answered = (answer: ChangeAnswer): void => {
      if (over) return;
      if (!answer.ok && !wasMade(change, answer.reason)) return void cell.clock.after(20, retry);
      over = true;
      this.left = left;
      this.next();
    };
    replica.change(change, kill.reply(answered));
  }
}

/** A leader begins with a change once the one before is answered: so a refusal says that it was made. */
const wasMade = (change: Change, reason: string): boolean =>
  (change.kind === 'add' && reason === 'a member already') ||
  (change.kind === 'promote' && reason === 'no learner');

interface Played {
  /** The step at which the process was killed; null where the replacement was answered before. */
  readonly step: Step | null;
  readonly wrong: string | null;
  readonly orders: number;
}

interface Shape {
  readonly whom: Whom;
  /** Members before; of one alone, the leader is the one that is replaced. */
  readonly members: number;
  readonly storage: 'records' | 'files';
  readonly faults?: Partial<Faults>;
  /** The new member is to vote by itself once it has caught up. */
  readonly automatic?: boolean;
  /** The old machine goes as soon as somebody lists the new member, which is too early. */
  readonly asListed?: boolean;
}

function play(shape: Shape, calls: number): Played {
  const { whom, members, storage, faults = {}, automatic = false } = shape;
  const run = new CellScript(faults, members, { storage });
  const { cell, leader } = run;
  const [old = leader, other = ''] = cell.others(leader);
  cell.add('r4').start();
  cell.run(200);
  const victim = { leader, new: 'r4', other }[whom];
  let step: Step | null = null;
  let destroyed = false;
  cell.process(victim).kill.arm(calls, () => {
    step = stepOf(run);
    cell.clock.after(AWAY_MS, () => {
      if (victim !== old || !destroyed) cell.start(victim);
    });
  });
  const changes: Change[] = [
    run.joining('r4', old, automatic),
    { kind: 'promote', member: run.member('r4') },
  ];
  // From the answer on the old machine is needed no more: not one call does it make.
  const destroy = (): void => {
    destroyed = true;
    cell.node(old).process?.kill.arm(0);
    cell.clock.after(1, () => {
      if (cell.node(old).process !== null) cell.crash(old);
    });
  };
  const orders = new Orders(run, changes, shape.asListed === true ? () => undefined : destroy);
  if (shape.asListed === true && cell.runUntil(() => isListed(run, 'r4'))) destroy();
  const answered = cell.runUntil(() => orders.done, ORDER_MS);
  if (step === null && victim !== old) cell.process(victim).kill.disarm();
  cell.run(2);
  return { step, orders: 1 + orders.again, wrong: answered ? aftermath(run, old) : 'no answer' };
}

function isListed({ cell }: CellScript, name: string): boolean {
  const wanted = cell.node(name).member;
  return cell.up.some((one) => cell.process(one).replica.membership.current().members.includes(wanted));
}

/** What is wrong once the old machine is gone and all others are back. */
function aftermath(run: CellScript, old: string): string | null {
  const { cell } = run;
  const { acknowledged } = run;
  const back = cell.others(old);
  if (!cell.runUntil(() => back.every((name) => cell.up.includes(name)), 2 * AWAY_MS))
    return 'not all are back';
  if (!cell.runUntil(() => run.acknowledged > acknowledged + 5, 5_000)) return 'no write is answered';
  run.quiet();
  const members = back.map((name) => run.member(name)).sort();
  const named = cell.process(cell.leader() ?? '').replica.membership.current().members;
  if (named.join() !== members.join()) return `members are ${named.join(', ')}`;
  const stopped = cell.names.flatMap((name) => cell.node(name).fatal.map(({ message }) => message));
  return run.finding() ?? run.lost(back) ?? stopped[0] ?? null;
}

/** How far the replacement has come, by what was voted for and chosen anywhere. */
function stepOf({ cell, check }: CellScript): Step {
  const states = cell.up.map((name) => cell.process(name).replica.inspect());
  const voted = states.flatMap(({ accepted }) =>
    accepted.valuesArray().flatMap(({ value }) => (value.kind === 'configuration' ? [value.id] : [])),
  );
  const proposed = new Set(voted).size;
  if (proposed === 0) return 'asked';
  const which = proposed === 1 ? 'first' : 'second';
  if (check.changes < proposed) return `${which} proposed`;
  const inForce = states.some(
    ({ changes, prefix, birth }) =>
      changes.length === proposed && prefix >= (changes.at(-1)?.slot ?? Infinity) + birth.alpha - 1,
  );
  return `${which} ${inForce ? 'in force' : 'chosen'}`;
}

interface Kills {
  readonly steps: ReadonlyMap<Step, number>;
  /** What was wrong after which kill; empty is good. */
  readonly wrong: readonly string[];
  /** How often something was ordered at most. */
  readonly orders: number;
}

/** Kills after 0, 1, 2, ... calls until the replacement is answered before. */
function killsOf(shape: Shape, every = EVERY): Kills {
  const steps = new Map<Step, number>();
  const wrongs: string[] = [];
  let most = 0;
  for (let calls = 0; ; calls += every) {
    const { step, wrong, orders } = play(shape, calls);
    if (wrong !== null) wrongs.push(`killed at call ${calls}, ${step}: ${wrong}`);
    most = Math.max(most, orders);
    if (step === null) return { steps, wrong: wrongs, orders: most };
    steps.set(step, (steps.get(step) ?? 0) + 1);
  }
}

const total = ({ steps }: Kills): number => [...steps.values()].reduce((sum, n) => sum + n, 0);

describe('SIGKILL at each step of a replacement', () => {
  it.each(['leader', 'new', 'other'] as const)(
    'of the %s: it is made, nothing is lost, and the old machine may go then',
    (whom) => {
      const kills = killsOf({ whom, members: 3, storage: 'records' });
      expect(kills.wrong).toEqual([]);
      // Within a call of the new member the second change may pass from the leader to the other.
      const least = whom === 'new' ? STEPS.filter((step) => step !== 'second proposed') : STEPS;
      if (EVERY === 1) expect([...kills.steps.keys()]).toEqual(expect.arrayContaining([...least]));
      expect(total(kills)).toBeGreaterThan(60 / EVERY);
      // A killed leader answers nobody, so some of its changes are ordered again.
      if (whom === 'leader') expect(kills.orders).toBeGreaterThan(1);
    },
    240_000,
  );

  it('of the leader, on the log that ships', () => {
    const kills = killsOf({ whom: 'leader', members: 3, storage: 'files' }, 5 * EVERY);
    expect(kills.wrong).toEqual([]);
    expect(kills.steps.size).toBeGreaterThan(4);
  }, 60_000);

  it.each(['leader', 'new'] as const)(
    'of the %s, where the old machine was the only one',
    (whom) => {
      const kills = killsOf({ whom, members: 1, storage: 'records' }, 2 * EVERY);
      expect(kills.wrong).toEqual([]);
      expect(total(kills)).toBeGreaterThan(30 / EVERY);
    },
    60_000,
  );

  it('of the leader, where the new member votes by itself', () => {
    const kills = killsOf({ whom: 'leader', members: 3, storage: 'records', automatic: true }, 4 * EVERY);
    expect(kills.wrong).toEqual([]);
    expect(total(kills)).toBeGreaterThan(20 / EVERY);
  }, 60_000);

  it('shows what a machine that goes as soon as the new member is listed would lose', () => {
    const shape = { members: 1, storage: 'records', automatic: true, asListed: true } as const;
    const { wrong } = killsOf({ whom: 'new', ...shape }, 10);
    // Even where nobody is killed before.
    expect(wrong.at(-1)).toMatch(/null: no answer$/);
  }, 60_000);

  it('shows what an answer before the new member has everything would lose', () => {
    const faults = { changeAnsweredEarly: true };
    const { wrong } = killsOf({ whom: 'new', members: 1, storage: 'records', faults }, 10);
    expect(wrong.length).toBeGreaterThan(0);
  }, 60_000);
});
