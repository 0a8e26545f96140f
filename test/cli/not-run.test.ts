/** What is not run for want of Java is said in one line, and is a failure where CI=true. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { EXIT } from '../../src/errors.js';
import { packageRoot } from '../../src/root.js';

const empty = mkdtempSync(join(tmpdir(), 'decree-no-java-'));
afterAll(() => rmSync(empty, { recursive: true, force: true }));

function withoutJava(ci: boolean, ...args: string[]): { code: number | null; output: string } {
  const main = join(packageRoot(), 'dist', 'src', 'cli', 'main.js');
  const { TLA2TOOLS_JAR: _, CI: __, ...rest } = process.env;
  const env = { ...rest, PATH: empty, ...(ci && { CI: 'true' }) };
  const run = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', env });
  return { code: run.status, output: run.stdout + run.stderr };
}

describe.each([
  ['check', []],
  ['validate', [join(packageRoot(), 'traces', 'steady')]],
  ['simulate', ['--seeds', '1', '--faults', 'none', '--set', 'safetySeconds=2']],
])('decree %s without Java', (command, args) => {
  it('ends with 3 and says what is missing', () => {
    const { code, output } = withoutJava(false, command, ...args);
    const says = output.split('\n').filter((line) => line.includes('no java on the PATH; install a JDK'));
    expect(says).toHaveLength(1);
    expect(code).toBe(EXIT.notRun);
  });

  it('fails where CI=true', () => {
    expect(withoutJava(true, command, ...args).code).toBe(EXIT.failed);
  });
});
