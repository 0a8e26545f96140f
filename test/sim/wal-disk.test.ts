/**
 * After any crash the log yields a prefix of what was appended that includes all that was synced.
 * DECREE_SEED sets the first seed and DECREE_RUNS how many.
 */
import { describe, expect, it } from 'vitest';
import { WalRun, type WalRunReport } from './wal-runs.js';

const SEED = Number(process.env['DECREE_SEED'] ?? 1);
const RUNS = Number(process.env['DECREE_RUNS'] ?? 2_000);
const STEPS = 60;

const again = (seed: number): string =>
  `seed ${seed}; again: DECREE_SEED=${seed} DECREE_RUNS=1 npx vitest run test/sim/wal-disk.test.ts`;

describe('the log on simulated files', () => {
  const reports: WalRunReport[] = [];

  it('recovers a prefix that includes all that was synced, whatever happened', { timeout: 120_000 }, () => {
    for (let seed = SEED; seed < SEED + RUNS; seed += 1) {
      const report = new WalRun(seed).run(STEPS);
      reports.push(report);
      expect(report.wrong, again(seed)).toBeNull();
    }
  });
});
