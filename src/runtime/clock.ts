/** Real time and real randomness behind the driver's ports. */
import { randomBytes, randomInt } from 'node:crypto';
import type { Clock, Random } from '../driver/ports.js';

/** Monotonic: wall time may jump, and no rule of the protocol may see it. */
export const realClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(ms, run) {
    if (ms <= 0) {
      // A timer of 0 ms fires a millisecond later; the next turn of the event loop is what is meant.
      const next = setImmediate(run);
      return () => clearImmediate(next);
    }
    // A process that had no time to run finds timers due before it reads its sockets: a replica would take
    // its leader for silent whose messages wait there. So they are read first.
    let read: NodeJS.Immediate | undefined;
    const timer = setTimeout(() => {
      read = setImmediate(run);
    }, ms);
    return () => {
      clearTimeout(timer);
      clearImmediate(read);
    };
  },
};

export const realRandom: Random = {
  integer: (min, max) => randomInt(min, max + 1),
};

export function randomHex(digits: number): string {
  return randomBytes(Math.ceil(digits / 2))
    .toString('hex')
    .slice(0, digits);
}
