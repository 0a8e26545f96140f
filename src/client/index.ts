/** The typed client of a cell. */
export { Client } from './client.js';
export type { ClientOptions, Got, Txn } from './client.js';
export { FROM_KEY, prefixRange, toBytes } from './keys.js';
export type { Bytes, KeyRange } from './keys.js';
export type { Failure, Outcome } from './outcome.js';
