/** Which traces a list of paths names. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { firstLineOf } from '../merge/merged-file.js';
import { isFolder, MANIFEST } from '../merge/scenario.js';

export interface TraceInput {
  readonly name: string;
  /** A scenario folder, or raw files. */
  readonly files: readonly string[];
  /** A merged file instead. */
  readonly merged?: string;
}

/**
 * A folder with a manifest or with raw files is one trace; one with such folders in it is as many as there
 * are. A merged file is one trace, and all raw files together are one.
 */
export function findTraces(paths: readonly string[]): readonly TraceInput[] {
  const found: TraceInput[] = [];
  const raw: string[] = [];
  for (const path of paths) {
    if (isFolder(path)) found.push(...folderTraces(path));
    else if (firstLineOf(path).startsWith('{"kind":"merged"'))
      found.push({ name: path, files: [], merged: path });
    else raw.push(path);
  }
  const [first] = raw;
  if (first !== undefined) found.push({ name: raw.length === 1 ? first : `${first} and others`, files: raw });
  return found;
}

function folderTraces(folder: string): readonly TraceInput[] {
  if (existsSync(join(folder, MANIFEST))) return [{ name: folder, files: [folder] }];
  const entries = readdirSync(folder).sort();
  const raw = entries.filter((name) => name.endsWith('.ndjson')).map((name) => join(folder, name));
  if (raw.length > 0) return [{ name: folder, files: raw }];
  const inner = entries.map((name) => join(folder, name)).filter((path) => existsSync(join(path, MANIFEST)));
  // A folder without any trace must not pass for one whose traces are all accepted.
  if (inner.length === 0) return [{ name: folder, files: [folder] }];
  return inner.map((path) => ({ name: path, files: [path] }));
}
