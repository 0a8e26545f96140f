/** What is said of a quorum that does not go on is so: each reason is made true in a small cell. */
import { describe, expect, it } from 'vitest';
import { SimCell, type CellSetup } from '../../src/sim/cell.js';
import { ExactlyOnceCheck } from '../../src/sim/checks/exactly-once.js';
import { StateCheck } from '../../src/sim/checks/states.js';
import { Clients } from '../../src/sim/swarm/clients.js';
import { standardSettings } from '../../src/sim/swarm/knobs.js';
import { recover, REST, SPARED } from '../../src/sim/swarm/liveness.js';
import { reasonsOf, stateReasons } from '../../src/sim/swarm/reasons.js';
import { runSeed } from '../../src/sim/swarm/run.js';
import { World } from '../../src/sim/swarm/world.js';

const cellOf = (setup: Partial<CellSetup> = {}): SimCell => new SimCell({ seed: 4, traced: false, ...setup });
const settled = (
  setup?: Partial<CellSetup>,
): { cell: SimCell; leader: string; others: readonly string[] } => {
  const cell = cellOf(setup).start();
  cell.run(3_000);
  const leader = cell.leader() ?? '';
  expect(leader).not.toBe('');
  return { cell, leader, others: cell.others(leader) };
};
const all = (cell: SimCell): string => reasonsOf(cell, cell.names, new Set(cell.names)).join('\n');
const prefixOf = (cell: SimCell, name: string): number => cell.process(name).replica.inspect().prefix;

describe('reasons', () => {
  it('say nothing but who leads of a cell that is as it should be', () => {
    const { cell, leader } = settled();
    const { member } = cell.node(leader);
    expect(all(cell)).toMatch(new RegExp(`^${member} leads in \\d+@${member}; it knows \\d+ slots$`));
  });

  it('name who is down and who did not answer', () => {
    const { cell, others } = settled();
    cell.crash(others[0] ?? '');
    const why = reasonsOf(cell, cell.names, new Set(cell.others(others[1] ?? '')));
    expect(why.slice(0, 2).sort()).toEqual(
      [`${others[0]} is down`, `${others[1]} did not answer a new request`].sort(),
    );
  });

  it('no leader, and nobody campaigns', () => {
    const cell = cellOf().start();
    cell.run(20);
    expect(all(cell)).toBe('no leader, and nobody campaigns');
  });

  it('candidates without a promise quorum', () => {
    const cell = cellOf().start();
    for (const name of cell.names) cell.isolate(name);
    cell.run(3_000);
    const lines = all(cell).split('\n');
    expect(lines.length).toBe(3);
    for (const line of lines)
      expect(line).toMatch(
        /^no leader: (r\d\S+) campaigns in \d+@\1 with no promise quorum: promises of \1$/,
      );
  });

  it('a proposed slot without votes', () => {
    const { cell, leader } = settled();
    cell.isolate(leader);
    cell.submit(leader, 'x');
    cell.run(50);
    const { member } = cell.node(leader);
    const slot = prefixOf(cell, leader) + 1;
    expect(all(cell)).toContain(
      `slot ${slot} is proposed and not chosen: it counts votes of ${member}; ${member} took it`,
    );
  });

  it('a missing slot, which another one knows', () => {
    const { cell, leader, others } = settled();
    const [late = '', slow = ''] = others;
    cell.isolate(late);
    cell.submit(leader, 'x');
    cell.run(200);
    cell.crash(leader);
    cell.node(slow).clockFaults.rate = 0.01;
    cell.run(1_500);
    cell.heal();
    expect(cell.runUntil(() => cell.leader() === late, 5_000)).toBe(true);
    const slot = prefixOf(cell, late) + 1;
    expect(all(cell)).toContain(`slot ${slot} is missing: ${cell.node(slow).member} reported to know it`);
    expect(all(cell)).toContain(`${cell.node(slow).member} knows ${slot} slots, more than the leader`);
  });

  it('a missing slot, for which there are votes, and slots that nobody executed', () => {
    const { cell, leader } = settled();
    cell.submit(leader, 'x');
    cell.run(200);
    const state = cell.process(leader).replica.inspect();
    const { prefix, attempt } = state;
    if (attempt === null) throw new Error('not the leader');
    const stuck = { ...state, applied: prefix - 1, attempt: { ...attempt, reported: prefix + 2 } };
    const why = stateReasons([stuck], [stuck]).join('\n');
    expect(why).toContain(`slot ${prefix + 1} is missing: promises report votes up to slot ${prefix + 2}`);
    expect(why).toContain(`knows ${prefix} slots and executed ${prefix - 1}`);
  });

  it('a member that lacks slots', () => {
    const { cell, leader, others } = settled();
    const late = others[0] ?? '';
    cell.isolate(late, 'held');
    cell.submit(leader, 'x');
    cell.run(100);
    const from = prefixOf(cell, late) + 1;
    expect(prefixOf(cell, leader)).toBe(from);
    expect(all(cell)).toContain(`${cell.node(late).member} lacks the slots from ${from} on`);
  });

  it('a disk that hangs', () => {
    const { cell, leader } = settled();
    cell.node(leader).disk.latency = { minMs: 1e6, maxMs: 1e6 };
    cell.submit(leader, 'x');
    cell.run(300);
    expect(all(cell)).toContain(`1 steps of ${cell.node(leader).member} wait for a sync`);
  });

  it('a higher ballot than that of the leader, and a leader outside of the quorum', () => {
    const { cell, leader, others } = settled();
    const away = others[0] ?? '';
    cell.isolate(away);
    cell.run(2_500);
    expect(cell.leader()).toBe(leader);
    expect(all(cell)).toContain(`a higher ballot was promised by ${cell.node(away).member}`);
    expect(reasonsOf(cell, others, new Set(others)).join('\n')).toMatch(
      / leads in \S+, outside of the quorum;/,
    );
  });
});

describe('recover', () => {
  const settings = { ...standardSettings(), members: 3 };
  const world = (): World =>
    new World({ seed: 3, settings, traced: false, machine: () => new StateCheck().machine() });
  const run = (each: (cell: SimCell) => void): ReturnType<typeof recover> => {
    const one = world();
    one.cell.start();
    const clients = new Clients(one, () => undefined, new ExactlyOnceCheck(settings.sessionWindow));
    clients.start();
    one.cell.run(2_000);
    return recover(one, clients, () => {
      each(one.cell);
      one.cell.run(50);
      return true;
    });
  };

  it('ends soon in a sound cell, under the load of its clients', () => {
    const { tookMs, why } = run(() => undefined);
    expect(why).toEqual([]);
    expect(tookMs).toBeLessThan(3_000);
  });

  it('gives up at its bound where no links carry anything, and says why', () => {
    const { tookMs, why } = run((cell) => cell.names.forEach((name) => cell.isolate(name)));
    expect(tookMs).toBeNull();
    expect(why.join('\n')).toContain('did not answer a new request');
    expect(why.join('\n')).toMatch(/no promise quorum|is proposed and not chosen/);
  });

  it('leaves the rest broken in every way, but deaf', () => {
    const counts = new Map<string, number>();
    for (let seed = 1; seed <= 30; seed++) {
      const report = runSeed({ seed, settings: { ...settings, members: 5, safetySeconds: 1 } });
      expect(report.finding, `seed ${seed}`).toBeNull();
      for (const [name, n] of Object.entries(report.counts)) counts.set(name, (counts.get(name) ?? 0) + n);
    }
    for (const kind of REST) if (kind !== 'deaf') expect(counts.get(`left ${kind}`), kind).toBeGreaterThan(0);
    expect(counts.get(SPARED)).toBeGreaterThan(0);
    expect(counts.has('left deaf')).toBe(false);
  });
});
