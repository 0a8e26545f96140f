/** The epoch of requests that are put to a replica which recovered marks, perhaps from a snapshot. */
import { expect, it } from 'vitest';
import { replicaOptions } from '../../src/driver/options.js';
import { Requests } from '../../src/driver/requests.js';
import { SimClock } from '../../src/sim/clock.js';
import { A, B, ballot } from '../contract/samples.js';

it('is at a restart that of what was recovered', () => {
  const clock = new SimClock();
  const given = { member: A, start: 3, clock, options: replicaOptions({}), forward: () => true };
  const requests = new Requests({ ...given, reign: () => ({ epoch: 7, marked: ballot(9, B) }) });
  requests.submit(Uint8Array.of(1), () => undefined);
  expect(requests.hasWaiting()).toBe(true);
  expect(requests.batch()).toMatchObject({ epoch: 7 });
});
