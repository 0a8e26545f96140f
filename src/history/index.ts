/** Is what the clients saw linearizable? The checker, and the key-value store as its sequential object. */
export { checkHistory, DEFAULT_BUDGET } from './check.js';
export type { HistoryVerdict } from './check.js';
export { Recorder, prefixOf } from './history.js';
export type { History, Operation } from './history.js';
export { execute, kvModel } from './kv-model.js';
export { EMPTY } from './kv-state.js';
export type { KvState } from './kv-state.js';
export type { Guard, KvInput, KvOutput, Pair, Result, Span } from './kv-types.js';
export type { Model } from './model.js';
export { Operations } from './operations.js';
export { pickFrom, type Pick } from './pick.js';
export { search } from './search.js';
