import { describe, expect, test } from 'vitest';
import { checkLease } from '../../src/runtime/options.js';
import { replicaOptions } from '../../src/driver/options.js';

const birth = { cell: 'c', members: ['r1.00000001'], alpha: 8, leaseMs: 400, driftPerMille: 10 };

describe('rule 7: a lease is shorter than the shortest election timeout', () => {
  test('and longer than a heartbeat: the defaults are', () => {
    expect(() => checkLease(birth, replicaOptions({}))).not.toThrow();
  });

  test('else the replica does not start, and is told which of the two can be set', () => {
    const short = replicaOptions({ electionMinMs: 400, electionMaxMs: 800 });
    expect(() => checkLease(birth, short)).toThrow(
      'electionMinMs is 400 and the lease 400 ms: leaseMs is in the birth record for good; ' +
        'set the option electionMinMs above it',
    );
    const slow = replicaOptions({ heartbeatMs: 400 });
    expect(() => checkLease(birth, slow)).toThrow('set the option heartbeatMs below it');
  });
});
