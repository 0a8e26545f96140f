/**
 * The key-value store as one sequential object: put, range, delete and Txn over revisions. The first revision
 * is 1; each operation that changes a key adds one. Written from the client API alone, and apart from
 * src/store, so that a mistake there does not hide itself.
 */
import type { Model } from './model.js';
import { EMPTY, hashState, pairAt, pairsIn, samePair, sameState, without, withPut } from './kv-state.js';
import type { KvState } from './kv-state.js';
import type { Delete, Guard, KvInput, KvOutput, Pair, Put, Range, Result, Txn } from './kv-types.js';
import { describeKv } from './kv-text.js';

export const kvModel: Model<KvState, KvInput, KvOutput> = {
  init: () => EMPTY,
  step(state, input, output) {
    const { state: next, output: right } = execute(state, input);
    return output === undefined || sameOutput(output, right) ? next : null;
  },
  hash: hashState,
  equal: sameState,
  quiet: (input, output) => (output === undefined ? !mayChange(input) : !changed(output.result)),
  versions: { of: (state) => state.revision, claimed: (_, output) => output.revision },
  evidence,
  expected: (state, input) => execute(state, input).output,
  describe: describeKv,
};

/** Executes the operation as one step of the store. */
export function execute(state: KvState, input: KvInput): { state: KvState; output: KvOutput } {
  const run = apply(state, input, state.revision + 1);
  const next = changed(run.result) ? { ...run.state, revision: state.revision + 1 } : state;
  return { state: next, output: { revision: next.revision, result: run.result } };
}

interface Run {
  readonly state: KvState;
  readonly result: Result;
}

/** Every change of one step bears the same revision. */
function apply(state: KvState, input: KvInput, revision: number): Run {
  switch (input.kind) {
    case 'put':
      return put(state, input, revision);
    case 'range':
      return { state, result: range(state, input) };
    case 'delete':
      return remove(state, input);
    case 'txn':
      return txn(state, input, revision);
  }
}

function put(state: KvState, input: Put, revision: number): Run {
  const previous = input.wantPrevious === true ? { previous: pairAt(state, input.key) } : {};
  return { state: withPut(state, input.key, input.value, revision), result: { kind: 'put', ...previous } };
}

function range(state: KvState, input: Range): Result {
  const all = pairsIn(state, input);
  const limit = input.limit === undefined || input.limit === 0 ? all.length : input.limit;
  return { kind: 'range', pairs: all.slice(0, limit), count: all.length, more: all.length > limit };
}

function remove(state: KvState, input: Delete): Run {
  const gone = pairsIn(state, input);
  const previous = input.wantPrevious === true ? { previous: gone } : {};
  return { state: without(state, input), result: { kind: 'delete', deleted: gone.length, ...previous } };
}

function txn(state: KvState, input: Txn, revision: number): Run {
  const succeeded = input.guards.every((guard) => holds(state, guard));
  const results: Result[] = [];
  let next = state;
  for (const operation of succeeded ? input.then : input.otherwise) {
    const run = apply(next, operation, revision);
    next = run.state;
    results.push(run.result);
  }
  return { state: next, result: { kind: 'txn', succeeded, results } };
}

/** An absent key has version and revisions 0; its value equals nothing and differs from nothing. */
function holds(state: KvState, guard: Guard): boolean {
  const pairs = pairsIn(state, guard);
  if (pairs.length > 0) return pairs.every((pair) => compares(guard, pair));
  if (guard.target === 'value') return false;
  return compares(guard, { key: guard.key, value: '', created: 0, modified: 0, version: 0 });
}

function compares(guard: Guard, pair: Pair): boolean {
  const found = pair[guard.target];
  switch (guard.is) {
    case '=':
      return found === guard.than;
    case '!=':
      return found !== guard.than;
    case '>':
      return found > guard.than;
    case '<':
      return found < guard.than;
  }
}

/** Whether an answer says that a key was changed. */
function changed(result: Result): boolean {
  switch (result.kind) {
    case 'put':
      return true;
    case 'range':
      return false;
    case 'delete':
      return result.deleted > 0;
    case 'txn':
      return result.results.some(changed);
  }
}

function mayChange(input: KvInput): boolean {
  if (input.kind !== 'txn') return input.kind !== 'range';
  return [...input.then, ...input.otherwise].some(mayChange);
}

export function sameOutput(a: KvOutput, b: KvOutput): boolean {
  return a.revision === b.revision && sameResult(a.result, b.result);
}

function sameResult(a: Result, b: Result | undefined): boolean {
  if (b === undefined) return false;
  switch (a.kind) {
    case 'put':
      return b.kind === 'put' && samePrevious(a.previous, b.previous);
    case 'range':
      return b.kind === 'range' && a.count === b.count && a.more === b.more && samePairs(a.pairs, b.pairs);
    case 'delete':
      return b.kind === 'delete' && a.deleted === b.deleted && samePairs(a.previous ?? [], b.previous ?? []);
    case 'txn':
      return (
        b.kind === 'txn' &&
        a.succeeded === b.succeeded &&
        a.results.length === b.results.length &&
        a.results.every((result, i) => sameResult(result, b.results[i]))
      );
  }
}

function samePrevious(a: Pair | null | undefined, b: Pair | null | undefined): boolean {
  if (a === undefined || a === null) return a === b;
  return samePair(a, b);
}

function samePairs(a: readonly Pair[], b: readonly Pair[]): boolean {
  return a.length === b.length && a.every((pair, i) => samePair(pair, b[i]));
}

/**
 * A pair that an answer shows was written by the operation that made its revision: what did not put that
 * value under that key cannot have made it.
 */
function evidence(
  answers: Iterable<readonly [KvInput, KvOutput]>,
): (version: number, input: KvInput) => boolean {
  const seen = new Map<number, Pair[]>();
  for (const [, output] of answers) {
    for (const pair of pairsOf(output.result)) {
      const known = seen.get(pair.modified) ?? [];
      if (known.some((other) => other.key === pair.key && other.value === pair.value)) continue;
      seen.set(pair.modified, [...known, pair]);
    }
  }
  return (version, input) => (seen.get(version) ?? []).every((pair) => puts(input, pair));
}

function pairsOf(result: Result): readonly Pair[] {
  switch (result.kind) {
    case 'put':
      return result.previous === undefined || result.previous === null ? [] : [result.previous];
    case 'range':
      return result.pairs;
    case 'delete':
      return result.previous ?? [];
    case 'txn':
      return result.results.flatMap(pairsOf);
  }
}

function puts(input: KvInput, pair: Pair): boolean {
  if (input.kind === 'txn') return [...input.then, ...input.otherwise].some((one) => puts(one, pair));
  return input.kind === 'put' && input.key === pair.key && input.value === pair.value;
}
