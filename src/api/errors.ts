/**
 * etcd's error texts and codes. Client libraries recognise errors by the text, so it is kept to the letter.
 */
import type { Unavailable } from '../driver/ports.js';
import type { StoreError } from '../store/operations.js';
import { CODE, GrpcError } from './grpc/status.js';
import { SESSION_TEXTS } from './session-names.js';

/** Longest request that is put into the log, in bytes. */
export const REQUEST_LIMIT = 1.5 * 1024 * 1024;
/** What a message may have on top of it before it is not even received. */
export const RECEIVE_OVERHEAD = 512 * 1024;

export function tooLarge(): GrpcError {
  return new GrpcError(CODE.invalidArgument, 'etcdserver: request is too large');
}

export function invalidSort(): GrpcError {
  return new GrpcError(CODE.invalidArgument, 'etcdserver: invalid sort option');
}

const REFUSALS: Readonly<Record<StoreError, readonly [code: number, text: string]>> = {
  'malformed operation': [CODE.internal, 'decree: malformed operation'],
  'key is not provided': [CODE.invalidArgument, 'etcdserver: key is not provided'],
  'key not found': [CODE.invalidArgument, 'etcdserver: key not found'],
  'value is provided': [CODE.invalidArgument, 'etcdserver: value is provided'],
  'lease is provided': [CODE.invalidArgument, 'etcdserver: lease is provided'],
  'lease not found': [CODE.notFound, 'etcdserver: requested lease not found'],
  'too many operations': [CODE.invalidArgument, 'etcdserver: too many operations in txn request'],
  'duplicate key': [CODE.invalidArgument, 'etcdserver: duplicate key given in txn request'],
  'revision is compacted': [CODE.outOfRange, 'etcdserver: mvcc: required revision has been compacted'],
  'revision is in the future': [CODE.outOfRange, 'etcdserver: mvcc: required revision is a future revision'],
  'answer is too large': [
    CODE.resourceExhausted,
    'decree: the answer is too large: ask for fewer keys (limit), or for keys without values (keys_only)',
  ],
  'unknown session': [CODE.notFound, SESSION_TEXTS.unknown],
  'below the window': [CODE.outOfRange, SESSION_TEXTS.below],
  'above the window': [CODE.failedPrecondition, SESSION_TEXTS.above],
};

export function refusal(error: StoreError): GrpcError {
  const [code, text] = REFUSALS[error];
  return new GrpcError(code, text);
}

/** A number is answered once, whatever is asked for under it afterwards. */
export function otherRequest(seq: number, kind: string): GrpcError {
  return new GrpcError(
    CODE.invalidArgument,
    `decree: number ${seq} of the session was another request, a ${kind}: take a new number`,
  );
}

const UNAVAILABLE: Readonly<Record<Unavailable, readonly [code: number, text: string]>> = {
  'no leader': [CODE.unavailable, 'etcdserver: no leader'],
  'leader changed': [CODE.unavailable, 'etcdserver: leader changed'],
  'timed out': [CODE.unavailable, 'etcdserver: request timed out'],
  'too many requests': [CODE.resourceExhausted, 'etcdserver: too many requests'],
  stopping: [CODE.unavailable, 'etcdserver: server stopped'],
};

export function unavailable(reason: Unavailable): GrpcError {
  const [code, text] = UNAVAILABLE[reason];
  return new GrpcError(code, text);
}
