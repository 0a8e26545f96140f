/** The smaller parts of the main job: kills, options, the table, the history as a file. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { generate } from '../history/generate.js';
import { readHistory, writeHistory } from '../../src/verify/history-file.js';
import { Nemesis } from '../../src/verify/nemesis.js';
import { checkOptions, DEFAULTS } from '../../src/verify/options.js';
import { table } from '../../src/verify/table.js';

const folder = mkdtempSync(join(tmpdir(), 'decree-verify-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('Nemesis', () => {
  const quiet = {
    kill: () => Promise.resolve(),
    start: () => Promise.resolve(),
    replace: () => Promise.resolve(),
    transfer: () => Promise.resolve(null),
    running: (): string[] => [],
  };

  it('kills for good one that does not lead, and lets a new machine take its place', async () => {
    const done: string[] = [];
    const nemesis = new Nemesis(
      {
        ...quiet,
        leader: () => Promise.resolve('r1'),
        running: () => ['r1', 'r2', 'r3'],
        kill: (replica) => Promise.resolve(void done.push(`kill ${replica}`)),
        start: (replica) => Promise.resolve(void done.push(`start ${replica}`)),
        replace: (replica) => Promise.resolve(void done.push(`replace ${replica}`)),
      },
      (below) => below - 1,
      () => undefined,
    );
    await nemesis.replaceFollower();
    await nemesis.restart();
    expect(done).toEqual(['kill r3', 'replace r3']);
    expect(nemesis.replacements.map(({ replica }) => replica)).toEqual(['r3']);
  });

  it('says that nobody can be replaced where the leader is alone', async () => {
    const alone = { ...quiet, leader: () => Promise.resolve('r1'), running: () => ['r1'] };
    const nemesis = new Nemesis(
      alone,
      () => 0,
      () => undefined,
    );
    await expect(nemesis.replaceFollower()).rejects.toThrow('no other replica runs beside r1');
  });

  it('orders a hand-over again while the other one is behind, and waits until it leads', async () => {
    const done: string[] = [];
    let leader = 'r1';
    const nemesis = new Nemesis(
      {
        ...quiet,
        leader: () => Promise.resolve(leader),
        running: () => ['r1', 'r2'],
        transfer: (replica) => {
          done.push(`transfer ${replica}`);
          if (done.length === 1) return Promise.resolve('not caught up');
          leader = replica;
          return Promise.resolve(null);
        },
      },
      () => 0,
      (line) => done.push(line.replace(/\d+ ms/, 'N ms')),
    );
    await nemesis.transfer();
    expect(done).toEqual(['transfer r2', 'transfer r2', 'r1 handed the mastership over to r2 in N ms']);
    expect(nemesis.transfers).toMatchObject([{ from: 'r1', to: 'r2' }]);
  });

  it('kills the one that leads, waits for the next, and restarts every dead one', async () => {
    const done: string[] = [];
    const leaders = ['r2', 'r2', null, 'r2', 'r3'];
    const nemesis = new Nemesis(
      {
        ...quiet,
        leader: () => Promise.resolve(leaders.length > 1 ? (leaders.shift() ?? null) : 'r3'),
        kill: (replica) => Promise.resolve(void done.push(`kill ${replica}`)),
        start: (replica) => Promise.resolve(void done.push(`start ${replica}`)),
      },
      () => 0,
      (line) => done.push(line.replace(/\d+ ms/, 'N ms')),
    );
    await nemesis.killLeader();
    await nemesis.restart();
    await nemesis.restart();
    expect(done).toEqual([
      'kill r2',
      'killed r2, which led',
      'r3 leads, N ms later',
      'start r2',
      'r2 is back from its files',
    ]);
    expect(nemesis.blows.map(({ replica }) => replica)).toEqual(['r2']);
  });
});

describe('checkOptions', () => {
  const options = { ...DEFAULTS, seed: 1, keep: false, models: true, program: 'decree' };
  it('accepts the defaults and names the option that cannot be', () => {
    expect(() => checkOptions(options)).not.toThrow();
    expect(() => checkOptions({ ...options, replicas: 4 })).toThrow('--replicas 4');
    expect(() => checkOptions({ ...options, clients: 3 })).toThrow('--clients 3');
    expect(() => checkOptions({ ...options, seconds: 4 })).toThrow('--seconds 4');
  });
});

describe('a history as a file', () => {
  it('comes back as it was', () => {
    const path = join(folder, 'history.ndjson');
    const history = generate({ seed: 4, operations: 100, clients: 4, keys: 5, openOneIn: 10 });
    writeHistory(path, history);
    expect(readHistory(path)).toEqual(history);
  });

  it('is refused by line where it is none', () => {
    const path = join(folder, 'bad.ndjson');
    writeHistory(path, generate({ seed: 4, operations: 2, clients: 1, keys: 5, openOneIn: 0 }));
    writeFileSync(path, `${readFileSync(path, 'utf8')}{"client":1}\n`);
    expect(() => readHistory(path)).toThrow(`${path}: line 3 is no operation of a history`);
    writeFileSync(path, '');
    expect(() => readHistory(path)).toThrow('no operation in it');
    expect(() => readHistory(join(folder, 'absent'))).toThrow('ENOENT');
  });
});

describe('table', () => {
  it('aligns its columns, names each part once and shows what failed', () => {
    const text = table([
      { part: 'clients', what: 'writes', found: '1,000', ok: true },
      { part: 'clients', what: 'refused', found: '7', ok: null },
      { part: 'traces', what: 'verdict', found: 'rejected', ok: false },
    ]);
    expect(text.split('\n')).toEqual([
      'clients  writes   1,000     ok',
      '         refused  7',
      'traces   verdict  rejected  FAILED',
    ]);
  });
});
