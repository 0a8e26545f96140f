/** Writes the trace of one process start: header, one line per event, end. */
import type { State } from '../core/state.js';
import type { Action } from '../core/step-types.js';
import type { Transition } from '../core/transition.js';
import type { Slot } from '../core/types.js';
import { valueDigest, type Digest } from './digest.js';
import { schemaHash, TRACE_VERSION, type End, type Header, type TraceEvent } from './format.js';
import { record, recordRestart } from './record.js';
import { OFF, type LineSink } from './sinks.js';

export interface TraceOptions {
  /** One digest for all writers of a process shares its cache. */
  readonly digest?: Digest;
  /** Every K-th event carries the full state; 1,000 if absent. */
  readonly fullEvery?: number;
}

/**
 * A full event lists the entries of the known prefix's last so many slots, so that its size stays bounded.
 */
const TAIL: Slot = 100;

/** `<member>-<start>.ndjson`. */
export function traceFileName(member: string, start: number): string {
  return `${member}-${start}.ndjson`;
}

export class TraceWriter {
  private readonly digest: Digest;
  private readonly fullEvery: number;
  private events = 0;
  private ended = false;

  /** Writes the header; `state` is that of the start, before or after its Restart. */
  constructor(
    private readonly sink: LineSink,
    state: State,
    options: TraceOptions = {},
  ) {
    this.digest = options.digest ?? valueDigest();
    this.fullEvery = options.fullEvery ?? 1_000;
    const { cell, members, alpha, leaseMs, driftPerMille } = state.birth;
    const header: Header = {
      kind: 'header',
      version: TRACE_VERSION,
      schema: schemaHash(),
      cell,
      member: state.self,
      start: state.start,
      options: { members: [...members], alpha, leaseMs, driftPerMille },
    };
    this.line(header);
  }

  /** The event of recoverState(). */
  restart(state: State, action: Action): void {
    if (this.sink === OFF) return;
    this.line(recordRestart(state, action, this.digest));
    this.events += 1;
  }

  /** The event of a step, if it made one; true if so. Nothing is handed over before flush(). */
  event(before: State, transition: Transition): boolean {
    if (transition.action === null) return false;
    if (this.sink === OFF) return true;
    const full = this.events % this.fullEvery === this.fullEvery - 1;
    const above = full ? Math.max(0, transition.state.prefix - TAIL) : undefined;
    const made = record(before, transition, this.digest, above);
    if (made !== null) this.line(made);
    this.events += 1;
    return true;
  }

  /** Before anything that rests on the written events leaves the replica. */
  flush(): void {
    this.sink.flush();
  }

  /** The last line, at a clean stop; a killed process writes none. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.line({ kind: 'end', events: this.events });
    this.flush();
  }

  private line(line: Header | TraceEvent | End): void {
    this.sink.write(JSON.stringify(line));
  }
}
