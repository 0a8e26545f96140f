/** What every Clock must do. Run by test/sim and test/runtime. No test asserts that something is fast. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/driver/ports.js';

export interface ClockHarness {
  readonly clock: Clock;
  until(condition: () => boolean): Promise<void>;
}

export const clockContract = (name: string, make: () => ClockHarness): void => {
  describe(`Clock contract: ${name}`, () => {
    let harness: ClockHarness;
    let log: string[];
    const note = (word: string) => (): void => {
      log.push(word);
    };
    beforeEach(() => {
      harness = make();
      log = [];
    });

    it('never goes back', async () => {
      const times = [harness.clock.now()];
      const tick = (): void => {
        times.push(harness.clock.now());
        if (times.length < 10) harness.clock.after(1, tick);
      };
      harness.clock.after(1, tick);
      await harness.until(() => times.length >= 10);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    });

    it('runs a callback once, not before its time', async () => {
      const start = harness.clock.now();
      let at = -1;
      harness.clock.after(20, () => {
        log.push('run');
        at = harness.clock.now();
      });
      harness.clock.after(40, note('later'));
      await harness.until(() => log.includes('later'));
      expect(log).toEqual(['run', 'later']);
      // Timers of a real clock count whole milliseconds.
      expect(at - start).toBeGreaterThanOrEqual(19);
    });

    it('runs nothing inside the call, not even with 0 ms', async () => {
      harness.clock.after(0, note('soon'));
      log.push('returned');
      await harness.until(() => log.length === 2);
      expect(log).toEqual(['returned', 'soon']);
    });

    it('runs callbacks of 0 ms in the order in which they were asked for, before a later one', async () => {
      harness.clock.after(30, note('late'));
      harness.clock.after(0, note('first'));
      harness.clock.after(0, note('second'));
      await harness.until(() => log.includes('late'));
      expect(log).toEqual(['first', 'second', 'late']);
    });

    it('runs no cancelled callback, and cancelling twice or too late does nothing', async () => {
      const cancel = harness.clock.after(5, note('cancelled'));
      const cancelSoon = harness.clock.after(0, note('cancelled soon'));
      const late = harness.clock.after(0, note('run'));
      cancel();
      cancelSoon();
      cancel();
      harness.clock.after(20, note('end'));
      await harness.until(() => log.includes('end'));
      late();
      expect(log).toEqual(['run', 'end']);
    });
  });
};
