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

/**
 * Throws DecreeError where the directory holds anything but an earlier folder of a seed: nobody's files are
 * mixed with these.
 */
export function demandFree(option: string, directory: string): void {
  if (!existsSync(directory)) return;
  const others = readdirSync(directory).filter((name) => !isOurs(name));
  if (others.length === 0) return;
  const what = `${option} ${directory} holds other files, as ${others[0]}`;
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
