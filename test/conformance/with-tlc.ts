/**
 * Tests that need TLC are skipped where it is missing (test/setup/needs.ts says so), and fail where CI=true.
 */
import { beforeAll, describe } from 'vitest';
import { findTlc, type Tlc } from '../../conformance/tlc/find.js';

const lookup = findTlc();
const missing = 'missing' in lookup ? lookup.missing : undefined;
const mustRun = process.env['CI'] === 'true';

/** A group of tests that run TLC. */
export function describeWithTlc(name: string, body: (tlc: Tlc) => void): void {
  if ('jar' in lookup) {
    describe(name, () => body(lookup));
    return;
  }
  describe.skipIf(!mustRun)(name, () => {
    beforeAll(() => {
      throw new Error(missing);
    });
    body({ java: 'java', jar: 'none' });
  });
}
