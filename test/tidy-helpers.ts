/** Runs the project's own lint configuration and import rules, over the project or over planted code. */
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { cruise, type IConfiguration } from 'dependency-cruiser';
import { ESLint } from 'eslint';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');

/** The rules of .dependency-cruiser.cjs. */
const rules = createRequire(import.meta.url)(join(ROOT, '.dependency-cruiser.cjs')) as IConfiguration;

export interface Imports {
  /** `rule: from -> to`, sorted. */
  readonly broken: readonly string[];
  /** Modules of the project that were looked at. */
  readonly modules: readonly string[];
}

/** Checks the direction of imports in the folders given, which are relative to base. */
export async function checkImports(base: string, folders: readonly string[]): Promise<Imports> {
  const { output } = await cruise([...folders], {
    ...rules.options,
    baseDir: base,
    validate: true,
    ruleSet: { forbidden: rules.forbidden ?? [] },
  });
  if (typeof output === 'string') throw new Error(`dependency-cruiser answered with text: ${output}`);
  return {
    broken: output.summary.violations.map((v) => `${v.rule.name}: ${v.from} -> ${v.to}`).sort(),
    modules: output.modules
      .map((m) => m.source)
      .filter((source) => folders.some((f) => source.startsWith(f))),
  };
}

/** Lints what the patterns name, relative to cwd; answers `file:line rule message`. */
export async function lint(cwd: string, patterns: readonly string[]): Promise<string[]> {
  const eslint = new ESLint({ cwd, overrideConfigFile: join(ROOT, 'eslint.config.js') });
  const results = await eslint.lintFiles([...patterns]);
  return results.flatMap((result) =>
    result.messages.map(
      (m) => `${result.filePath.slice(cwd.length + 1)}:${m.line} ${m.ruleId ?? 'syntax'} ${m.message}`,
    ),
  );
}

/** Writes the files below a fresh folder, runs, and removes the folder. */
export async function planted<T>(
  files: Readonly<Record<string, string>>,
  run: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'decree-tidy-'));
  try {
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    const all = { 'tsconfig.json': TSCONFIG, 'package.json': '{ "type": "module" }', ...files };
    for (const [path, text] of Object.entries(all)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const TSCONFIG = JSON.stringify({
  compilerOptions: { strict: true, module: 'NodeNext', target: 'ES2023', types: [] },
  include: ['**/*.ts'],
});

/** Files with one of the endings below a folder of the project, relative to the root. */
export function filesBelow(folder: string, endings: readonly string[]): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => endings.some((ending) => name.endsWith(ending)))
    .map((name) => join(folder, name))
    .sort();
}

/** What is wrong with the sizes of a text: more than `lines` lines, or a line over 110 characters. */
export function sizeFaults(path: string, text: string, lines: number): string[] {
  const all = text.replace(/\n$/, '').split('\n');
  const long = all.flatMap((line, at) =>
    [...line].length > 110 && !line.includes('://') ? [`${path}:${at + 1} line over 110`] : [],
  );
  return all.length > lines ? [`${path} has ${all.length} lines, more than ${lines}`, ...long] : long;
}

export function readFromRoot(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}
