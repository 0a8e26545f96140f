/** The workload's operations over the client port, by way of the typed client. */
import type {
  Compare,
  DeleteRangeResponse,
  KeyValue,
  PutResponse,
  RangeResponse,
  RequestOp,
  ResponseHeader,
  ResponseOp,
  Sparse,
  TxnResponse,
} from '../api/proto/messages.js';
import { SessionClient } from '../client/index.js';
import type { Client, Outcome, SessionCounts } from '../client/index.js';
import type { Guard, KvInput, KvOutput, Pair, Result } from '../history/index.js';
import type { Attempt, KvPort } from './port.js';

/** How long one operation may take with all its attempts, in milliseconds. */
const TIMEOUT_MS = 4000;

/** For one attempt before another replica is asked, in milliseconds. */
const ATTEMPT_MS = 800;

export interface KvPortOptions {
  /** How long one operation may take with all its attempts, in milliseconds. */
  readonly timeoutMs?: number;
  /** Whether requests are put to who leads, not to the first endpoint. */
  readonly findLeader?: boolean;
  /** Whether to throw away an answer that came, so that the request is sent again. */
  readonly loseAnswer?: () => boolean;
}

/** A client that begins at the first endpoint; each is `host:port`. */
export function kvPort(endpoints: readonly string[], options: KvPortOptions = {}): SessionPort {
  const client = new SessionClient({
    ...{ endpoints, timeoutMs: TIMEOUT_MS, attemptMs: ATTEMPT_MS },
    ...options,
  });
  return {
    counts: () => client.counts,
    run: async (input) => {
      try {
        return await ask(client, input);
      } catch (error) {
        return { kind: 'unknown', why: error instanceof Error ? error.message : String(error) };
      }
    },
    close: () => client.close(),
  };
}

function ask(client: Client, input: KvInput): Promise<Attempt> {
  switch (input.kind) {
    case 'range':
      return attempt(client.range(rangeRequest(input)), input, rangeResult);
    case 'put': {
      const options = { prevKv: input.wantPrevious === true };
      return attempt(client.put(bytes(input.key), bytes(input.value), options), input, putResult);
    }
    case 'delete': {
      const rangeEnd = input.end === undefined ? {} : { rangeEnd: bytes(input.end) };
      const options = { ...rangeEnd, prevKv: input.wantPrevious === true };
      return attempt(client.del(bytes(input.key), options), input, deleteResult);
    }
    case 'txn':
      return attempt(client.txn(txnRequest(input)), input, txnResult);
  }
}

async function attempt<I extends KvInput, T extends { readonly header: ResponseHeader | null }>(
  asked: Promise<Outcome<T>>,
  input: I,
  read: (answer: T, input: I) => Result,
): Promise<Attempt> {
  const outcome = await asked;
  if (outcome.kind === 'ok') {
    const { value } = outcome;
    const output: KvOutput = { revision: Number(value.header?.revision ?? -1n), result: read(value, input) };
    return { kind: 'answered', output };
  }
  const { cause, message } = outcome.error;
  const why = cause === 'status' ? message : cause;
  return { kind: outcome.kind === 'failed' ? 'refused' : 'unknown', why };
}

/** A client whose writes are executed once however often they are sent. */
export interface SessionPort extends KvPort {
  readonly counts: () => Readonly<SessionCounts>;
}

type Of<K extends KvInput['kind']> = Extract<KvInput, { readonly kind: K }>;

function rangeRequest(input: Of<'range'>): { key: Uint8Array; rangeEnd?: Uint8Array; limit: bigint } {
  const rangeEnd = input.end === undefined ? {} : { rangeEnd: bytes(input.end) };
  return { key: bytes(input.key), ...rangeEnd, limit: BigInt(input.limit ?? 0) };
}

function txnRequest(input: Of<'txn'>): {
  compare: Sparse<Compare>[];
  success: Sparse<RequestOp>[];
  failure: Sparse<RequestOp>[];
} {
  return {
    compare: input.guards.map(compare),
    success: input.then.map(requestOp),
    failure: input.otherwise.map(requestOp),
  };
}

function requestOp(input: KvInput): Sparse<RequestOp> {
  switch (input.kind) {
    case 'range':
      return { requestRange: rangeRequest(input) };
    case 'put': {
      const { key, value, wantPrevious } = input;
      return { requestPut: { key: bytes(key), value: bytes(value), prevKv: wantPrevious === true } };
    }
    case 'delete': {
      const rangeEnd = input.end === undefined ? {} : { rangeEnd: bytes(input.end) };
      const prevKv = input.wantPrevious === true;
      return { requestDeleteRange: { key: bytes(input.key), ...rangeEnd, prevKv } };
    }
    case 'txn':
      return { requestTxn: txnRequest(input) };
  }
}

/** The numbers of etcd's enumerations. */
const RESULTS = { '=': 0, '>': 1, '<': 2, '!=': 3 } as const;
const TARGETS = { version: 0, created: 1, modified: 2, value: 3 } as const;

function compare(guard: Guard): Sparse<Compare> {
  const rangeEnd = guard.end === undefined ? {} : { rangeEnd: bytes(guard.end) };
  const { is, target, key, than } = guard;
  const base = { result: RESULTS[is], target: TARGETS[target], key: bytes(key), ...rangeEnd };
  if (typeof than === 'string') return { ...base, value: bytes(than) };
  const operand = BigInt(than);
  if (target === 'version') return { ...base, version: operand };
  return target === 'created' ? { ...base, createRevision: operand } : { ...base, modRevision: operand };
}

function rangeResult(answer: RangeResponse): Result {
  return { kind: 'range', pairs: answer.kvs.map(pair), count: Number(answer.count), more: answer.more };
}

function putResult(answer: PutResponse, input: Of<'put'>): Result {
  if (input.wantPrevious !== true) return { kind: 'put' };
  return { kind: 'put', previous: answer.prevKv === null ? null : pair(answer.prevKv) };
}

function deleteResult(answer: DeleteRangeResponse, input: Of<'delete'>): Result {
  const previous = input.wantPrevious === true ? { previous: answer.prevKvs.map(pair) } : {};
  return { kind: 'delete', deleted: Number(answer.deleted), ...previous };
}

function txnResult(answer: TxnResponse, input: Of<'txn'>): Result {
  const inputs = answer.succeeded ? input.then : input.otherwise;
  if (inputs.length !== answer.responses.length) {
    throw new Error(`a Txn of ${inputs.length} operations was answered with ${answer.responses.length}`);
  }
  const results = answer.responses.map((response, i) => partResult(response, inputs[i] as KvInput));
  return { kind: 'txn', succeeded: answer.succeeded, results };
}

function partResult(response: ResponseOp, input: KvInput): Result {
  const { responseRange, responsePut, responseDeleteRange, responseTxn } = response;
  if (input.kind === 'range' && responseRange !== undefined) return rangeResult(responseRange);
  if (input.kind === 'put' && responsePut !== undefined) return putResult(responsePut, input);
  if (input.kind === 'delete' && responseDeleteRange !== undefined) {
    return deleteResult(responseDeleteRange, input);
  }
  if (input.kind === 'txn' && responseTxn !== undefined) return txnResult(responseTxn, input);
  throw new Error(`a part of a Txn that is a ${input.kind} was answered as another operation`);
}

function pair(answer: KeyValue): Pair {
  return {
    key: text(answer.key),
    value: text(answer.value),
    created: Number(answer.createRevision),
    modified: Number(answer.modRevision),
    version: Number(answer.version),
  };
}

/** One character per byte, so that strings compare as bytes do. */
function bytes(characters: string): Uint8Array {
  return Buffer.from(characters, 'latin1');
}

function text(of: Uint8Array): string {
  return Buffer.from(of).toString('latin1');
}
