/** Operations of the workload as bytes of the command language, and results as clients see them. */
import * as E from 'fp-ts/lib/Either.js';
import type { Guard, KvInput, KvOutput, Pair, Result } from '../../history/index.js';
import { decodeResult, encodeOperation } from '../../store/codec.js';
import type {
  Guard as StoreGuard,
  KeyValue,
  Operation,
  RangeOperation,
  Relation,
  Success,
} from '../../store/operations.js';

const NO_BYTES = new Uint8Array(0);
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));
const text = (of: Uint8Array): string => Buffer.from(of).toString('latin1');

/** The command of an operation, as every client of this version would send it. */
export function commandOf(input: KvInput): Uint8Array {
  return encodeOperation(operationOf(input));
}

/** What the answer to that operation says. Throws where it is no answer of the store to it. */
export function outputOf(input: KvInput, answer: Uint8Array): KvOutput {
  const decoded = decodeResult(answer);
  if (E.isLeft(decoded)) throw new Error(`${decoded.left} to ${JSON.stringify(input)}`);
  if (decoded.right.kind === 'refused') throw new Error(`refused: ${decoded.right.error}`);
  return { revision: decoded.right.revision, result: resultOf(input, decoded.right) };
}

export function operationOf(input: KvInput): Operation {
  switch (input.kind) {
    case 'put': {
      const flags = { lease: 0n, ignoreValue: false, ignoreLease: false };
      const { key, value, wantPrevious: previous = false } = input;
      return { kind: 'put', key: bytes(key), value: bytes(value), previous, ...flags };
    }
    case 'delete':
      return { kind: 'delete', ...spanOf(input), previous: input.wantPrevious ?? false };
    case 'range':
      return rangeOf(spanOf(input), input.limit ?? 0);
    case 'txn':
      return {
        kind: 'multi',
        guards: input.guards.map(guardOf),
        success: input.then.map(operationOf),
        failure: input.otherwise.map(operationOf),
      };
  }
}

function spanOf({ key, end }: { readonly key: string; readonly end?: string }): {
  key: Uint8Array;
  rangeEnd: Uint8Array;
} {
  return { key: bytes(key), rangeEnd: end === undefined ? NO_BYTES : bytes(end) };
}

function rangeOf(span: Pick<RangeOperation, 'key' | 'rangeEnd'>, limit: number): RangeOperation {
  const bounds = { minModRevision: 0, maxModRevision: 0, minCreateRevision: 0, maxCreateRevision: 0 };
  const choices = { sortOrder: 'none', sortTarget: 'key', keysOnly: false, countOnly: false } as const;
  return { kind: 'range', ...span, limit, revision: 0, ...choices, ...bounds };
}

const RELATION: Readonly<Record<Guard['is'], Relation>> = {
  '=': 'equal',
  '!=': 'not equal',
  '>': 'greater',
  '<': 'less',
};
const TARGET = { version: 'version', created: 'create', modified: 'mod' } as const;

function guardOf(guard: Guard): StoreGuard {
  const base = { relation: RELATION[guard.is], ...spanOf(guard) };
  return guard.target === 'value'
    ? { ...base, target: 'value', operand: bytes(guard.than) }
    : { ...base, target: TARGET[guard.target], operand: guard.than };
}

function resultOf(input: KvInput, result: Success): Result {
  if (input.kind === 'put' && result.kind === 'put') {
    const previous = result.previous === null ? null : pairOf(result.previous);
    return { kind: 'put', ...(input.wantPrevious === true ? { previous } : {}) };
  }
  if (input.kind === 'delete' && result.kind === 'delete') {
    const previous = result.previous.map(pairOf);
    return { kind: 'delete', deleted: result.deleted, ...(input.wantPrevious === true ? { previous } : {}) };
  }
  if (input.kind === 'range' && result.kind === 'range') {
    const { count, more } = result;
    return { kind: 'range', pairs: result.pairs.map(pairOf), count, more };
  }
  if (input.kind === 'txn' && result.kind === 'multi') {
    const inputs = result.succeeded ? input.then : input.otherwise;
    if (inputs.length !== result.results.length) throw new Error('a part of a Txn was not answered');
    const results = result.results.map((each, i) => resultOf(inputs[i] ?? input, each));
    return { kind: 'txn', succeeded: result.succeeded, results };
  }
  throw new Error(`a result of ${result.kind} to ${input.kind}`);
}

function pairOf(pair: KeyValue): Pair {
  const { createRevision: created, modRevision: modified, version } = pair;
  return { key: text(pair.key), value: text(pair.value), created, modified, version };
}
