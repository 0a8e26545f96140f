/**
 * Where the package lies, whether it runs from dist/ or from source: files that are not compiled are found
 * from here.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

let found: string | undefined;

/** The absolute path of the folder whose package.json has the name "decree". */
export function packageRoot(): string {
  found ??= walkUp(dirname(fileURLToPath(import.meta.url)));
  return found;
}

function walkUp(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file) && isDecree(readFileSync(file, 'utf8'))) return folder;
    if (dirname(folder) === folder) throw new Error(`no package.json of decree above ${from}`);
  }
}

function isDecree(text: string): boolean {
  const parsed: unknown = JSON.parse(text);
  return typeof parsed === 'object' && parsed !== null && 'name' in parsed && parsed.name === 'decree';
}
