/** Goes on with a long check where it was ended: what passed is noted, for one commit of a clean tree. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as t from 'io-ts';
import { DecreeError } from '../../src/errors.js';
import { packageRoot } from '../../src/root.js';

const Noted = t.type({ commit: t.string, passed: t.array(t.string) });

export interface Resume {
  /** Names of the models that passed before at this commit. */
  readonly passed: ReadonlySet<string>;
  note(name: string): void;
}

/** `commit` is that of the package, or null where files differ from it: then nothing counts as passed. */
export function resumeFrom(file: string, commit: string | null = cleanCommit()): Resume {
  const before = existsSync(file) ? read(file) : undefined;
  const passed = new Set(commit !== null && before?.commit === commit ? before.passed : []);
  const noted = new Set(passed);
  return {
    passed,
    note(name) {
      if (commit === null) return;
      noted.add(name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, JSON.stringify({ commit, passed: [...noted] }));
    },
  };
}

function read(file: string): t.TypeOf<typeof Noted> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    parsed = undefined;
  }
  const result = Noted.decode(parsed);
  if (result._tag === 'Right') return result.right;
  throw new DecreeError('invalidInput', `${file} is no file of --resume; name another, or remove it`);
}

function cleanCommit(): string | null {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: packageRoot(), encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    return git('status', '--porcelain') === '' ? git('rev-parse', 'HEAD').trim() : null;
  } catch {
    return null;
  }
}
