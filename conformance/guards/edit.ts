/** Replaces one conjunct of a module by TRUE, and leaves every other character in its line and column. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Place } from './sany.js';

export function textAt(text: string, place: Place): string {
  const [begin, end] = spanOf(text, place);
  return text.slice(begin, end);
}

/**
 * Junction lists are read by their columns, so what follows must not move: the rest becomes spaces. (A
 * conjunct of less than four characters does move what follows in its line, which SANY then judges.)
 */
export function withTrue(text: string, place: Place): string {
  const [begin, end] = spanOf(text, place);
  const old = text.slice(begin, end);
  const first = old.indexOf('\n') < 0 ? old : old.slice(0, old.indexOf('\n'));
  const rest = old.slice(first.length).replace(/[^\n]/g, ' ');
  return text.slice(0, begin) + 'TRUE'.padEnd(first.length) + rest + text.slice(end);
}

function spanOf(text: string, { line, column, endLine, endColumn }: Place): [begin: number, end: number] {
  const lines = text.split('\n');
  const offset = (count: number): number =>
    lines.slice(0, count - 1).reduce((sum, one) => sum + one.length + 1, 0);
  return [offset(line) + column - 1, offset(endLine) + endColumn];
}

/** A temporary folder with every module of `folder`, less the conjuncts; the caller removes it. */
export function folderWithout(folder: string, places: readonly Place[]): string {
  const target = mkdtempSync(join(tmpdir(), 'decree-guard-'));
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.tla'))) {
    const here = places.filter((place) => `${place.file}.tla` === file);
    const text = readFileSync(join(folder, file), 'utf8');
    writeFileSync(join(target, file), withoutAll(text, here));
  }
  return target;
}

/** From the last to the first, so that no edit moves a place that is still to come. */
function withoutAll(text: string, places: readonly Place[]): string {
  const last = [...places].sort((a, b) => b.line - a.line || b.column - a.column);
  return last.reduce(withTrue, text);
}
