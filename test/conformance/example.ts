/** The worked example of spec/README.md: its steps as data, and a copy of the project to make them on. */
import { cpSync, existsSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/root.js';

export interface Edit {
  readonly file: string;
  /** Lines that must be in the file once; null for a new file. */
  readonly find: readonly string[] | null;
  readonly replace: readonly string[];
}

export interface ExampleStep {
  readonly number: number;
  readonly title: string;
  readonly edits: readonly Edit[];
  /** What missingPartners() says after it. */
  readonly missing: readonly string[];
}

const HEAD = '## A worked example: adding one message';
/** What the test needs: all that missingPartners reads, compiles or hands to TLC. */
const COPIED = [
  ...['src', 'conformance', 'spec', 'README.md', 'package.json', 'tsconfig.json'],
  ...['test/core/names.test.ts', 'test/contract/samples.ts', 'test/conformance/example-run.mjs'],
];

/** The text of spec/README.md without the example, and the example alone. */
export function splitReadme(text: string): { readonly rest: string; readonly example: string } {
  const at = text.indexOf(`\n${HEAD}\n`);
  if (at < 0) throw new Error(`spec/README.md has no section "${HEAD}"`);
  const after = text.indexOf('\n## ', at + HEAD.length);
  const end = after < 0 ? text.length : after;
  return { rest: text.slice(0, at) + text.slice(end), example: text.slice(at + 1, end) };
}

/** The steps `### N. title`. A block without a heading that says what it is, is an error. */
export function readSteps(example: string): ExampleStep[] {
  return example
    .split(/^### /m)
    .slice(1)
    .map((part, i) => {
      const [, number, title] = /^(\d+)\. (.+)\n/.exec(part) ?? [];
      if (Number(number) !== i + 1)
        throw new Error(`step ${i + 1} begins with ${JSON.stringify(part.slice(0, 40))}`);
      const where = `step ${i + 1}`;
      const blocks = blocksOf(part, where);
      const missing = blocks.filter(({ heading }) => heading === 'Still missing:');
      const [said] = missing;
      if (said === undefined || missing.length > 1)
        throw new Error(`${where}: not one list of what is missing`);
      const edits = blocks.filter((block) => block !== said).map((block) => editOf(block, where));
      const nothing = said.lines.length === 1 && said.lines[0] === 'nothing';
      return { number: i + 1, title: title ?? '', edits, missing: nothing ? [] : said.lines };
    });
}

interface Block {
  readonly heading: string;
  readonly language: string;
  readonly lines: readonly string[];
}

function blocksOf(part: string, where: string): Block[] {
  const blocks = [...part.matchAll(/^(.*)\n\n```(\w*)\n((?:.*\n)*?)```$/gm)].map((match) => ({
    heading: match[1] ?? '',
    language: match[2] ?? '',
    lines: (match[3] ?? '').split('\n').slice(0, -1),
  }));
  const fences = part.match(/^```/gm)?.length ?? 0;
  if (fences !== 2 * blocks.length)
    throw new Error(`${where}: a block has no line above it that says what it is`);
  return blocks;
}

function editOf({ heading, language, lines }: Block, where: string): Edit {
  const [, file, made] = /^`([^`]+)`( \(new\))?:$/.exec(heading) ?? [];
  if (file === undefined) throw new Error(`${where}: ${JSON.stringify(heading)} names no file`);
  if (made !== undefined) return { file, find: null, replace: lines };
  const odd = lines.find((line) => !/^[-+ ]|^$/.test(line));
  if (language !== 'diff' || odd !== undefined)
    throw new Error(`${where}, ${file}: not a line of a diff: ${JSON.stringify(odd ?? language)}`);
  const side = (sign: string): string[] =>
    lines.filter((line) => !line.startsWith(sign)).map((line) => line.slice(1));
  return { file, find: side('+'), replace: side('-') };
}

/** Makes the edits; throws an error that names the step and the file where one does not apply. */
export function makeEdits({ number, edits }: Pick<ExampleStep, 'number' | 'edits'>, root: string): void {
  for (const { file, find, replace } of edits) {
    const path = join(root, ...file.split('/'));
    const where = `step ${number}, ${file}`;
    if (find === null) {
      if (existsSync(path)) throw new Error(`${where}: it is there already`);
      writeFileSync(path, [...replace, ''].join('\n'));
      continue;
    }
    if (!existsSync(path)) throw new Error(`${where}: there is no such file`);
    const text = `\n${readFileSync(path, 'utf8')}`;
    const wanted = ['', ...find, ''].join('\n');
    const at = text.indexOf(wanted);
    const first = JSON.stringify(find[0] ?? '');
    if (find.length === 0 || at < 0) throw new Error(`${where}: no such lines, beginning with ${first}`);
    if (text.indexOf(wanted, at + 1) >= 0)
      throw new Error(`${where}: more than one place begins with ${first}`);
    const changed = text.slice(0, at) + ['', ...replace, ''].join('\n') + text.slice(at + wanted.length);
    writeFileSync(path, changed.slice(1));
  }
}

/** A temporary copy of the project, without the example; the caller removes it. */
export function copyProject(): string {
  const from = packageRoot();
  const root = mkdtempSync(join(tmpdir(), 'decree-example-'));
  for (const path of COPIED) cpSync(join(from, path), join(root, path), { recursive: true });
  const readme = join(root, 'spec', 'README.md');
  writeFileSync(readme, splitReadme(readFileSync(readme, 'utf8')).rest);
  symlinkSync(join(from, 'node_modules'), join(root, 'node_modules'));
  return root;
}
