/** Reads the raw file of one process start and checks what can be checked without the others. */
import * as E from 'fp-ts/lib/Either.js';
import { readFileSync } from 'node:fs';
import {
  decodeLine,
  schemaHash,
  TRACE_VERSION,
  type Header,
  type TraceEvent,
} from '../../src/trace/format.js';
import { invalid, tooLittle } from './failure.js';

export interface LoggedEvent {
  readonly event: TraceEvent;
  readonly line: number;
}

export interface StartFile {
  readonly path: string;
  readonly header: Header;
  readonly events: readonly LoggedEvent[];
  /** The end line was written: the process stopped in peace. */
  readonly ended: boolean;
  /** The last line, if it was torn: its number. It is cut off. */
  readonly torn?: number;
  readonly lines: number;
}

export function readStartFile(path: string): StartFile {
  return parseStartFile(path, readText(path));
}

export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw invalid(path, undefined, `cannot be read (${code})`);
  }
}

export function parseStartFile(path: string, text: string): StartFile {
  if (text === '') throw invalid(path, undefined, 'the file is empty: not even a header was written');
  const lines = text.split('\n');
  // What follows the last newline was not written to its end; an intact file leaves an empty rest.
  const rest = lines.pop();
  const torn = rest === '' ? undefined : lines.length + 1;
  const header = headerOf(path, lines[0]);
  const events: LoggedEvent[] = [];
  let ended = false;
  for (const [i, line] of lines.entries()) {
    if (i === 0) continue;
    const at = i + 1;
    if (ended) throw invalid(path, at, 'a line follows the end');
    const read = decodeLine(line);
    if (E.isLeft(read)) throw invalid(path, at, read.left);
    if (read.right.kind === 'header') throw invalid(path, at, 'a second header');
    if (read.right.kind === 'end') {
      if (read.right.end.events !== events.length) {
        throw invalid(path, at, `the end counts ${read.right.end.events} events, there are ${events.length}`);
      }
      ended = true;
    } else {
      events.push({ event: checkEvent(path, at, header, events.length, read.right.event), line: at });
    }
  }
  if (torn !== undefined && ended) throw invalid(path, torn, 'a torn line follows the end');
  return { path, header, events, ended, lines: lines.length, ...(torn !== undefined && { torn }) };
}

function headerOf(path: string, line: string | undefined): Header {
  if (line === undefined) throw invalid(path, 1, 'the header is torn');
  const read = decodeLine(line);
  if (E.isLeft(read)) throw invalid(path, 1, `header: ${read.left}`);
  if (read.right.kind !== 'header') throw invalid(path, 1, 'the first line is no header');
  const { header } = read.right;
  if (header.version !== TRACE_VERSION) {
    throw invalid(path, 1, `version ${header.version} of the format; this program reads ${TRACE_VERSION}`);
  }
  if (header.schema !== schemaHash()) {
    throw invalid(path, 1, `schema ${header.schema}; this program's is ${schemaHash()}: record it again`);
  }
  if (header.start < 1) throw invalid(path, 1, 'starts are counted from 1');
  return header;
}

function checkEvent(
  path: string,
  line: number,
  header: Header,
  count: number,
  event: TraceEvent,
): TraceEvent {
  const { seq, action } = event;
  if (count === 0 && seq > 0 && event.above !== undefined) {
    const what = `the dump of a flight recorder, which begins at seq ${seq}`;
    throw tooLittle(`${path}: ${what}: what its state rests on is not shown`);
  }
  if (seq !== count) throw invalid(path, line, `seq ${seq} where ${count} is due: events are missing`);
  const opens = header.start > 1 && seq === 0;
  if (opens !== (action === 'Restart')) {
    const what = opens ? `${action} where a later start opens with Restart` : 'a Restart inside a start';
    throw invalid(path, line, what);
  }
  if (action === 'Restart' && event.above !== 0)
    throw invalid(path, line, 'a Restart without its full state');
  for (const [n, id] of (event.made ?? []).entries()) {
    const own = action === 'TakeSnapshot' ? `snapshot/${event.upTo}` : `${seq}/${n}`;
    const due = `${header.member}/${header.start}/${own}`;
    if (id !== due) throw invalid(path, line, `made ${id} where ${due} is due`);
  }
  if (event.action === 'HandlePrepare' && (event.said === undefined) !== (event.outcome === 'reject')) {
    throw invalid(path, line, 'said: what a Promise says is logged, and nothing with a Reject');
  }
  if (event.action === 'HandleAccept' && (event.voted === undefined) !== (event.outcome === 'reject')) {
    throw invalid(path, line, 'voted: the slot of an Accepted is logged, and nothing with a Reject');
  }
  return event;
}
