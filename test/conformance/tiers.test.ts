/** What holds of every tier: each action is taken, two leaders are met, and quick stays quick. */
import { describe, expect, it } from 'vitest';
import { readModels, type Model } from '../../conformance/models/codec.js';
import { actionsOf, readModules, standsFor, visibleIn } from './definitions.js';

/** What `npm test` has for the quick tier: 4 minutes, two JVMs at once, and a tenth for an uneven end. */
const QUICK_SECONDS = 2 * 240 * 0.9;
/** What `npm run check:full` has for all: 40 minutes, two JVMs at once, and a tenth. */
const FULL_SECONDS = 2 * 2400 * 0.9;

const modules = readModules();
const models = readModels();
const passing = models.filter(({ expect: { verdict } }) => verdict === 'ok');
const quick = passing.filter(({ tier }) => tier !== 'full');
const isLog = ({ module }: Model): boolean =>
  ['MultiPaxos', 'PaxosReplica'].some((name) => modules.get(module)?.extended.has(name));
const seconds = (some: readonly Model[]): number => some.reduce((sum, model) => sum + model.seconds, 0);

/** Passing models in which there cannot be two, and why. */
const ONE_LEADER: readonly (readonly [RegExp, string])[] = [
  [/^live-/, 'liveness asks for one steady leader; live-minority-2x1 has two all the same'],
  [
    /^membership-every-action$/,
    'one ballot: the question is what who crashes, saves or retires keeps and does',
  ],
  [/^disks-find$/, 'one ballot: the question is what can be found after losses'],
  [/^snapshot-(catch-up|refused)$/, 'nobody campaigns: replicas that know a log teach each other'],
];

/** Actions of the module's Next that no model among these demands to be taken. */
function neverDemanded(name: string, among: readonly Model[]): string[] {
  const module = modules.get(name);
  if (module === undefined) throw new Error(`no module ${name}`);
  const fired = among.flatMap(({ module: of, fires = [] }) => {
    const own = modules.get(of);
    if (own?.extended.has(name) !== true) return [];
    return fires.flatMap((fire) => [...standsFor(fire, visibleIn(own, modules))]);
  });
  const visible = visibleIn(module, modules);
  return actionsOf(module).filter(
    (action) => ![...standsFor(action, visible)].some((x) => fired.includes(x)),
  );
}

const withNext = [...modules.values()].filter(
  ({ name, definitions }) => !name.startsWith('MC') && definitions.has('Next'),
);

describe('the tiers', () => {
  it.each(withNext.map(({ name }) => name))('take each action of %s in a quick model', (name) => {
    expect(neverDemanded(name, quick)).toEqual([]);
  });

  it('meet two leaders at once in each model of the log that passes', () => {
    const without = passing.filter((model) => isLog(model) && model.reaches?.includes('TwoLeaders') !== true);
    expect(
      without.map(({ name }) => name).filter((name) => !ONE_LEADER.some(([few]) => few.test(name))),
    ).toEqual([]);
    const reasons = ONE_LEADER.filter(([few]) => without.some(({ name }) => few.test(name)));
    expect(reasons).toEqual(ONE_LEADER);
  });

  it(`spend at most ${QUICK_SECONDS} s of TLC in quick, and ${FULL_SECONDS} s in all`, () => {
    expect(seconds(models.filter(({ tier }) => tier !== 'full'))).toBeLessThanOrEqual(QUICK_SECONDS);
    expect(seconds(models)).toBeLessThanOrEqual(FULL_SECONDS);
  });

  it('have random runs with more than three replicas, and a broken spec that these refuse', () => {
    const drawn = models.filter(({ simulate }) => simulate !== undefined);
    expect(new Set(drawn.map(({ kind }) => kind))).toEqual(new Set(['simulation', 'broken']));
    expect(models.every(({ kind, simulate }) => kind !== 'simulation' || simulate !== undefined)).toBe(true);
  });
});

describe('reading modules', () => {
  it('follows definitions that only choose parameters', () => {
    const own = modules.get('MCPaxosReplica');
    if (own === undefined) throw new Error('no MCPaxosReplica');
    const visible = visibleIn(own, modules);
    expect(standsFor('PrepareNew', visible)).toContain('HandlePrepare');
    expect(standsFor('CrashHard', visible)).toContain('Crash');
    expect([...standsFor('Campaign', visible)]).toEqual(['Campaign']);
  });

  it('finds the actions of a Next, and those that nobody demands', () => {
    const replica = modules.get('PaxosReplica');
    expect(replica && actionsOf(replica).length).toBeGreaterThanOrEqual(15);
    expect(neverDemanded('PaxosReplica', [])).toContain('BecomesLeader');
  });
});
