/** Options from outside: defaults, and errors that name the field. */
import { describe, expect, it } from 'vitest';
import { DEFAULT_OPTIONS, replicaOptions } from '../../src/driver/options.js';
import { DecreeError } from '../../src/errors.js';

describe('replicaOptions', () => {
  it('has a default for each option', () => {
    expect(replicaOptions({})).toEqual(DEFAULT_OPTIONS);
    expect(replicaOptions({ heartbeatMs: 20, leaderWaitMs: undefined })).toEqual({
      ...DEFAULT_OPTIONS,
      heartbeatMs: 20,
    });
  });

  it.each([
    [{ heartbeatMs: 0 }, 'option heartbeatMs: must be a whole number from 1 to 3600000, not 0'],
    [{ batchBytes: '1' }, 'option batchBytes: must be a whole number from 1 to 16777216, not "1"'],
    [{ pendingLimit: 1.5 }, 'option pendingLimit: must be'],
    [{ electionMinMs: NaN }, 'option electionMinMs: must be'],
    [
      { electionMinMs: 900, electionMaxMs: 800 },
      'option electionMaxMs: must be at least electionMinMs (900)',
    ],
    [{ heartbeatMs: 500 }, 'option electionMinMs: must be above heartbeatMs (500)'],
    [{ heartbeat: 5 }, 'option heartbeat: there is no such option'],
    [null, 'option '],
    ['fast', 'option '],
  ])('refuses %j and names the field', (given, message) => {
    expect(() => replicaOptions(given)).toThrow(message);
    expect(() => replicaOptions(given)).toThrow(DecreeError);
  });
});
