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
  readonly report: SeedReport | null;
  readonly failure: Failure | null;
  /** The command that runs it again. */
  readonly again: string;
}

/** A file in the directory that no earlier folder of a seed has; null if there is none. */
export function alienFile(directory: string): string | null {
  if (!existsSync(directory)) return null;
  return readdirSync(directory).find((name) => !isOurs(name)) ?? null;
}

/** Throws DecreeError where the directory has such a file: nobody's files are mixed with these. */
export function demandFree(option: string, directory: string): void {
  const alien = alienFile(directory);
  if (alien === null) return;
  const what = `${option} ${directory} holds other files, as ${alien}`;
  throw new DecreeError('usage', `${what}: name a directory that is new or empty`);
}

/** Writes the folder in place of an earlier one. */
export function writeFolder(directory: string, result: SeedResult): void {
  mkdirSync(directory, { recursive: true });
  for (const name of readdirSync(directory)) if (isOurs(name)) rmSync(join(directory, name));
  const files = result.report?.folder() ?? new Map<string, string>();
  for (const [name, text] of files) writeFileSync(join(directory, name), text);
  const { seed, settings, report, failure, again } = result;
  const { folder: _, ...rest } = report ?? { folder: undefined };
  const text = JSON.stringify({ version: 1, seed, again, failure, settings, ...rest }, null, 2);
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
