import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { EXIT } from '../../src/errors.js';
import { LocalCell } from '../../src/runtime/cell.js';
import { readCell } from '../../src/runtime/cell-file.js';
import { isAlive } from '../../src/runtime/lock.js';
import { merge } from '../../conformance/merge/merge.js';
import { temporary } from '../runtime/temporary.js';
import { decree, firstLine, spawnDecree, type Ended } from './run.js';

const started: string[] = [];

afterEach(async () => {
  for (const dir of started.splice(0)) if (readCell(dir) !== null) await LocalCell.attach(dir).down();
});

function place(): string {
  const dir = join(temporary(), 'cell');
  started.push(dir);
  return dir;
}

function oneLine({ stderr }: Ended): string {
  expect(stderr.trim().split('\n')).toHaveLength(1);
  return stderr;
}

/** Of every process: from /proc where there is one, since a bare PATH has no ps. */
function commandLines(): string[] {
  if (!fs.existsSync('/proc/self'))
    return execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n');
  return fs.readdirSync('/proc').flatMap((name) => {
    try {
      return /^\d+$/.test(name) ? [fs.readFileSync(`/proc/${name}/cmdline`, 'utf8')] : [];
    } catch {
      return []; // It ended meanwhile.
    }
  });
}

const pids = (dir: string): (number | null)[] => readCell(dir)?.members.map(({ pid }) => pid) ?? [];

describe('decree cell', () => {
  it('goes up, comes back from its files, and goes down', { timeout: 60_000 }, async () => {
    const dir = place();
    const first = await decree('cell', 'up', '--replicas', '3', '--dir', dir, '--detach');
    expect(first).toMatchObject({ code: EXIT.ok, stderr: '' });
    expect(first.stdout).toMatch(
      /^replica +member +clients +peers +pid\nr1 +r1\.[0-9a-f]{8} +127\.0\.0\.1:\d+/,
    );
    expect(first.stdout).toMatch(/etcdctl --endpoints=127\.0\.0\.1:\d+,127/);
    const before = readCell(dir);
    const again = await decree('cell', 'up', '--dir', dir, '--detach');
    expect(oneLine(again)).toContain('is up already');
    expect(again.code).toBe(EXIT.inUse);
    expect((await decree('cell', 'kill', '--dir', dir, '--replica', 'r2')).code).toBe(EXIT.ok);
    expect(oneLine(await decree('cell', 'kill', '--dir', dir, '--replica', 'r2'))).toContain('r2 is not up');
    expect((await decree('cell', 'start', '--dir', dir, '--replica', 'r2')).code).toBe(EXIT.ok);
    expect(oneLine(await decree('cell', 'start', '--dir', dir, '--replica', 'r9'))).toContain(
      'no replica r9',
    );
    expect((await decree('cell', 'down', '--dir', dir)).code).toBe(EXIT.ok);
    expect(pids(dir)).toEqual([null, null, null]);
    const back = await decree('cell', 'up', '--dir', dir, '--detach');
    expect(back.code).toBe(EXIT.ok);
    const addresses = (cell: ReturnType<typeof readCell>) =>
      cell?.members.map(({ member, peer, client }) => ({ member, peer, client }));
    expect(addresses(readCell(dir))).toEqual(addresses(before));
  });

  it('stays in the foreground until a signal, then stops every replica', { timeout: 60_000 }, async () => {
    const dir = place();
    const { child, ended } = spawnDecree(['cell', 'up', '--replicas', '1', '--dir', dir]);
    await firstLine(child);
    const [pid] = pids(dir);
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(code).toBe(EXIT.ok);
    expect(stdout).toContain('the cell is down');
    expect(pid).toBeGreaterThan(0);
    expect(isAlive(pid ?? 0)).toBe(false);
  });

  it('leaves nothing running after a signal that came while it started', { timeout: 60_000 }, async () => {
    const dir = place();
    const { child, ended } = spawnDecree(['cell', 'up', '--replicas', '2', '--dir', dir, '--detach']);
    while (!fs.existsSync(join(dir, 'cell.json'))) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    expect(code).toBe(EXIT.ok);
    expect(stdout).toContain('the cell is down');
    expect(pids(dir)).toEqual([null, null]);
  });

  it('refuses a replica that lost its directory, and a cell that does not fit', async () => {
    const dir = place();
    expect((await decree('cell', 'up', '--replicas', '1', '--dir', dir, '--detach')).code).toBe(EXIT.ok);
    await decree('cell', 'down', '--dir', dir);
    const other = await decree('cell', 'up', '--replicas', '3', '--dir', dir, '--detach');
    expect(oneLine(other)).toContain('says replicas = r1, not r1,r2,r3');
    fs.rmSync(join(dir, 'r1'), { recursive: true });
    const lost = await decree('cell', 'up', '--dir', dir, '--detach');
    expect(oneLine(lost)).toContain('has been made already');
    expect(lost.code).toBe(EXIT.usage);
    const none = await decree('cell', 'down', '--dir', join(dir, 'none'));
    expect(oneLine(none)).toContain('no cell was started');
    expect(none.code).toBe(EXIT.usage);
  });

  it("passes on a replica's own complaint, and leaves nothing running", { timeout: 60_000 }, async () => {
    const dir = place();
    await decree('cell', 'up', '--replicas', '3', '--dir', dir, '--detach');
    await decree('cell', 'down', '--dir', dir);
    const log = join(dir, 'r2', 'log', 'segment-00000001.log');
    const bytes = fs.readFileSync(log);
    bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40);
    fs.writeFileSync(log, bytes);
    const failed = await decree('cell', 'up', '--dir', dir, '--detach');
    expect(oneLine(failed)).toMatch(/^decree: r2: .*segment-00000001\.log is damaged at offset 0/);
    expect(failed.code).toBe(EXIT.invalidInput);
    expect(pids(dir)).toEqual([null, null, null]);
    expect(commandLines().filter((line) => line.includes(dir))).toEqual([]);
  });

  /** Why `decree validate` would not take the traces of that cell; empty if it does. */
  const complaint = (dir: string): string => {
    const result = merge([join(dir, 'traces')]);
    return 'merged' in result ? '' : result.failure.reason;
  };
  const down = async (dir: string): Promise<string> => {
    expect((await decree('cell', 'down', '--dir', dir)).code).toBe(EXIT.ok);
    return complaint(dir);
  };

  it('says which replicas were killed for good, and no others', { timeout: 90_000 }, async () => {
    const dir = place();
    await decree('cell', 'up', '--replicas', '3', '--dir', dir, '--detach');
    await decree('cell', 'kill', '--dir', dir, '--replica', 'r2');
    const replaced = await decree('member', 'replace', 'r2', '--dir', dir);
    expect(replaced).toMatchObject({ code: EXIT.ok, stderr: '' });
    await decree('cell', 'kill', '--dir', dir, '--replica', 'r3');
    expect(await down(dir)).toBe('');
    const manifest = join(dir, 'traces', 'manifest.json');
    const { members, killed } = JSON.parse(fs.readFileSync(manifest, 'utf8')) as Record<string, string[]>;
    expect(members).toHaveLength(4);
    expect(killed).toEqual([
      expect.stringMatching(/^r2\.[0-9a-f]{8}-1\.ndjson$/),
      expect.stringMatching(/^r3\.[0-9a-f]{8}-1\.ndjson$/),
    ]);

    // What is started again is not killed for good, and what ended by itself was never declared killed.
    await decree('cell', 'up', '--dir', dir, '--detach');
    expect(fs.existsSync(manifest)).toBe(false);
    const own = readCell(dir)?.members.find(({ replica }) => replica === 'r1');
    process.kill(own?.pid ?? 0, 'SIGKILL');
    expect(await down(dir)).toMatch(/^no end: the file is incomplete/);

    await decree('cell', 'up', '--dir', dir, '--detach');
    expect(await down(dir)).toBe('');
    const joined = readCell(dir)?.members.find(({ replica }) => replica === 'r2')?.member ?? '';
    for (const file of fs.readdirSync(join(dir, 'traces')))
      if (file.startsWith(joined)) fs.rmSync(join(dir, 'traces', file));
    expect(complaint(dir)).toMatch(/^cannot be read/);
    expect(await down(dir)).toMatch(/^cannot be read/);
  });
});
