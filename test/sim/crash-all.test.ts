/** A crash of all members, where the end of one ends another in the midst of it. */
import { expect, it } from 'vitest';
import { SimCell } from '../../src/sim/cell.js';

it('crashes all, though the end of the leader kills who had passed a request on to it', () => {
  const cell = new SimCell({ seed: 1 }).start();
  cell.process('r1').replica.campaign();
  cell.run(500);
  expect(cell.leader()).toBe('r1');
  cell.partition(['r1'], cell.others('r1'), 'held');
  cell.submit('r2', 'waits for the leader');
  cell.run(10);
  let killed = false;
  cell.process('r2').kill.arm(0, () => (killed = true));
  cell.crashAll();
  expect(killed).toBe(true);
  expect(cell.up).toEqual([]);
});
