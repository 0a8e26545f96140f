/** A cell of real processes for the tests of one file; it is down and its files are gone after each. */
import { afterEach, beforeEach } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalCell } from '../../src/runtime/cell.js';

/** Registers the hooks; the function starts a cell of so many replicas. */
export function withCell(): (replicas: number) => Promise<LocalCell> {
  let directory = '';
  let cell: LocalCell | null = null;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'decree-etcdctl-'));
  });
  afterEach(async () => {
    await cell?.down();
    cell = null;
    rmSync(directory, { recursive: true, force: true });
  });
  return async (replicas) => (cell = await LocalCell.up({ directory, replicas }));
}

export function endpointsOf(up: LocalCell): string[] {
  return up.addresses().map(({ client }) => `${client.host}:${client.port}`);
}
