/** How a replica's process ends when its disk fails, at its start and later. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it, vi } from 'vitest';
import type { DecreeError } from '../../src/errors.js';
import { drawBirth } from '../../src/runtime/birth.js';
import { randomHex } from '../../src/runtime/clock.js';
import { silent } from '../../src/runtime/logger.js';
import { makeReplica } from '../../src/runtime/marker.js';
import { processOptions } from '../../src/runtime/options.js';
import { startReplica, type RunningReplica } from '../../src/runtime/replica-process.js';
import type { SyncedFile } from '../../src/storage/synced.js';
import { temporary } from './temporary.js';

const disk = vi.hoisted(() => ({ full: false }));

// The last thing that a sync writes, after the segment is durable.
vi.mock('../../src/storage/synced.js', async (original) => {
  const real = await original<{ SyncedFile: typeof SyncedFile }>();
  class Failing extends real.SyncedFile {
    override write(at: Parameters<SyncedFile['write']>[0]): void {
      if (disk.full) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
      super.write(at);
    }
  }
  return { ...real, SyncedFile: Failing };
});

let directory: string;
let fatal: DecreeError[];

beforeEach(() => {
  const base = temporary();
  directory = join(base, 'r1');
  fatal = [];
  disk.full = false;
  const wish = { cell: 'test', replicas: ['r1'], alpha: 32, leaseMs: 105, driftPerMille: 10 };
  makeReplica(directory, 'r1', drawBirth(wish, randomHex), join(base, 'birth.json'));
});

const start = (): Promise<RunningReplica> =>
  startReplica({
    directory,
    peerListen: { host: '127.0.0.1', port: 0 },
    clientListen: { host: '127.0.0.1', port: 0 },
    peers: new Map(),
    clients: new Map(),
    trace: 'file',
    traceDirectory: join(directory, 'trace'),
    options: processOptions({ electionMinMs: 110, electionMaxMs: 120 }, 'options'),
    log: silent,
    onFatal: (error) => fatal.push(error),
  });

it('reports a failed disk once, though the log and the loop both notice', async () => {
  const running = await start();
  disk.full = true;
  await vi.waitFor(() => expect(fatal).not.toEqual([]), 5_000);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(fatal.map(({ exit }) => exit)).toEqual(['disk']);
  expect(fatal[0]?.message).toMatch(/^the disk is full: could not note a sync/);
  await running.stop();
});

it('keeps the trace of a start that the log counts, though the start failed', async () => {
  const traces = (): readonly string[] => fs.readdirSync(join(directory, 'trace')).sort();
  disk.full = true;
  await expect(start()).rejects.toThrow('the disk is full: could not begin a segment');
  expect(fatal).toHaveLength(1);
  const [first] = traces();
  if (first === undefined) throw new Error('the trace is gone');
  expect(fs.readFileSync(join(directory, 'trace', first), 'utf8')).toContain('"start":1');
  disk.full = false;
  const running = await start();
  expect(running.ready.start).toBe(2);
  await running.stop();
  expect(traces()).toHaveLength(2);
});
