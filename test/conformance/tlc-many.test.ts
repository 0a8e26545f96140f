/** Many runs in one JVM are what each would be in a JVM of its own. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { specFolder } from '../../conformance/models/codec.js';
import type { Tlc } from '../../conformance/tlc/find.js';
import { startMany, type ManyChecks } from '../../conformance/tlc/many.js';
import { runTlc, type RunOptions } from '../../conformance/tlc/run.js';
import { describeWithTlc } from './with-tlc.js';

const home = mkdtempSync(join(tmpdir(), 'decree-many-test-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** A module of its own each: a name that both have must not be taken over by the second. */
function module(name: string, last: string): Pick<RunOptions, 'dir' | 'module' | 'cfg'> {
  const text = [
    `---- MODULE ${name} ----`,
    'EXTENDS Naturals, TLC',
    'VARIABLE n',
    'ASSUME TLCSet(1, 0)',
    'Init == n = 0',
    `Next == n < ${last} /\\ n' = n + 1`,
    'Small == n < 3 /\\ TLCSet(1, TLCGet(1) + 1) /\\ PrintT(TLCGet(1))',
    '====',
  ];
  writeFileSync(join(home, `${name}.tla`), `${text.join('\n')}\n`);
  writeFileSync(join(home, `${name}.cfg`), 'INIT Init\nNEXT Next\nINVARIANTS\n  Small\n');
  return { dir: home, module: name, cfg: `${name}.cfg` };
}

describeWithTlc('many runs in one JVM', (tlc) => {
  it(
    'have the verdict, counts, trace and exit code of a JVM of their own',
    { timeout: 180_000 },
    async () => {
      const many = startMany(tlc);
      expect(many).toBeDefined();
      if (many === undefined) return;
      const runs: Pick<RunOptions, 'dir' | 'module' | 'cfg' | 'extra'>[] = [
        module('Passes', '2'),
        { ...module('Fails', '5'), extra: ['-coverage', '60'] },
        module('Torn', '(5'),
        { dir: specFolder(), module: 'MCReplicatedLog', cfg: join(specFolder(), 'MCReplicatedLog.cfg') },
        module('Passes', '2'),
        { dir: home, module: 'Missing', cfg: 'Passes.cfg' },
      ];
      try {
        const verdicts: string[] = [];
        for (const run of runs) {
          const { output, seconds: _, ...shared } = await runTlc({ tlc, ...run, many });
          const { output: own, seconds: __, ...alone } = await runTlc({ tlc, ...run });
          expect(shared).toEqual(alone);
          const printed = (text: string): string[] => text.split('\n').filter((line) => /^\d+$/.test(line));
          expect(printed(output)).toEqual(printed(own));
          verdicts.push(shared.verdict);
        }
        expect(verdicts).toEqual(['ok', 'invariant', 'error', 'ok', 'ok', 'error']);
      } finally {
        await many.end();
      }
    },
  );
});

/** JVMs that do what the lines of sh say. */
function manyOf(lines: string): { many: ManyChecks; tlc: Tlc } {
  const java = join(home, 'java');
  const javac = join(home, 'javac');
  const jar = join(home, 'Passes.tla');
  writeFileSync(java, `#!/bin/sh\n${lines}\n`);
  writeFileSync(javac, '#!/bin/sh\nexit 0\n');
  for (const tool of [java, javac]) chmodSync(tool, 0o755);
  writeFileSync(jar, '');
  const tlc = { java, javac, jar };
  const many = startMany(tlc, { cache: join(home, 'classes') });
  if (many === undefined) throw new Error('not compiled');
  return { many, tlc };
}

describe('a JVM that ends in the middle of a run', () => {
  it('is a crash, and the next run has another', async () => {
    const { many, tlc } = manyOf('read line\nexit 3');
    for (let i = 0; i < 2; i += 1) {
      const result = await runTlc({ tlc, dir: home, module: 'M', many });
      expect(result).toMatchObject({ verdict: 'crash', exit: 3, timedOut: false });
    }
    await many.end();
  });

  it('and one that does not end in time is ended, and the next run has another', async () => {
    const { many, tlc } = manyOf('read line\nexec sleep 1000');
    for (let i = 0; i < 2; i += 1) {
      const result = await runTlc({ tlc, dir: home, module: 'M', many, timeoutMs: 100 });
      expect(result).toMatchObject({ verdict: 'crash', exit: null, timedOut: true });
    }
    await many.end();
  });

  it('is not tried where nothing is compiled and there is no javac', () => {
    expect(startMany({ java: 'java', jar: join(home, 'Passes.tla') }, { cache: join(home, 'none') })).toBe(
      undefined,
    );
  });
});
