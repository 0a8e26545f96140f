/** Trace lines in memory. What was flushed outlives the process, as bytes handed to the system do. */
import type { TraceSink } from '../driver/ports.js';

export class SimTraceSink implements TraceSink {
  private readonly flushed: string[] = [];
  private buffered: string[] = [];
  /** Makes the next flush throw this error. */
  failNextFlush: Error | null = null;

  write(line: string): void {
    this.buffered.push(line);
  }

  flush(): void {
    const error = this.failNextFlush;
    this.failNextFlush = null;
    if (error !== null) throw error;
    this.flushed.push(...this.buffered);
    this.buffered = [];
  }

  /** The process is gone: lines that were not handed over are lost. */
  crash(): void {
    this.buffered = [];
  }

  /** What a reader of the file finds. */
  lines(): readonly string[] {
    return this.flushed;
  }

  text(): string {
    return this.flushed.map((line) => `${line}\n`).join('');
  }
}
