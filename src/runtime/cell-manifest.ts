/**
 * What makes a cell's folder of traces one that `decree validate` takes: which files belong to it, whose
 * they are, and which have no end since their process was killed. Whatever else is missing is then noticed.
 */
import * as fs from 'node:fs';
import { basename, join } from 'node:path';
import type { Member } from '../core/types.js';
import type { CellFile } from './cell-file.js';
import { replaceFile } from './files.js';

const MANIFEST = 'manifest.json';

/** The trace files of all starts so far. */
export function traceFilesOf({ traceDirectory }: Pick<CellFile, 'traceDirectory'>): readonly string[] {
  if (!fs.existsSync(traceDirectory)) return [];
  const files = fs.readdirSync(traceDirectory).filter((file) => file.endsWith('.ndjson'));
  return files.sort().map((file) => join(traceDirectory, file));
}

/** Writes the manifest of a cell that is down; none where nothing was traced. */
export function writeManifest(file: CellFile, founders: readonly Member[]): void {
  const found = traceFilesOf(file).map((path) => basename(path));
  if (found.length === 0) return;
  const traced = file.members.flatMap(({ member, trace }) => (trace === null ? [] : [{ member, trace }]));
  // A file that was written and is gone must be missed; a ring is written only when it is asked for.
  const written = file.trace === 'file' ? traced.map(({ trace }) => basename(trace)) : [];
  const files = [...new Set([...found, ...written])].sort();
  const manifest = {
    version: 1,
    cell: file.cell,
    members: [
      ...new Set([...founders, ...traced.map(({ member }) => member), ...(file.former ?? [])]),
    ].sort(),
    files,
    killed: (file.killed ?? []).filter((name) => files.includes(name)),
  };
  replaceFile(join(file.traceDirectory, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** A replica starts: the manifest does not name what it will write. */
export function removeManifest({ traceDirectory }: CellFile): void {
  fs.rmSync(join(traceDirectory, MANIFEST), { force: true });
}

/** The name of the file to which the last start of a member went, among those that were killed. */
export function killedBy(file: CellFile, replica: string): readonly string[] {
  const trace = file.members.find((one) => one.replica === replica)?.trace ?? null;
  const before = file.killed ?? [];
  return trace === null ? before : [...new Set([...before, basename(trace)])];
}

/** Without those of a member: a later start goes on from them. */
export function killedWithout(file: CellFile, member: Member): readonly string[] {
  return (file.killed ?? []).filter((name) => !name.startsWith(`${member}-`));
}
