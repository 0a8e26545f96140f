/** A file that may not grow: the process ends with one clear error and loses nothing acknowledged. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Client, prefixRange } from '../../src/client/index.js';
import { EXIT } from '../../src/errors.js';
import { packageRoot } from '../../src/root.js';
import { drawBirth } from '../../src/runtime/birth.js';
import { randomHex } from '../../src/runtime/clock.js';
import { makeReplica } from '../../src/runtime/marker.js';
import { temporary } from '../runtime/temporary.js';
import { firstLine, spawnDecree } from './run.js';

const MAIN = join(packageRoot(), 'dist', 'src', 'cli', 'main.js');
const quiet = ['--peer-listen', '127.0.0.1:0', '--client-listen', '127.0.0.1:0', '--log-level', 'silent'];

interface Ready {
  readonly client: { readonly port: number };
  readonly recovered: { readonly records: number; readonly cutBytes: number };
}

function clientAt(ready: Ready): Client {
  return new Client({ endpoints: [`127.0.0.1:${ready.client.port}`], timeoutMs: 5_000 });
}

it('ends when its log cannot grow, and starts again when it can', { timeout: 60_000 }, async () => {
  const base = temporary();
  const dir = join(base, 'r1');
  const wish = { cell: 'test', replicas: ['r1'], alpha: 32, leaseMs: 400, driftPerMille: 10 };
  makeReplica(dir, 'r1', drawBirth(wish, randomHex), join(base, 'birth.json'));
  const serve = ['serve', '--dir', dir, '--trace', 'off', ...quiet];
  // No file of this process may have more than 64 blocks; the shell's block is 512 or 1,024 bytes.
  const limited = spawn('sh', ['-c', 'ulimit -f 64; exec "$0" "$@"', process.execPath, MAIN, ...serve]);
  const said: Buffer[] = [];
  limited.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  const ended = new Promise<number | null>((resolve) => limited.on('close', resolve));
  const client = clientAt(JSON.parse(await firstLine(limited)) as Ready);
  const acknowledged: string[] = [];
  for (let n = 0; n < 1_000; n += 1) {
    const outcome = await client.put(`k/${n}`, 'v'.repeat(1_000));
    if (outcome.kind === 'ok') acknowledged.push(`k/${n}`);
    else if (acknowledged.length > 0) break;
  }
  client.close();
  expect(await ended).toBe(EXIT.disk);
  const stderr = Buffer.concat(said).toString();
  expect(stderr).toMatch(/^decree: the disk failed: could not write .*segment-00000001\.log \(EFBIG/);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(acknowledged.length).toBeGreaterThan(5);

  const { child, ended: again } = spawnDecree(serve);
  const ready = JSON.parse(await firstLine(child)) as Ready;
  expect(ready.recovered.records).toBeGreaterThan(acknowledged.length);
  const reader = clientAt(ready);
  const outcome = await reader.range(prefixRange('k/'));
  reader.close();
  const found = outcome.kind === 'ok' ? outcome.value.kvs.map(({ key }) => Buffer.from(key).toString()) : [];
  expect(acknowledged.filter((key) => !found.includes(key))).toEqual([]);
  child.kill('SIGTERM');
  expect((await again).code).toBe(EXIT.ok);
});
