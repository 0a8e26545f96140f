#!/usr/bin/env node
/**
 * `npm run schedules:record [-- NAME...]`: writes recorded/ anew with TLC, all of it or those named.
 * Seeds are fixed and each TLC has one worker, so that running it again changes nothing.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DecreeError } from '../../src/errors.js';
import { findTlc } from '../tlc/find.js';
import { formatSchedule, schedulesFolder, type Schedule } from './codec.js';
import { recordBroken, recordRuns } from './record.js';
import { BROKEN, RUNS } from './table.js';

const folderOf = (kind: string): string => join(schedulesFolder(), kind);

/** Writes them, and says the names of their files. */
function write(kind: string, schedules: readonly Schedule[]): string[] {
  return schedules.map((schedule) => {
    const file = `${schedule.name}.ndjson`;
    writeFileSync(join(folderOf(kind), file), formatSchedule(schedule));
    process.stdout.write(`${schedule.name}: ${schedule.steps.length} steps\n`);
    return file;
  });
}

/** Files of an earlier recording that nothing writes any more. */
function removeOthers(kind: string, written: readonly string[]): void {
  for (const file of readdirSync(folderOf(kind)))
    if (!written.includes(file)) rmSync(join(folderOf(kind), file));
}

async function main(names: readonly string[]): Promise<void> {
  const tlc = findTlc();
  if ('missing' in tlc) throw new DecreeError('usage', tlc.missing);
  const known = [...BROKEN, ...RUNS].map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new DecreeError(
      'usage',
      `no schedule is named ${unknown}; conformance/schedules/table.ts lists them`,
    );
  const wanted = ({ name }: { readonly name: string }): boolean => names.length === 0 || names.includes(name);
  const files = { counterexamples: [] as string[], behaviours: [] as string[] };
  for (const kind of Object.keys(files)) mkdirSync(folderOf(kind), { recursive: true });
  for (const broken of BROKEN.filter(wanted))
    files.counterexamples.push(...write('counterexamples', [await recordBroken(tlc, broken)]));
  for (const runs of RUNS.filter(wanted))
    files.behaviours.push(...write('behaviours', await recordRuns(tlc, runs)));
  if (names.length === 0) for (const [kind, written] of Object.entries(files)) removeOthers(kind, written);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof DecreeError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
