/** The quick tier of spec/ in TLC: the same set, by the same function, as `decree check`. Takes minutes. */
import { expect, it } from 'vitest';
import { checkModels } from '../../conformance/models/check.js';
import { readModels } from '../../conformance/models/codec.js';
import { describeWithTlc } from './with-tlc.js';

describeWithTlc('the models of spec/', (tlc) => {
  it('have the verdicts, states and depths of spec/models', { timeout: 900_000 }, async () => {
    const report = await checkModels({ tlc, workers: 2 });
    const differences = report.results.flatMap((result) =>
      result.differences.map((difference) => `${result.model.name}: ${difference}`),
    );
    expect(differences).toEqual([]);
    expect(report.results.map((result) => result.model.name)).toEqual(
      readModels().flatMap((model) => (model.tier === 'full' ? [] : model.name)),
    );
    expect(report.ok).toBe(true);
  });
});
