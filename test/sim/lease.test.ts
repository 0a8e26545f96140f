import { expect, test } from 'vitest';
import type { Answer } from '../../src/driver/ports.js';
import { SimCell } from '../../src/sim/cell.js';

const options = { heartbeatMs: 100, electionMinMs: 500, electionMaxMs: 1_000 };

function cellWith(leaseMs: number): { cell: SimCell; leader: string; answers: Answer[]; read: () => void } {
  const cell = new SimCell({ seed: 1, leaseMs, options }).start();
  cell.run(5_000);
  const leader = cell.leader() ?? '';
  const answers: Answer[] = [];
  const read = (): void => {
    cell.process(leader).replica.read(Uint8Array.of(1), (answer) => answers.push(answer));
  };
  return { cell, leader, answers, read };
}

test('the master answers a read from its own state under its lease, and not without it', () => {
  const { cell, leader, answers, read } = cellWith(400);
  read();
  cell.run(1);
  expect(answers).toMatchObject([{ ok: true, by: 'lease' }]);
  cell.isolate(leader);
  cell.run(450);
  read();
  cell.run(100);
  expect(answers).toHaveLength(1);
});

test('rule 8: without a lease a round of a quorum confirms the leader', () => {
  const { cell, leader, answers, read } = cellWith(0);
  read();
  cell.run(1);
  expect(answers).toHaveLength(0);
  cell.run(20);
  expect(answers).toMatchObject([{ ok: true, by: 'quorum' }]);
  cell.isolate(leader);
  read();
  cell.run(300);
  expect(answers).toHaveLength(1);
});

test('a read at another replica is answered by the leader', () => {
  const { cell, leader, answers } = cellWith(400);
  const [other = ''] = cell.others(leader);
  cell.process(other).replica.read(Uint8Array.of(1), (answer) => answers.push(answer));
  cell.run(20);
  expect(answers).toMatchObject([{ ok: true, by: 'lease' }]);
});
