/** The classes of conformance/java, compiled into the cache when they are first needed. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DecreeError } from '../../src/errors.js';
import { packageRoot } from '../../src/root.js';
import { cacheFolders, type Tlc } from './find.js';

export interface ClassOptions {
  /** Where compiled classes are kept; default: beside TLC's cache. */
  readonly cache?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** `overrides` of operators, which TLC takes wherever it finds them on the class path; `many` starts TLC. */
const SOURCES = { overrides: '.', many: 'many' };

/** The folder of the compiled classes, or null where there is no javac and nothing compiled before. */
export function javaClasses(tlc: Tlc, part: keyof typeof SOURCES, options: ClassOptions = {}): string | null {
  const folder = join(packageRoot(), 'conformance', 'java', SOURCES[part]);
  const sources = readdirSync(folder)
    .filter((name) => name.endsWith('.java'))
    .sort()
    .map((name) => join(folder, name));
  const name = `java-${fingerprint([...sources, tlc.jar])}`;
  const caches =
    options.cache === undefined
      ? cacheFolders(options.env ?? process.env).map((path) => join(dirname(path), 'java'))
      : [options.cache];
  for (const cache of caches) if (existsSync(join(cache, name))) return join(cache, name);
  const { javac } = tlc;
  if (javac === undefined) return null;
  const cache = caches.find(canMake);
  if (cache === undefined)
    throw new DecreeError('usage', `cannot write to ${caches.join(' or ')}; make one writable`);
  return compile(javac, tlc.jar, sources, cache, name);
}

function fingerprint(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}

function canMake(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    return true;
  } catch {
    return false;
  }
}

/** Compiled aside and renamed, so that two runs at once leave no half of it behind. */
function compile(
  javac: string,
  jar: string,
  sources: readonly string[],
  cache: string,
  name: string,
): string {
  const aside = join(cache, `${name}.${process.pid}`);
  const done = join(cache, name);
  mkdirSync(aside, { recursive: true });
  try {
    const run = spawnSync(javac, ['-nowarn', '-cp', jar, '-d', aside, ...sources], { encoding: 'utf8' });
    if (run.status !== 0) {
      const why = (run.stderr || run.stdout || run.error?.message || 'no output').trim().slice(0, 400);
      throw new DecreeError('internal', `javac refused conformance/java: ${why}`);
    }
    try {
      renameSync(aside, done);
    } catch (error) {
      if (!existsSync(done)) throw error;
    }
    return done;
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}
