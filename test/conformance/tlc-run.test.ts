/** A run of TLC has a folder of its own, and its exit code decides. Java is a stand-in here. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runTlc, tlcArguments } from '../../conformance/tlc/run.js';

describe('runTlc', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'decree-run-'));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const java = (script: string): { java: string; jar: string } => {
    const file = join(home, 'java');
    writeFileSync(file, `#!/bin/sh\necho "$@" > ${join(home, 'arguments')}\n${script}\n`);
    chmodSync(file, 0o755);
    return { java: file, jar: '/tlc.jar' };
  };

  it('reads the verdict from the exit code and the name from the text', async () => {
    const tlc = java(
      'echo "Error: Invariant Agreement is violated."; echo "State 1: <Initial predicate>"; exit 12',
    );
    const result = await runTlc({ tlc, dir: home, module: 'M' });
    expect(result).toMatchObject({ verdict: 'invariant', exit: 12, violated: 'Agreement' });
    expect(result.trace).toBe('State 1: <Initial predicate>');
  });

  it('does not take a text of success for a success', async () => {
    const tlc = java('echo "Model checking completed. No error has been found."; exit 1');
    expect(await runTlc({ tlc, dir: home, module: 'M' })).toMatchObject({ verdict: 'crash', exit: 1 });
  });

  it('gives Java a temporary folder for this run alone and removes it', async () => {
    const tlc = java('exit 0');
    expect((await runTlc({ tlc, dir: home, module: 'M' })).verdict).toBe('ok');
    const scratch = /-Djava\.io\.tmpdir=(\S+)/.exec(readFileSync(join(home, 'arguments'), 'utf8'))?.[1] ?? '';
    expect(scratch).toMatch(/decree-tlc-/);
    expect(existsSync(scratch)).toBe(false);
  });

  it('ends a run that takes too long, and calls it no verdict', async () => {
    const tlc = java(`exec '${process.execPath}' -e 'setTimeout(() => {}, 30_000)'`);
    const result = await runTlc({ tlc, dir: home, module: 'M', timeoutMs: 100 });
    expect(result).toMatchObject({ verdict: 'crash', exit: null });
    expect(result.seconds).toBeLessThan(20);
  });

  it('fails where Java cannot be started', async () => {
    const tlc = { java: join(home, 'none'), jar: '/tlc.jar' };
    await expect(runTlc({ tlc, dir: home, module: 'M' })).rejects.toThrow(/ENOENT/);
  });

  it('turns options into arguments', () => {
    const options = {
      tlc: { java: 'java', jar: '/t.jar' },
      dir: '/d',
      module: 'M',
      cfg: 'C.cfg',
      workers: 2,
    };
    const more = { classpath: ['/classes'], libraryDirs: ['/a', '/b'], extra: ['-coverage', '1'] };
    const text = tlcArguments({ ...options, ...more, checkDeadlock: true }, '/s').join(' ');
    expect(text).toContain('-DTLA-Library=/a:/b');
    expect(text).toContain('-cp /classes:/t.jar tlc2.TLC -workers 2 -metadir /s/states -config C.cfg');
    expect(text).not.toContain('-deadlock');
    expect(text.endsWith('-coverage 1 M.tla')).toBe(true);
  });
});
