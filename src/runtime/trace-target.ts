/**
 * Where the trace of one process start goes: a file of its own, a ring in memory that is dumped on demand,
 * nowhere.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Member } from '../core/types.js';
import type { TraceSink } from '../driver/ports.js';
import { DecreeError } from '../errors.js';
import { FileSink, OFF, RingSink } from '../trace/sinks.js';
import { traceFileName } from '../trace/writer.js';
import type { Logger } from './logger.js';

export const TRACE_MODES = ['file', 'ring', 'off'] as const;
export type TraceMode = (typeof TRACE_MODES)[number];

export interface TraceTarget {
  readonly sink: TraceSink;
  /** The file that is written, now or at the dump of a ring; null where tracing is off. */
  readonly file: string | null;
  /** Writes the lines of a ring to its file. */
  dump(): void;
  close(): void;
  /** Closes and removes the file of a start that never began. */
  discard(): void;
}

const nothing = (): void => undefined;

export interface TraceSetup {
  readonly mode: TraceMode;
  readonly directory: string;
  readonly member: Member;
  readonly start: number;
  readonly ringLines: number;
  readonly log: Logger;
}

export function openTrace(setup: TraceSetup): TraceTarget {
  const { mode, directory, member, start } = setup;
  if (mode === 'off') return { sink: OFF, file: null, dump: nothing, close: nothing, discard: nothing };
  const file = join(directory, traceFileName(member, start));
  try {
    fs.mkdirSync(directory, { recursive: true });
    return mode === 'file' ? fileTarget(file, setup) : ringTarget(file, setup);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DecreeError('usage', `cannot write the trace ${file}: ${why}; give another --trace-dir`);
  }
}

/**
 * The file is there before the log knows of the start. If it exists already, a process died between the
 * two: that start never began, nothing left it, and its number is used again.
 */
function fileTarget(file: string, { log }: TraceSetup): TraceTarget {
  if (fs.existsSync(file)) {
    log.warn({ file }, 'replaced the trace of a start that died before it began');
    fs.unlinkSync(file);
  }
  const sink = new FileSink(file);
  const discard = (): void => {
    sink.close();
    fs.unlinkSync(file);
  };
  return { sink, file, dump: nothing, close: () => sink.close(), discard };
}

function ringTarget(file: string, { ringLines, log }: TraceSetup): TraceTarget {
  const sink = new RingSink(ringLines);
  const dump = (): void => {
    fs.writeFileSync(file, sink.lines().join('\n') + '\n');
    log.info({ file, lines: sink.lines().length }, 'dumped the trace ring');
  };
  return { sink, file, dump, close: nothing, discard: nothing };
}
