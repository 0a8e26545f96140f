#!/usr/bin/env node
/**
 * `npm run traces:record`: writes traces/ anew, first the recorded scenarios and then the damaged ones. Every
 * byte comes from seeds, so that running it again changes nothing.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../src/root.js';
import { SCENARIOS } from '../src/sim/scenarios.js';
import { DAMAGES } from './damage/table.js';
import { damagedFolder } from './damage/apply.js';

/** Folder below traces/ to its files, in the order of writing: a damaged scenario reads a recorded one. */
export function recordAll(root: string): readonly string[] {
  const written: string[] = [];
  const write = (name: string, files: ReadonlyMap<string, string>): void => {
    const folder = join(root, name);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const [file, text] of files) writeFileSync(join(folder, file), text);
    written.push(name);
  };
  for (const scenario of SCENARIOS) write(scenario.name, scenario.run());
  for (const damage of DAMAGES) write(join('rejected', damage.name), damagedFolder(root, damage));
  return written;
}

/** Folders of an earlier recording that nothing writes any more. */
function removeOthers(root: string, written: readonly string[]): void {
  for (const folder of ['.', 'rejected']) {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const name = join(folder, entry.name);
      if (entry.isDirectory() && name !== 'rejected' && !written.includes(name)) {
        rmSync(join(root, name), { recursive: true, force: true });
      }
    }
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const root = join(packageRoot(), 'traces');
  mkdirSync(root, { recursive: true });
  const written = recordAll(root);
  removeOthers(root, written);
  process.stdout.write(`traces: ${written.length} folders\n`);
}
