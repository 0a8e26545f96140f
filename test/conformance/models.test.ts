/** Every model of spec/ in TLC: the same set, by the same function, as `decree check`. Takes minutes. */
import { describe, expect, it } from 'vitest';
import { checkModels } from '../../conformance/models/check.js';
import { readModels } from '../../conformance/models/codec.js';
import { findTlc } from '../../conformance/tlc/find.js';

const tlc = findTlc();
const missing = 'missing' in tlc ? tlc.missing : undefined;
if (missing !== undefined && process.env['CI'] !== 'true') {
  process.stderr.write(`\n*** SKIPPED: the models of spec/. ${missing}.\n`);
}

describe.skipIf(missing !== undefined && process.env['CI'] !== 'true')('the models of spec/', () => {
  it('have the verdicts, states and depths of spec/models.json', { timeout: 900_000 }, async () => {
    if ('missing' in tlc) throw new Error(`${tlc.missing}; with CI=true that is a failure`);
    const report = await checkModels({ tlc, workers: 2 });
    const differences = report.results.flatMap((result) =>
      result.differences.map((difference) => `${result.model.name}: ${difference}`),
    );
    expect(differences).toEqual([]);
    expect(report.results.map((result) => result.model.name)).toEqual(
      readModels().map((model) => model.name),
    );
    expect(report.ok).toBe(true);
  });
});
