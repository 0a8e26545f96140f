import { expect, test } from 'vitest';
import type { Answer } from '../../src/driver/ports.js';
import { SimCell } from '../../src/sim/cell.js';

test('the master answers a read from its own state under its lease, and not without it', () => {
  const options = { heartbeatMs: 100, electionMinMs: 500, electionMaxMs: 1_000 };
  const cell = new SimCell({ seed: 1, leaseMs: 400, options }).start();
  cell.run(5_000);
  const name = cell.leader();
  expect(name).not.toBeNull();
  const { replica } = cell.process(name ?? '');
  const answers: Answer[] = [];
  replica.read(Uint8Array.of(1), (answer) => answers.push(answer));
  cell.run(1);
  expect(answers).toMatchObject([{ ok: true, leased: true }]);
  cell.isolate(name ?? '');
  cell.run(450);
  replica.read(Uint8Array.of(1), (answer) => answers.push(answer));
  cell.run(1);
  expect(answers).toHaveLength(1);
});
