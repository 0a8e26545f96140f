#!/usr/bin/env node
/**
 * `npm run schedules:record [-- NAME...]`: writes recorded/ anew with TLC, all of it or those named. Seeds are fixed
 * and each TLC has one worker, so that running it again changes nothing.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DecreeError } from '../../src/errors.js';
import { findTlc } from '../tlc/find.js';
import { formatSchedule, schedulesFolder, type Schedule } from './codec.js';
import { recordBroken, recordRuns } from './record.js';
import { BROKEN, RUNS } from './table.js';

const folderOf = (kind: string): string => join(schedulesFolder(), kind);

function write(kind: string, schedules: readonly Schedule[]): void {
  for (const schedule of schedules) {
    writeFileSync(join(folderOf(kind), `${schedule.name}.ndjson`), formatSchedule(schedule));
    process.stdout.write(`${schedule.name}: ${schedule.steps.length} steps\n`);
  }
}

async function main(names: readonly string[]): Promise<void> {
  const tlc = findTlc();
  if ('missing' in tlc) throw new DecreeError('usage', tlc.missing);
  const wanted = (name: string): boolean => names.length === 0 || names.includes(name);
  for (const kind of ['behaviours', 'counterexamples']) {
    mkdirSync(folderOf(kind), { recursive: true });
    if (names.length > 0) continue;
    for (const file of readdirSync(folderOf(kind))) rmSync(join(folderOf(kind), file));
  }
  for (const broken of BROKEN)
    if (wanted(broken.name)) write('counterexamples', [await recordBroken(tlc, broken)]);
  for (const runs of RUNS) if (wanted(runs.name)) write('behaviours', await recordRuns(tlc, runs));
}

await main(process.argv.slice(2));
