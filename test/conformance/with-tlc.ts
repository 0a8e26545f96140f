/** Tests that need TLC say so in one line when it is missing, and fail where CI=true. */
import { beforeAll, describe } from 'vitest';
import { findTlc, type Tlc } from '../../conformance/tlc/find.js';

const lookup = findTlc();
const missing = 'missing' in lookup ? lookup.missing : undefined;
const mustRun = process.env['CI'] === 'true';

/** A group of tests that run TLC; skipped, loudly, where it cannot be had. */
export function describeWithTlc(name: string, body: (tlc: Tlc) => void): void {
  if ('jar' in lookup) {
    describe(name, () => body(lookup));
    return;
  }
  if (!mustRun) process.stderr.write(`SKIPPED ${name}: ${missing ?? ''}\n`);
  describe.skipIf(!mustRun)(name, () => {
    beforeAll(() => {
      throw new Error(missing);
    });
    body({ java: 'java', jar: 'none' });
  });
}
