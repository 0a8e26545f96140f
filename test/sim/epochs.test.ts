/** The checker of epochs bites on each planted mistake, where the same cell passes without it. */
import { describe, expect, it } from 'vitest';
import type { FaultName } from '../../src/core/index.js';
import { SimCell } from '../../src/sim/cell.js';
import { EpochCheck } from '../../src/sim/checks/epochs.js';
import { StateCheck } from '../../src/sim/checks/states.js';
import { commandOf } from '../../src/sim/swarm/kv.js';

/**
 * The mastership goes round while requests of a follower to the first master are held up; the new masters are
 * cut off for a moment with their marks under way. (A mark that is proposed again: seeds of MUTANTS.md.)
 */
function play(...planted: readonly FaultName[]): EpochCheck {
  const states = new StateCheck();
  const faults = Object.fromEntries(planted.map((name) => [name, true]));
  const cell = new SimCell({ seed: 4, traced: false, faults, machine: () => states.machine() });
  const check = new EpochCheck(cell);
  states.executes = (slot, value, epoch) => check.executed(slot, value, epoch);
  const pass = (ms: number): void => {
    for (let at = 0; at < ms; at += 10) {
      cell.run(10);
      check.look();
    }
  };
  const write = (name: string): void =>
    cell.submit(name, commandOf({ kind: 'put', key: 'k', value: `${cell.clock.now()}` }));
  cell.start();
  cell.runUntil(() => cell.leader() !== null);
  pass(300);
  const first = cell.leader() ?? '';
  const [taker = '', second = ''] = cell.others(first);
  for (let round = 0; round < 4; round++) {
    const mend = cell.network.break(cell.node(taker).member, cell.node(first).member, 'held');
    for (let i = 0; i < 3; i++) write(taker);
    pass(20);
    for (const name of [second, first]) {
      cell.process(name).replica.campaign();
      // The promises are back, the mark is on its way to one of the two.
      cell.runUntil(() => cell.process(name).replica.inspect().role === 'leader', 200);
      if (round % 2 === 1) cell.isolate(name, 'held');
      pass(15);
      if (round % 2 === 1) cell.mend([name], cell.others(name));
      pass(100);
      write(name);
    }
    mend();
    pass(200);
  }
  return check;
}

describe('the checker of epochs', () => {
  it('finds nothing where nothing is planted, and there was something to find', () => {
    const check = play();
    expect(check.found).toEqual([]);
    expect(check.masterships).toBeGreaterThan(8);
    expect(check.refused).toBeGreaterThan(3);
  });

  it.each([
    ['epochUnchecked', /^CommandInItsEpoch: slot \d+ is of epoch 1 and executed in epoch \d+/],
    ['epochTaggedAtPropose', /^CommandInItsEpoch: .* was handled in epoch [\d, ]+ and is proposed/],
    ['markMakesSender', /^(OneMaster|KeepsMark): /],
    ['markedTwice', /^KeepsMark: two masterships of a ballot/],
  ] as const)('notices %s', (fault, finding) => {
    expect(play(fault).found.join('\n')).toMatch(new RegExp(finding.source, 'm'));
  });
});
