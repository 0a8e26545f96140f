/** The last line of .ci/run must tell the truth, above all when a run died. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './tidy-helpers.js';

function totals(report: unknown, exitCode: number, before = 0): { line: string; code: number | null } {
  const folder = mkdtempSync(join(tmpdir(), 'decree-ci-'));
  try {
    const file = join(folder, 'vitest.json');
    if (report !== null) writeFileSync(file, typeof report === 'string' ? report : JSON.stringify(report));
    const args = [join(ROOT, '.ci', 'totals.mjs'), file, String(exitCode), String(before)];
    const run = spawnSync(process.execPath, args, { encoding: 'utf8' });
    return { line: run.stdout, code: run.status };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const file = (status: string, ...tests: string[]): object => ({
  status,
  assertionResults: tests.map((test) => ({ status: test })),
});

describe('.ci/totals.mjs', () => {
  it.each([
    ['counts', { testResults: [file('passed', 'passed', 'passed')] }, 0, 0, '2 passed, 0 failed'],
    [
      'names what was skipped',
      { testResults: [file('passed', 'passed', 'pending')] },
      0,
      0,
      '1 passed, 0 failed, 1 skipped',
    ],
    ['a failed test', { testResults: [file('failed', 'passed', 'failed')] }, 1, 0, '1 passed, 1 failed'],
    [
      'a file that did not load',
      { testResults: [file('passed', 'passed'), file('failed')] },
      1,
      0,
      '1 passed, 1 failed',
    ],
    ['an unhandled error', { testResults: [file('passed', 'passed')] }, 1, 0, '1 passed, 1 failed'],
    ['an empty run', { testResults: [] }, 0, 0, '0 passed, 1 failed'],
    ['no report', null, 137, 0, '0 passed, 1 failed'],
    ['a torn report', '{"testResults": [', 1, 0, '0 passed, 1 failed'],
    ['lint failed before', { testResults: [file('passed', 'passed')] }, 0, 1, '1 passed, 1 failed'],
    ['lint failed and a crash', null, 1, 1, '0 passed, 2 failed'],
  ])('%s', (_, report, exitCode, before, line) => {
    const found = totals(report, exitCode, before);
    expect(found.line).toBe(`${line}\n`);
    expect(found.code).toBe(line.includes(' 0 failed') ? 0 : 1);
  });
});
