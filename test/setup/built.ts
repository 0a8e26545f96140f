/**
 * Process tests start dist/, so it must be there. `npm test` builds it first; a bare `vitest run` builds it
 * here once, and says so when it is older than the source.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const MAIN = join(ROOT, 'dist', 'src', 'cli', 'main.js');

export default function setup(): void {
  if (!existsSync(MAIN)) {
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    execFileSync(process.execPath, [tsc, '-p', join(ROOT, 'tsconfig.json')], { stdio: 'inherit', cwd: ROOT });
    return;
  }
  const built = newest(join(ROOT, 'dist'), '.js');
  const written = Math.max(newest(join(ROOT, 'src'), '.ts'), newest(join(ROOT, 'conformance'), '.ts'));
  if (written > built) {
    process.stderr.write('dist/ is older than the source, and process tests run dist/: npm run build\n');
  }
}

/** The latest modification time in milliseconds of a file with this ending, 0 where there is none. */
function newest(folder: string, ending: string): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .reduce((latest, name) => Math.max(latest, statSync(join(folder, name)).mtimeMs), 0);
}
