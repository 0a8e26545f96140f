/** Files of results: read, written so that a crash leaves the old one or the new one, and made one. */
import * as E from 'fp-ts/lib/Either.js';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DecreeError } from '../../errors.js';
import { replaceFile } from '../../runtime/files.js';
import type { Plan } from '../../sim/swarm/choice.js';
import { decodeResults, samePlan, type Results } from '../../sim/swarm/results.js';

/** Reads a file of results. Throws DecreeError, which names it. */
export function readResults(path: string): Results {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DecreeError('invalidInput', `${path} cannot be read as JSON (${why})`);
  }
  const decoded = decodeResults(parsed);
  if (E.isRight(decoded)) return decoded.right;
  throw new DecreeError('invalidInput', `${path} holds no results of decree simulate: ${decoded.left}`);
}

export function writeResults(path: string, results: Results): void {
  mkdirSync(dirname(path), { recursive: true });
  replaceFile(path, `${JSON.stringify(results, null, 2)}\n`);
}

/** What an earlier run left, or null where there is no file. Throws DecreeError if its plan was another. */
export function earlierResults(path: string, plan: Plan, code: string): Results | null {
  if (!existsSync(path)) return null;
  const results = readResults(path);
  const wrong =
    results.code !== code
      ? 'holds results of other code'
      : samePlan(results.plan, plan)
        ? null
        : 'holds results of other seeds or settings';
  if (wrong === null) return results;
  throw new DecreeError('invalidInput', `--resume ${path} ${wrong}: name another file, or remove it`);
}

/** What a run rests on: these parts of src/. */
const PARTS = ['core', 'driver', 'history', 'sim', 'store', 'trace'];

/** Short for the code that runs: results of different code do not add up. */
export function codeDigest(): string {
  const src = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
  const hash = createHash('sha256');
  for (const part of PARTS) {
    const names = readdirSync(join(src, part), { recursive: true, encoding: 'utf8' });
    for (const name of names.filter((file) => /\.(ts|js)$/.test(file) && !file.endsWith('.d.ts')).sort()) {
      hash.update(`${part}/${name}\n`).update(readFileSync(join(src, part, name)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}
