/** What README.md says in tables is what the code has. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../src/errors.js';
import { packageRoot } from '../src/root.js';
import { ARGUMENTS } from '../src/trace/format.js';

const readme = readFileSync(join(packageRoot(), 'README.md'), 'utf8');

describe('README.md', () => {
  it('has the table of exit codes', () => {
    const rows = [...readme.matchAll(/^\| (\d+) \| (\w+) \|/gm)].map((row) => [row[2], Number(row[1])]);
    expect(Object.fromEntries(rows)).toEqual(EXIT);
  });

  it('maps every action of the protocol', () => {
    const table = readme.slice(
      readme.indexOf('| spec action = event |'),
      readme.indexOf('The words themselves'),
    );
    const actions = [...table.matchAll(/^\| (`\w+`(?:, `\w+`)*) \|/gm)]
      .flatMap((row) => row[1]?.split(', ') ?? [])
      .map((name) => name.replaceAll('`', ''));
    expect(actions.sort()).toEqual([...Object.keys(ARGUMENTS), 'Crash'].sort());
  });

  it('names files that exist, and functions that are in them', () => {
    const paths = [...readme.matchAll(/`((?:src|spec|conformance|traces|test)\/[\w./-]*)`/g)].map(
      (m) => m[1] ?? '',
    );
    expect(paths.length).toBeGreaterThan(20);
    expect(paths.filter((path) => !existsSync(join(packageRoot(), path)))).toEqual([]);
    const functions = [...readme.matchAll(/`(\w+)` in `(src\/[\w./-]+\.ts)`/g)];
    expect(functions.length).toBeGreaterThan(10);
    for (const [, name, path] of functions) {
      expect(readFileSync(join(packageRoot(), path ?? ''), 'utf8'), path).toContain(`function ${name}(`);
    }
  });
});
