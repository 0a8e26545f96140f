/** The main job as people start it. The whole of it needs Java and is `npm start`; here, what needs none. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { EXIT } from '../../src/errors.js';
import { writeHistory } from '../../src/verify/history-file.js';
import { generate, replaced } from '../history/generate.js';
import { ROOT } from '../tidy-helpers.js';

const folder = mkdtempSync(join(tmpdir(), 'decree-verify-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the built CLI with nothing but Node on the PATH. */
function decree(...args: string[]): { code: number | null; out: string; err: string } {
  const path = join(folder, 'bin');
  mkdirSync(path, { recursive: true });
  if (!readdirSync(path).includes('node')) symlinkSync(process.execPath, join(path, 'node'));
  const { TLA2TOOLS_JAR: _, CI: __, ...env } = process.env;
  const main = join(ROOT, 'dist', 'src', 'cli', 'main.js');
  const run = spawnSync(process.execPath, [main, 'verify', ...args], {
    encoding: 'utf8',
    env: { ...env, PATH: path },
  });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

describe('decree verify', () => {
  it(
    'without Java does all the rest, says in one line what was not run, and ends with 3',
    { timeout: 180_000 },
    () => {
      const dir = join(folder, 'run');
      const { code, out, err } = decree('--replicas', '3', '--seconds', '8', '--dir', dir, '--seed', '5');
      expect(err).toBe('');
      const last = out.trimEnd().split('\n').at(-1);
      expect(last).toMatch(
        /^verified in part after .* the history is linearizable; TLC was not run: no java on the PATH/,
      );
      expect(code).toBe(EXIT.notRun);
      expect(out).toMatch(/spec +small models +not run/);
      expect(out).toMatch(/writes acknowledged +1,\d\d\d \(at least 1,000\) +ok/);
      expect(out).toMatch(/leaders killed +[2-6] \(at least 2\).* ok/);
      expect(out).toMatch(/history +of the clients +linearizable/);
      expect(out).not.toContain('FAILED');
      const traces = readdirSync(join(dir, 'traces'));
      expect(traces).toContain('manifest.json');
      expect(traces.filter((name) => name.endsWith('.ndjson')).length).toBeGreaterThanOrEqual(5);
      const again = decree('--history', join(dir, 'history.ndjson'));
      expect(again).toMatchObject({
        code: EXIT.ok,
        out: expect.stringContaining(': linearizable,') as string,
      });
    },
  );

  it('judges a history from a file, and shows the answer that cannot be', () => {
    const path = join(folder, 'wrong.ndjson');
    const right = generate({ seed: 2, operations: 50, clients: 1, keys: 3, openOneIn: 0 });
    const wrong = replaced(right, 30, (op) =>
      op.end.kind === 'open' ? op : { ...op, end: { ...op.end, output: { ...op.end.output, revision: 1 } } },
    );
    writeHistory(path, wrong);
    const { code, out } = decree('--history', path);
    expect(code).toBe(EXIT.failed);
    expect(out).toContain('not linearizable');
    expect(out).toContain('would be');
  });

  it.each([
    [['--replicas', '4'], '--replicas 4: must be 3, 5, 7 or 9'],
    [['--clients', '2'], '--clients 2: at least 4'],
    [['--seconds', 'x'], '--seconds'],
    [['--history', 'absent.ndjson'], 'absent.ndjson'],
  ])('refuses %j', (args, message) => {
    const { code, err } = decree(...args);
    expect([EXIT.usage, EXIT.invalidInput]).toContain(code);
    expect(err).toContain(message);
  });

  it('refuses a directory in which old traces could count', () => {
    const dir = join(folder, 'old');
    mkdirSync(dir);
    writeFileSync(join(dir, 'x'), '');
    expect(decree('--dir', dir)).toMatchObject({ code: EXIT.usage });
  });
});
