/** A check that is ended by a signal leaves no JVM behind. Java is a stand-in here. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/root.js';

const PROCESS = join(packageRoot(), 'dist', 'conformance', 'tlc', 'process.js');

describe('startJava', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'decree-process-'));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  it('ends what it started when a signal ends its process', async () => {
    const java = join(home, 'java');
    writeFileSync(java, `#!/bin/sh\necho $$\nexec '${process.execPath}' -e 'setInterval(() => {}, 1000)'\n`);
    chmodSync(java, 0o755);
    const script = [
      `import { startJava } from ${JSON.stringify(PROCESS)};`,
      `startJava({ tlc: { java: ${JSON.stringify(java)} }, dir: '/' }, [], console.log);`,
    ].join('\n');
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pid = await new Promise<number>((resolve) => {
      createInterface({ input: parent.stdout }).once('line', (line) => resolve(Number(line)));
    });
    const ended = new Promise<number | null>((resolve) => parent.once('close', resolve));
    parent.kill('SIGTERM');
    expect(await ended).toBe(143);
    await expect
      .poll(
        () => {
          try {
            process.kill(pid, 0);
            return 'alive';
          } catch {
            return 'gone';
          }
        },
        { timeout: 10_000 },
      )
      .toBe('gone');
  });
});
