/** The verdict on a history, and for a violation the shortest prefix that shows it, in words. */
import { prefixOf } from './history.js';
import type { History, Operation } from './history.js';
import type { Model } from './model.js';
import { search } from './search.js';
import type { Stuck } from './search.js';

export type HistoryVerdict =
  | { readonly kind: 'linearizable'; readonly steps: number }
  | { readonly kind: 'violation'; readonly steps: number; readonly report: string }
  /** The budget ran out: neither shown nor refuted, and never a pass. */
  | { readonly kind: 'undecided'; readonly steps: number; readonly report: string };

/** Steps of the model that a check may take: some seconds of work. */
export const DEFAULT_BUDGET = 1_000_000;

/** Decides whether the whole history is linearizable. Open operations may or may not have happened. */
export function checkHistory<S, I, O>(
  model: Model<S, I, O>,
  history: History<I, O>,
  budget = DEFAULT_BUDGET,
): HistoryVerdict {
  const found = search(model, history, budget);
  switch (found.kind) {
    case 'linearizable':
      return { kind: 'linearizable', steps: found.steps };
    case 'undecided':
      return {
        kind: 'undecided',
        steps: found.steps,
        report: `no verdict on ${history.length} operations within ${budget} steps`,
      };
    case 'violation':
      return { kind: 'violation', steps: found.steps, report: explain(model, history, found.stuck, budget) };
  }
}

/** Of a violation every longer prefix is one: the first answer that breaks it is found by halves. */
function explain<S, I, O>(
  model: Model<S, I, O>,
  history: History<I, O>,
  whole: Stuck<S>,
  budget: number,
): string {
  const ends = history.flatMap((op) => (op.end.kind === 'answered' ? [op.end.at] : [])).sort((a, b) => a - b);
  let stuck = whole;
  let shortest = history;
  let low = 0;
  let high = ends.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const prefix = prefixOf(history, ends[middle] as number);
    const found = search(model, prefix, budget);
    // A shorter prefix that needs more steps than allowed: the one in hand is short enough to read.
    if (found.kind === 'undecided') break;
    if (found.kind === 'linearizable') {
      low = middle + 1;
    } else {
      high = middle;
      shortest = prefix;
      stuck = found.stuck;
    }
  }
  return describe(model, shortest, stuck, ends[high] as number);
}

function describe<S, I, O>(
  model: Model<S, I, O>,
  history: History<I, O>,
  stuck: Stuck<S>,
  at: number,
): string {
  const show = (op: Operation<I, O>): string => {
    const output = op.end.kind === 'answered' ? op.end.output : undefined;
    const text = model.describe?.(op.input, output) ?? JSON.stringify({ input: op.input, output });
    const end = op.end.kind === 'answered' ? String(op.end.at) : 'open';
    return `client ${op.client} [${op.invoked}, ${end}] ${text}`;
  };
  const get = (i: number): Operation<I, O> => history[i] as Operation<I, O>;
  const breaking = history.find((op) => op.end.kind === 'answered' && op.end.at === at);
  const lines = ['not linearizable: no order of the operations explains all the answers up to this one:'];
  if (breaking !== undefined) lines.push(`  ${show(breaking)}`);
  if (history.some(({ end }) => end.kind === 'open' && end.later !== undefined))
    lines.push('and those that operations under way then were given later;');
  lines.push(`the longest order found places ${stuck.order.length} of ${history.length}; its last ones:`);
  lines.push(...stuck.order.slice(-3).map((i) => `  ${show(get(i))}`));
  lines.push('after which by time one of these comes next, and none fits:');
  for (const i of stuck.next) {
    lines.push(`  ${show(get(i))}`);
    const expected = model.expected?.(stuck.state, get(i).input);
    if (expected === undefined) continue;
    lines.push(`    would be ${model.describe?.(get(i).input, expected) ?? JSON.stringify(expected)}`);
  }
  return lines.join('\n');
}
