/** The typed client of a cell. */
export { Client } from './client.js';
export type { ClientOptions, Got, Txn } from './client.js';
export type { Swapped } from './cas.js';
export type { MultiOp, MultiOpGuard, MultiOpPart } from './multi-op.js';
export { SessionClient } from './session-client.js';
export type { SessionClientOptions } from './session-client.js';
export type { SessionCounts } from './session.js';
export { FROM_KEY, prefixRange, toBytes } from './keys.js';
export type { Bytes, KeyRange } from './keys.js';
export type { Failure, Outcome } from './outcome.js';
