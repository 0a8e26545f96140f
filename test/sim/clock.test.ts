/** What the simulated clock is asked to do that real clocks do by themselves. */
import { describe, expect, it } from 'vitest';
import { SimClock } from '../../src/sim/clock.js';

describe('SimClock', () => {
  it('says that time stands still where events never end', () => {
    const clock = new SimClock();
    const again = (): void => void clock.after(0, again);
    again();
    expect(() => clock.run(1)).toThrow(/time stands still at 0 ms/);
  });
});

describe('ProcessClock', () => {
  it('moves time with every timer, also where drift leaves a deadline a fraction away', () => {
    const clock = new SimClock();
    const drifting = clock.process({ rate: 1.01, skewMs: -2_000 });
    clock.run(65_600);
    // The least that this clock can tell, and less than moves the time of the simulation.
    const due = drifting.now() + 2 ** -37;
    let tries = 0;
    const sweep = (): void => {
      tries += 1;
      if (drifting.now() < due) drifting.after(due - drifting.now(), sweep);
    };
    sweep();
    clock.run(1);
    expect(tries).toBeGreaterThan(1);
    expect(drifting.now()).toBeGreaterThanOrEqual(due);
  });

  it('holds what comes due while the process is stopped, in order, and drops it when it has ended', () => {
    const clock = new SimClock();
    const process = clock.process();
    const seen: string[] = [];
    process.after(1, () => seen.push('first'));
    process.after(2, () => seen.push('second'));
    process.stop();
    clock.run(10);
    expect(seen).toEqual([]);
    process.goOn();
    clock.run(1);
    expect(seen).toEqual(['first', 'second']);
    process.after(1, () => seen.push('third'));
    process.end();
    clock.run(10);
    expect(seen).toEqual(['first', 'second']);
  });
});
