/**
 * Where trace lines go: a file, a ring buffer of the last lines, nowhere. A sink is the driver's TraceSink
 * port.
 */
import { closeSync, openSync, writeSync } from 'node:fs';

export interface LineSink {
  /** One line without its newline. */
  write(line: string): void;
  /** Hands what was written to the operating system; it is not synced. */
  flush(): void;
}

/**
 * Appends to a new file. `flush` writes what was collected in one call, so a killed process loses nothing of
 * it.
 */
export class FileSink implements LineSink {
  private readonly fd: number;
  private buffer: string[] = [];
  private closed = false;

  /** Fails if the file exists: a start never writes over the trace of another. */
  constructor(path: string) {
    this.fd = openSync(path, 'wx');
  }

  write(line: string): void {
    this.buffer.push(line, '\n');
  }

  flush(): void {
    if (this.buffer.length === 0 || this.closed) return;
    const bytes = Buffer.from(this.buffer.join(''), 'utf8');
    this.buffer = [];
    let done = 0;
    while (done < bytes.length) done += writeSync(this.fd, bytes, done);
  }

  close(): void {
    if (this.closed) return;
    this.flush();
    this.closed = true;
    closeSync(this.fd);
  }
}

/**
 * The flight recorder: keeps the header and the last `capacity` lines behind it. Once lines were lost it
 * begins with a full event, if there is one, so that a reader knows the state from there on.
 */
export class RingSink implements LineSink {
  private header: string | undefined;
  private readonly kept: string[] = [];
  private next = 0;
  private lost = false;

  constructor(readonly capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1) throw new RangeError('a ring holds at least one line');
  }

  write(line: string): void {
    if (this.header === undefined) {
      this.header = line;
      return;
    }
    this.lost ||= this.kept.length === this.capacity;
    this.kept[this.next] = line;
    this.next = (this.next + 1) % this.capacity;
  }

  flush(): void {
    /* Nothing is buffered outside of the process. */
  }

  /** The header, then the kept lines, oldest first. */
  lines(): readonly string[] {
    if (this.header === undefined) return [];
    if (!this.lost) return [this.header, ...this.kept];
    const ordered = [...this.kept.slice(this.next), ...this.kept.slice(0, this.next)];
    const full = ordered.findIndex((line) => line.includes('"above":'));
    return [this.header, ...ordered.slice(Math.max(full, 0))];
  }
}

/** Tracing off. */
export const OFF: LineSink = { write: () => undefined, flush: () => undefined };
