/** Linearizability of the whole store, by what the clients saw. */
import { checkHistory, kvModel, type History, type KvInput, type KvOutput } from '../../history/index.js';

/** Steps of the model that one seed may take. */
const BUDGET = 2_000_000;

/** The report on what is not linearizable, or null. A check that ran out of its budget says so, and fails. */
export function historyFault(history: History<KvInput, KvOutput>): string | null {
  const verdict = checkHistory(kvModel, history, BUDGET);
  return verdict.kind === 'linearizable' ? null : verdict.report;
}
