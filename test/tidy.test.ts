/** The project's style as a test: it holds here, and each rule bites on code that breaks it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, checkImports, filesBelow, lint, planted, readFromRoot, sizeFaults } from './tidy-helpers.js';

const FOLDERS = ['src', 'conformance', 'test'].filter((folder) => existsSync(join(ROOT, folder)));

describe('the project', () => {
  it('breaks no lint rule', { timeout: 240_000 }, async () => {
    expect(await lint(ROOT, ['.'])).toEqual([]);
  });

  it('imports in one direction only, and every module was looked at', { timeout: 120_000 }, async () => {
    const { broken, modules } = await checkImports(ROOT, FOLDERS);
    expect(broken).toEqual([]);
    const sources = FOLDERS.flatMap((folder) => filesBelow(folder, ['.ts']));
    expect(sources.length).toBeGreaterThan(30);
    expect(sources.filter((source) => !modules.includes(source))).toEqual([]);
  });

  it('keeps modules of the spec and operator overrides within 400 lines of 110 characters', () => {
    const files = ['spec', 'conformance'].flatMap((folder) => filesBelow(folder, ['.tla', '.cfg', '.java']));
    expect(files.length).toBeGreaterThan(3);
    expect(files.flatMap((file) => sizeFaults(file, readFromRoot(file), 400))).toEqual([]);
  });

  it('keeps the trace spec under 240 lines', () => {
    const file = 'conformance/TracePaxosReplica.tla';
    expect(sizeFaults(file, readFromRoot(file), 239)).toEqual([]);
  });
});

describe('import rules on planted code', () => {
  const leaf = 'export const x = 1;\n';
  const from = (path: string): string => `import { x } from '${path}';\nexport const y = x;\n`;

  const wrong: readonly (readonly [rule: string, file: string, imports: string, target: string])[] = [
    ['core-imports', 'src/core/a.ts', '../driver/b.js', 'src/driver/b.ts'],
    ['core-imports', 'src/core/a.ts', '../store/b.js', 'src/store/b.ts'],
    ['core-imports', 'src/core/a.ts', '../errors.js', 'src/errors.ts'],
    ['store-imports', 'src/store/a.ts', '../core/b.js', 'src/core/b.ts'],
    ['trace-imports', 'src/trace/a.ts', '../driver/b.js', 'src/driver/b.ts'],
    ['driver-imports', 'src/driver/a.ts', '../runtime/b.js', 'src/runtime/b.ts'],
    ['sim-imports', 'src/sim/a.ts', '../runtime/b.js', 'src/runtime/b.ts'],
    ['runtime-imports', 'src/runtime/a.ts', '../sim/b.js', 'src/sim/b.ts'],
    ['storage-imports', 'src/storage/a.ts', '../runtime/b.js', 'src/runtime/b.ts'],
    ['storage-imports', 'src/storage/a.ts', '../sim/b.js', 'src/sim/b.ts'],
    ['api-imports', 'src/api/a.ts', '../runtime/b.js', 'src/runtime/b.ts'],
    ['client-imports', 'src/client/a.ts', '../core/b.js', 'src/core/b.ts'],
    ['history-imports', 'src/history/a.ts', '../core/b.js', 'src/core/b.ts'],
    ['conformance-imports', 'conformance/a.ts', '../src/cli/b.js', 'src/cli/b.ts'],
    ['verify-imports', 'src/verify/a.ts', '../cli/b.js', 'src/cli/b.ts'],
    ['source-imports-no-test', 'src/cli/a.ts', '../../test/b.js', 'test/b.ts'],
  ];
  it.each(wrong)('%s: %s may not import %s', async (rule, file, imports, target) => {
    const found = await planted({ [file]: from(imports), [target]: leaf }, (folder) =>
      checkImports(
        folder,
        ['src', 'conformance', 'test'].filter((f) => [file, target].some((p) => p.startsWith(f))),
      ),
    );
    expect([...found.modules].sort()).toEqual([file, target].sort());
    expect(found.broken).toContain(`${rule}: ${file} -> ${target}`);
  });

  it('sees an import of a type alone', async () => {
    const files = {
      'src/core/a.ts': "import type { T } from '../trace/b.js';\nexport const y: T = 1;\n",
      'src/trace/b.ts': 'export type T = number;\n',
    };
    const { broken } = await planted(files, (folder) => checkImports(folder, ['src']));
    expect(broken).toContain('core-imports: src/core/a.ts -> src/trace/b.ts');
  });

  it.each([
    [
      'pure-imports-no-node',
      'src/core/a.ts',
      "import { join } from 'node:path';\nexport const y = join;\n",
      'path',
    ],
    [
      'storage-and-sim-touch-no-disk',
      'src/sim/a.ts',
      "import { readFileSync } from 'node:fs';\nexport const y = readFileSync;\n",
      'fs',
    ],
    ['no-cycle', 'src/cli/a.ts', "import { y } from './a.js';\nexport { y };\n", 'src/cli/a.ts'],
    ['no-unresolved', 'src/cli/a.ts', "import { y } from './gone.js';\nexport { y };\n", './gone.js'],
  ])('%s', async (rule, file, text, target) => {
    const { broken } = await planted({ [file]: text }, (folder) => checkImports(folder, ['src']));
    expect(broken.map((line) => line.replace('-> node:', '-> '))).toContain(`${rule}: ${file} -> ${target}`);
  });

  it('pure-imports-few-packages', async () => {
    const files = { 'src/core/a.ts': "import { pino } from 'pino';\nexport const y = pino;\n" };
    const { broken } = await planted(files, (folder) => checkImports(folder, ['src']));
    const rule = 'pure-imports-few-packages: src/core/a.ts -> ';
    expect(broken.filter((line) => line.startsWith(rule) && line.includes('/pino/'))).toHaveLength(1);
    const fine = { 'src/core/a.ts': "import * as t from 'io-ts';\nexport const y = t.string;\n" };
    expect((await planted(fine, (folder) => checkImports(folder, ['src']))).broken).toEqual([]);
  });

  it('lets the right arrows pass', async () => {
    const files = {
      'src/cli/a.ts': from('../verify/b.js'),
      'src/verify/b.ts': "export { x } from '../runtime/c.js';\n",
      'src/runtime/c.ts': leaf,
    };
    expect((await planted(files, (folder) => checkImports(folder, ['src']))).broken).toEqual([]);
  });
});

describe('lint rules on planted code', () => {
  const body = (lines: number): string => 'void 0;\n'.repeat(lines);
  const cases: readonly (readonly [rule: string, file: string, text: string])[] = [
    ['max-lines', 'src/cli/a.ts', body(401)],
    ['max-lines', 'test/a.test.ts', body(401)],
    ['max-lines-per-function', 'src/cli/a.ts', `export function f(): void {\n${body(69)}}\n`],
    ['decree/function-length', 'test/a.test.ts', `export const f = (): void => {\n${body(69)}};\n`],
    ['max-len', 'src/cli/a.ts', `export const s = '${'x'.repeat(100)}';\n`],
    ['@typescript-eslint/no-explicit-any', 'src/cli/a.ts', 'export const f = (x: any): unknown => x;\n'],
    ['@typescript-eslint/no-explicit-any', 'test/a.test.ts', 'export const f = (x: any): unknown => x;\n'],
    [
      '@typescript-eslint/no-floating-promises',
      'src/cli/a.ts',
      'export const f = () => { g(); };\nasync function g() {}\n',
    ],
    ['no-restricted-globals', 'src/core/a.ts', 'export const now = (): number => Date.now();\n'],
    ['no-restricted-globals', 'src/store/a.ts', 'export const now = (): number => Date.now();\n'],
    ['no-restricted-globals', 'src/core/a.ts', 'export const f = (): unknown => Promise.resolve(1);\n'],
    ['no-restricted-globals', 'src/core/a.ts', 'export const f = (): unknown => process.pid;\n'],
    ['no-restricted-globals', 'src/core/a.ts', 'export const f = (): unknown => performance.now();\n'],
    ['no-restricted-globals', 'src/core/a.ts', 'export const f = (): void => console.log(1);\n'],
    ['no-restricted-globals', 'src/core/a.ts', 'export const f = (): unknown => setTimeout(f, 1);\n'],
    ['no-restricted-globals', 'src/core/a.ts', 'export const f = (): unknown => globalThis;\n'],
    ['no-restricted-properties', 'src/core/a.ts', 'export const f = (): number => Math.random();\n'],
    ['no-restricted-imports', 'src/core/a.ts', "import { join } from 'node:path';\nexport const f = join;\n"],
    ['no-restricted-imports', 'src/store/a.ts', "import { join } from 'path';\nexport const f = join;\n"],
    ['no-restricted-syntax', 'src/core/a.ts', 'export async function f() {}\n'],
    ['no-restricted-syntax', 'src/core/a.ts', "export const f = (): unknown => import('./b.js');\n"],
  ];
  it.each(cases)('%s in %s', async (rule, file, text) => {
    const found = await planted({ [file]: text }, (folder) => lint(folder, [file]));
    expect(found.map((line) => line.split(' ').slice(0, 2).join(' ').replace(/:\d+/, ''))).toContain(
      `${file} ${rule}`,
    );
  });

  it('accepts sizes at the limit, and what only the pure folders are refused', async () => {
    const files = {
      'src/cli/a.ts': `export function f(): void {\n${body(68)}}\n${body(330)}`,
      'src/cli/b.ts': 'export const now = (): number => Date.now();\n',
      'test/a.test.ts': `describe('x', () => {\n${body(100)}});\n`,
    };
    expect(await planted(files, (folder) => lint(folder, ['.']))).toEqual([]);
  });
});

describe('sizes of texts that no linter reads', () => {
  it('reports a long module and a long line by name', () => {
    const text = `${'x\n'.repeat(400)}${'y'.repeat(111)}\n`;
    expect(sizeFaults('A.tla', text, 400)).toEqual([
      'A.tla has 401 lines, more than 400',
      'A.tla:401 line over 110',
    ]);
    expect(sizeFaults('A.tla', `${'x\n'.repeat(399)}${'y'.repeat(110)}\n`, 400)).toEqual([]);
  });
});
