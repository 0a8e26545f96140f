/** A scenario: which files belong together, and whether they are all there and complete. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { firstProblem, Natural, Word, type Header } from '../../src/trace/format.js';
import { invalid } from './failure.js';
import { readStartFile, readText, type StartFile } from './start-file.js';

const Manifest = t.type(
  {
    version: Natural,
    cell: t.string,
    members: t.array(Word),
    files: t.array(t.string),
    /** Files whose process was killed and not started again. */
    killed: t.array(t.string),
  },
  'Manifest',
);
export type Manifest = t.TypeOf<typeof Manifest>;
export const MANIFEST = 'manifest.json';
const MANIFEST_VERSION = 1;

export interface Scenario {
  readonly cell: string;
  /** Those of the birth record, and whoever has a file; by code units, the order of ballots of one round. */
  readonly members: readonly string[];
  /** Those of the birth record. */
  readonly birth: readonly string[];
  readonly alpha: number;
  /** The files of each member in the order of its starts. */
  readonly starts: ReadonlyMap<string, readonly StartFile[]>;
  readonly notes: readonly string[];
}

/** Reads one scenario folder, or the given files as one scenario. Throws MergeError. */
export function readScenario(paths: readonly string[]): Scenario {
  const [first] = paths;
  if (first === undefined) throw invalid('(none)', undefined, 'no file was given');
  if (paths.length === 1 && isFolder(first)) return readFolder(first);
  return assemble(paths.map(readStartFile), []);
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function readFolder(folder: string): Scenario {
  const path = join(folder, MANIFEST);
  const manifest = readManifest(path);
  for (const file of manifest.killed) {
    if (!manifest.files.includes(file))
      throw invalid(path, undefined, `killed: ${file} is not among the files`);
  }
  const files = manifest.files.map((file) => readStartFile(join(folder, file)));
  const killed = manifest.killed.map((file) => join(folder, file));
  const scenario = assemble(files, killed);
  if (scenario.cell !== manifest.cell) {
    throw invalid(path, undefined, `cell ${manifest.cell}, but the files are of cell ${scenario.cell}`);
  }
  if ([...manifest.members].sort().join() !== scenario.members.join()) {
    throw invalid(path, undefined, 'members: not those of the headers');
  }
  return scenario;
}

function readManifest(path: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(readText(path));
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid(path, undefined, 'not a JSON file');
    throw error;
  }
  const read = Manifest.decode(value);
  if (E.isLeft(read)) throw invalid(path, undefined, firstProblem(read.left));
  if (read.right.version !== MANIFEST_VERSION) {
    throw invalid(path, undefined, `version ${read.right.version}; this program reads ${MANIFEST_VERSION}`);
  }
  return read.right;
}

function assemble(files: readonly StartFile[], killed: readonly string[]): Scenario {
  const [first] = files;
  if (first === undefined) throw invalid('(none)', undefined, 'no file was given');
  for (const file of files) demandSameCell(first, file);
  const { cell, options } = first.header;
  const birth = [...options.members].sort();
  const members = [...new Set([...birth, ...files.map(({ header }) => header.member)])].sort();
  const starts = new Map<string, readonly StartFile[]>();
  const notes: string[] = [];
  for (const member of members) {
    const own = files.filter(({ header }) => header.member === member);
    own.sort((a, b) => a.header.start - b.header.start);
    if (own.length === 0) throw invalid(first.path, 1, `no file of member ${member}, which the header names`);
    demandAllStarts(own);
    demandComplete(own, killed, notes);
    starts.set(member, own);
  }
  if (files.every(({ events }) => events.length === 0))
    throw invalid(first.path, undefined, 'no file has an event');
  return { cell, members, birth, alpha: options.alpha, starts, notes };
}

function demandSameCell(first: StartFile, file: StartFile): void {
  const constants = ({ cell, options }: Header): string => {
    const { members, alpha, leaseMs, driftPerMille } = options;
    return JSON.stringify([cell, [...members].sort(), alpha, leaseMs, driftPerMille]);
  };
  if (constants(file.header) !== constants(first.header)) {
    throw invalid(file.path, 1, `not of the same cell or with other options than ${first.path}`);
  }
}

function demandAllStarts(own: readonly StartFile[]): void {
  for (const [i, file] of own.entries()) {
    const { member, start } = file.header;
    if (start <= i) throw invalid(file.path, 1, `a second file of start ${start} of ${member}`);
    if (start > i + 1)
      throw invalid(file.path, 1, `start ${start} of ${member}, but its start ${i + 1} is missing`);
  }
}

/**
 * A killed process writes no end: its file is complete if a later start goes on from it, or by the manifest.
 */
function demandComplete(own: readonly StartFile[], killed: readonly string[], notes: string[]): void {
  for (const [i, file] of own.entries()) {
    const accounted = i + 1 < own.length || killed.includes(file.path);
    if (file.torn !== undefined) {
      if (!accounted)
        throw invalid(file.path, file.torn, 'the last line is torn, and no later start goes on');
      notes.push(`${file.path}:${file.torn}: the process was killed while it wrote this line; it is cut off`);
    }
    if (!file.ended && !accounted) {
      throw invalid(file.path, file.lines, 'no end: the file is incomplete, and no later start goes on');
    }
  }
}
