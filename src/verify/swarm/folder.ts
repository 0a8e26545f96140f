/** The folder of one seed: its traces, as `decree validate` reads them, and report.json. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DecreeError } from '../../errors.js';
import { replaceFile } from '../../runtime/files.js';
import type { Failure } from '../../sim/swarm/batch.js';
import type { Settings } from '../../sim/swarm/knobs.js';
import type { SeedReport } from '../../sim/swarm/run.js';

const REPORT = 'report.json';

/** What is known of a seed that was run; `report` is null where the run broke off. */
export interface SeedResult {
  readonly seed: number;
  readonly settings: Settings;
  /** Numbers of the strikes that were left out. */
  readonly skip: readonly number[];
  readonly report: SeedReport | null;
  readonly failure: Failure | null;
  /** The command that runs it again. */
  readonly again: string;
  /** How it came from a larger run that failed in the same way; absent if it did not. */
  readonly shrunk?: {
    /** What was reduced, in words and in that order. */
    readonly reduced: readonly string[];
    /** How many runs it took. */
    readonly runs: number;
  };
}

/** The folder, in that of a failing seed, of the smaller run. */
export const SHRUNK = 'shrunk';

/** A file in the directory that no earlier folder of a seed has; null if there is none. */
export function alienFile(directory: string): string | null {
  if (!existsSync(directory)) return null;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const { name } = entry;
    if (name === SHRUNK && entry.isDirectory()) {
      const alien = alienFile(join(directory, name));
      if (alien !== null) return join(name, alien);
    } else if (!isOurs(name)) return name;
  }
  return null;
}

/** Throws DecreeError where the directory has such a file: nobody's files are mixed with these. */
export function demandFree(option: string, directory: string): void {
  const alien = alienFile(directory);
  if (alien === null) return;
  const what = `${option} ${directory} holds other files, as ${alien}`;
  throw new DecreeError('usage', `${what}: name a directory that is new or empty`);
}

/** Writes the folder in place of an earlier one, of which nothing stays. See alienFile. */
export function writeFolder(directory: string, result: SeedResult): void {
  mkdirSync(directory, { recursive: true });
  for (const name of readdirSync(directory))
    if (name === SHRUNK || isOurs(name)) rmSync(join(directory, name), { recursive: true });
  const files = result.report?.folder() ?? new Map<string, string>();
  for (const [name, text] of files) writeFileSync(join(directory, name), text);
  const { seed, settings, skip, report, failure, again, shrunk } = result;
  const { folder: _, ...rest } = report ?? { folder: undefined };
  const text = JSON.stringify({ version: 1, seed, again, failure, settings, skip, shrunk, ...rest }, null, 2);
  replaceFile(join(directory, REPORT), `${text}\n`);
}

/** A folder of a seed that lasts for one call. */
export async function withFolder<T>(result: SeedResult, use: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'decree-simulate-'));
  try {
    writeFolder(directory, result);
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function isOurs(name: string): boolean {
  return name === 'manifest.json' || name === REPORT || name.endsWith('.ndjson');
}
