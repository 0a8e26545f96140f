/** The client commands as processes of their own, against a client port in this one. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeCell } from '../../src/runtime/cell-file.js';
import { serve, type Served } from '../api/serve.js';
import { decree, type Ended } from './run.js';

let served: Served;

beforeEach(async () => {
  served = await serve();
});

afterEach(async () => {
  await served.server.close();
  expect(served.faults).toEqual([]);
});

const at = (...args: string[]): Promise<Ended> => decree(...args, '--endpoints', served.endpoint);

const DEAD = '127.0.0.1:1';

describe('decree put, get and del', () => {
  it('write, read and delete a key', async () => {
    expect(await at('put', 'key', 'grün')).toEqual({ code: 0, stdout: 'OK\n', stderr: '' });
    expect(await at('get', 'key')).toEqual({ code: 0, stdout: 'key\ngrün\n', stderr: '' });
    expect(await at('del', 'key')).toEqual({ code: 0, stdout: '1\n', stderr: '' });
    expect(await at('get', 'key')).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('take ranges', async () => {
    for (const key of ['a', 'ab', 'b', 'c']) await at('put', key, key.toUpperCase());
    expect((await at('get', '--prefix', 'a')).stdout).toBe('a\nA\nab\nAB\n');
    expect((await at('get', 'ab', 'c', '--keys-only')).stdout).toBe('ab\nb\n');
    expect((await at('get', '--prefix', '', '--limit', '1')).stdout).toBe('a\nA\n');
    expect((await at('del', '--prefix', 'a')).stdout).toBe('2\n');
    expect((await at('del', '--from-key', '')).stdout).toBe('2\n');
  });

  it('print JSON, with base64 for what is no text', async () => {
    await at('put', 'key', 'value');
    const raw = (bytes: number[]): Uint8Array => new Uint8Array(bytes);
    served.service.store.execute({
      kind: 'put',
      key: raw([0xff]),
      value: raw([0, 0xfe]),
      lease: 0n,
      previous: false,
      ignoreValue: false,
      ignoreLease: false,
    });
    const { stdout } = await at('get', '--from-key', 'a', '--json');
    const revisions = (n: number) => ({ createRevision: n, modRevision: n, version: 1 });
    expect(JSON.parse(stdout)).toEqual({
      revision: 3,
      count: 2,
      more: false,
      pairs: [
        { key: 'key', value: 'value', ...revisions(2) },
        { keyBase64: '/w==', valueBase64: 'AP4=', ...revisions(3) },
      ],
    });
  });

  it('read locally on demand', async () => {
    await at('put', 'key', 'value');
    expect((await at('get', 'key', '--local')).stdout).toBe('key\nvalue\n');
    expect(served.service.submitted).toBe(1);
  });

  it.each<[string, string[], string]>([
    ['an empty key', ['put', '', 'v'], 'the key is empty: give at least one character'],
    ['two ranges', ['get', 'a', 'b', '--prefix'], 'a range is given by <range-end>, --prefix or --from-key'],
    ['no endpoint', ['get', 'a', '--endpoints', 'nonsense'], '--endpoints: "nonsense" is not HOST:PORT'],
    ['an empty list', ['get', 'a', '--endpoints', ''], '--endpoints: "" is not HOST:PORT'],
    ['no cell', ['get', 'a', '--dir', '/nowhere'], '--dir /nowhere holds no cell.json'],
    ['two cells', ['get', 'a', '--dir', 'x', '--endpoints', DEAD], '--endpoints and --dir both name a cell'],
  ])('say what is wrong in one line: %s', async (_, args, message) => {
    const ended = await decree(...args);
    expect([ended.code, ended.stdout]).toEqual([2, '']);
    expect(ended.stderr).toContain(`decree: ${message}`);
    expect(ended.stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('say in one line that nothing answers', async () => {
    const ended = await decree('put', 'a', '1', '--endpoints', DEAD);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/^decree: no replica answers at 127\.0\.0\.1:1 \(.*\): is the cell up\?\n$/);
  });

  it('say whether a request may have been executed', async () => {
    served.service.intercept = () => Promise.resolve({ ok: false, reason: 'timed out' });
    const unknown = await at('put', 'a', '1');
    const may = 'etcdserver: request timed out; the request may or may not have been executed';
    expect([unknown.code, unknown.stderr]).toEqual([1, `decree: ${served.endpoint}: ${may}\n`]);
    served.service.intercept = () => Promise.resolve({ ok: false, reason: 'no leader' });
    const failed = await at('put', 'a', '1');
    expect(failed.stderr).toBe(`decree: ${served.endpoint}: etcdserver: no leader\n`);
  });
});

describe('decree status', () => {
  it('shows one line per endpoint, and fails where one does not answer', async () => {
    await at('put', 'key', 'value');
    const ended = await at('status');
    expect(ended.stdout.split('\n').map((line) => line.split(/ +/))).toEqual([
      ['endpoint', 'member', 'role', 'round', 'known', 'applied', 'revision', 'bytes', 'error'],
      [served.endpoint, 'r1', 'leader', '3', '1', '1', '2', '72', '-'],
      [''],
    ]);
    expect(ended.code).toBe(0);
    const both = await decree('status', '--json', '--endpoints', `${DEAD},http://${served.endpoint}`);
    expect(both.code).toBe(1);
    expect(JSON.parse(both.stdout)).toMatchObject([
      { endpoint: DEAD, member: null, error: expect.stringContaining('ECONNREFUSED') as unknown },
      { endpoint: served.endpoint, member: 'r1', role: 'leader', error: null },
    ]);
  });

  it('finds the cell of a directory', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'decree-kv-'));
    try {
      const address = { host: '127.0.0.1', port: served.server.port };
      const member = { replica: 'r1', member: 'r1.0000000a', directory, pid: null, log: '', trace: null };
      writeCell(directory, {
        version: 1,
        cell: 'test',
        members: [{ ...member, peer: address, client: address }],
        traceDirectory: directory,
        trace: 'off',
        options: null,
      });
      expect((await decree('put', 'key', 'value', '--dir', directory)).stdout).toBe('OK\n');
      expect((await decree('status', '--dir', directory)).stdout).toContain(served.endpoint);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
