/** Runs etcd's own command line, where it is installed. */
import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const HOW = 'install it with "apt-get install etcd-client" (Debian), or put etcdctl 3.4 or newer on the PATH';

function find(): string | null {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, 'etcdctl');
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

const BINARY = find();

/**
 * Like describe(). Without etcdctl the tests are skipped, as test/setup/needs.ts says in its one line; with
 * CI=true that is a failure, since nobody would read the line.
 */
export function describeEtcdctl(name: string, tests: () => void): void {
  if (BINARY === null && process.env['CI'] === 'true') {
    describe(name, () => {
      it('needs etcdctl', () => {
        expect.fail(`etcdctl was not found: ${HOW}`);
      });
    });
    return;
  }
  describe.skipIf(BINARY === null)(name, tests);
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export function etcdctl(
  endpoints: readonly string[],
  args: readonly string[],
  stdin = '',
  timeoutMs = 15_000,
): Promise<Ended> {
  if (BINARY === null) throw new Error(`etcdctl was not found: ${HOW}`);
  const env = { PATH: process.env['PATH'], ETCDCTL_API: '3', ETCDCTL_ENDPOINTS: endpoints.join(',') };
  return new Promise((done) => {
    const child = execFile(BINARY, [...args], { env, timeout: timeoutMs }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      done({ code, stdout, stderr });
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(stdin);
  });
}
