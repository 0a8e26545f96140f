/**
 * What every TraceSink that keeps whole files must do. Run by test/sim and by the tests of the file writer.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TraceSink } from '../../src/driver/ports.js';

export interface TraceSinkHarness {
  /** The sink of a process that just started. */
  readonly sink: TraceSink;
  /** Ends the process without warning. */
  crash(): void | Promise<void>;
  /** What another process reads from the file now: its complete lines. */
  lines(): readonly string[];
  close(): void | Promise<void>;
}

export const traceSinkContract = (
  name: string,
  make: () => TraceSinkHarness | Promise<TraceSinkHarness>,
): void => {
  describe(`TraceSink contract: ${name}`, () => {
    let harness: TraceSinkHarness;
    beforeEach(async () => {
      harness = await make();
    });
    afterEach(() => harness.close());

    it('shows a flushed line to other processes at once, in order and unchanged', () => {
      harness.sink.write('{"a":1}');
      harness.sink.write('{"b":"grüße"}');
      harness.sink.flush();
      expect(harness.lines()).toEqual(['{"a":1}', '{"b":"grüße"}']);
      harness.sink.write('{"c":3}');
      harness.sink.flush();
      expect(harness.lines()).toEqual(['{"a":1}', '{"b":"grüße"}', '{"c":3}']);
    });

    it('keeps flushed lines when the process is killed; loses a suffix of the others at most', async () => {
      const written = Array.from({ length: 50 }, (_, n) => `{"n":${n}}`);
      for (const line of written.slice(0, 30)) harness.sink.write(line);
      harness.sink.flush();
      for (const line of written.slice(30)) harness.sink.write(line);
      await harness.crash();
      const kept = harness.lines();
      expect(kept.length).toBeGreaterThanOrEqual(30);
      expect(kept).toEqual(written.slice(0, kept.length));
    });

    it('takes many and long lines', () => {
      const written = Array.from({ length: 2000 }, (_, n) => `{"n":${n},"pad":"${'x'.repeat(n % 997)}"}`);
      for (const line of written) harness.sink.write(line);
      harness.sink.flush();
      expect(harness.lines()).toEqual(written);
    });

    it('flushes nothing without harm', () => {
      harness.sink.flush();
      harness.sink.flush();
      expect(harness.lines()).toEqual([]);
    });
  });
};
