/** The last line of .ci/run must tell the truth, above all when a run died. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
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

/** .ci/run is for Debian, whose tools are in these places even where the PATH does not name them. */
function found(tool: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/bin'];
  return folders.map((each) => join(each, tool)).find((path) => existsSync(path));
}

const noBash = found('bash') === undefined ? ' (not run: needs bash)' : '';
describe.skipIf(noBash !== '')(`.ci/run${noBash}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'decree-ci-run-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** A PATH on which nothing is but a few plain tools and the stand-ins given as shell scripts. */
  function run(
    name: string,
    stand: Readonly<Record<string, string>>,
  ): { lines: string[]; code: number | null } {
    const bin = join(folder, name);
    mkdirSync(bin);
    for (const tool of ['bash', 'sh', 'dirname', 'mktemp', 'rm', 'id', 'tail', 'cat']) {
      symlinkSync(found(tool) ?? '/missing', join(bin, tool));
    }
    symlinkSync(process.execPath, join(bin, 'node'));
    for (const [tool, text] of Object.entries(stand)) {
      writeFileSync(join(bin, tool), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    }
    const { CI: _, ...env } = process.env;
    const done = spawnSync(join(ROOT, '.ci', 'run'), {
      encoding: 'utf8',
      env: { ...env, PATH: bin },
      cwd: folder,
    });
    return { lines: done.stdout.trimEnd().split('\n'), code: done.status };
  }

  /** npm that writes a report with these tests, or ends with this code. */
  const npm = (statuses: readonly string[], code = 0, lint = 0): string => {
    const report = JSON.stringify({ testResults: [file(code === 0 ? 'passed' : 'failed', ...statuses)] });
    return [
      'for last; do :; done',
      `[ "$1" != run ] || exit ${lint}`,
      '[ "$1" = test ] || exit 0',
      '[ "$CI" = true ] || exit 9',
      `echo '${report}' >"\${last#--outputFile.json=}"`,
      `exit ${code}`,
    ].join('\n');
  };
  const tools = { javac: '', mvn: '', etcdctl: '' };
  const install = { 'apt-get': 'echo "apt-get $*" >>"$(dirname "$0")/asked"', sudo: 'shift; exec "$@"' };

  it('prints the totals on the last line, with CI=true set for the tests', () => {
    const { lines, code } = run('green', { ...tools, npm: npm(['passed', 'passed', 'skipped']) });
    expect(lines.at(-1)).toBe('2 passed, 0 failed, 1 skipped');
    expect(code).toBe(0);
  });

  it('installs what is missing and nothing else', () => {
    const { code } = run('missing', { ...install, mvn: '', npm: npm(['passed']) });
    expect(code).toBe(0);
    const asked = readFileSync(join(folder, 'missing', 'asked'), 'utf8');
    expect(asked).toMatch(/^apt-get update .*\napt-get install .* default-jdk-headless etcd-client\n$/);
  });

  it.each([
    ['a failed test', { ...tools, npm: npm(['passed', 'failed'], 1) }, '1 passed, 1 failed'],
    ['lint', { ...tools, npm: npm(['passed'], 0, 1) }, '1 passed, 1 failed'],
    ['a crash', { ...tools, npm: '[ "$1" != test ] || kill -9 $$' }, '0 passed, 1 failed'],
    [
      'an install that fails',
      { mvn: '', 'apt-get': 'exit 100', sudo: 'shift; exec "$@"' },
      '0 passed, 1 failed',
    ],
  ])('fails for %s', (name, stand, line) => {
    const { lines, code } = run(name.replaceAll(' ', '-'), stand);
    expect(lines.at(-1)).toBe(line);
    expect(code).toBe(1);
  });
});
