/** cell.json: what `cell up` started, where it listens and which processes it is. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { join } from 'node:path';
import { DecreeError } from '../errors.js';
import { parseJson } from './birth.js';
import * as codecs from './codecs.js';
import { readIfThere, replaceFile } from './files.js';
import { TRACE_MODES, type TraceMode } from './trace-target.js';

const address = t.type({ host: t.string, port: codecs.natural });

const cellMember = t.type({
  replica: codecs.name,
  member: codecs.member,
  directory: t.string,
  peer: address,
  client: address,
  /** The process that serves it, or null. */
  pid: t.union([codecs.positive, t.null]),
  /** What the process logs. */
  log: t.string,
  /** The trace file of its last start, or null. */
  trace: t.union([t.string, t.null]),
});

const traceMode = new t.Type<TraceMode>(
  `one of ${TRACE_MODES.join(', ')}`,
  (u): u is TraceMode => TRACE_MODES.some((mode) => mode === u),
  (u, c) => (TRACE_MODES.some((mode) => mode === u) ? t.success(u as TraceMode) : t.failure(u, c)),
  t.identity,
);

const cellFields = t.type({
  version: t.literal(1),
  cell: codecs.name,
  members: t.array(cellMember),
  traceDirectory: t.string,
  trace: traceMode,
  /** The options file of each process, or null. */
  options: t.union([t.string, t.null]),
});

/** Absent in files of earlier versions. */
const later = t.partial({
  /** Names of trace files whose process was killed and not started again. */
  killed: t.readonlyArray(t.string),
  /** Members that others replaced, and that wrote traces. */
  former: t.readonlyArray(codecs.member),
});

const cellFile = t.intersection([cellFields, later]);

export type CellMember = Readonly<t.TypeOf<typeof cellMember>>;
export type CellFile = Readonly<Omit<t.TypeOf<typeof cellFile>, 'members'>> & {
  readonly members: readonly CellMember[];
};

export function cellPath(directory: string): string {
  return join(directory, 'cell.json');
}

/** The cell of a directory, or null where there is none. */
export function readCell(directory: string): CellFile | null {
  const path = cellPath(directory);
  const found = readIfThere(path);
  if (found === null) return null;
  const decoded = cellFile.decode(parseJson(found.toString('utf8'), path));
  if (E.isRight(decoded)) return decoded.right;
  throw new DecreeError('invalidInput', `${path} describes no cell: ${codecs.complaint(decoded.left)}`);
}

export function writeCell(directory: string, cell: CellFile): void {
  replaceFile(cellPath(directory), `${JSON.stringify(cell, null, 2)}\n`);
}
