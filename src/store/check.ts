/**
 * Refusals that depend on the operation alone, not on the state: made before the log, and again at
 * execution.
 */
import { intervalOf } from './bytes.js';
import { KeySet } from './key-set.js';
import type { MultiOp, Operation, PutOperation, StoreError } from './operations.js';

/** Guards, operations if they hold, operations if not: at most so many each, less the depth of nesting. */
export const MAX_OPERATIONS = 128;

/** Why the operation is refused by every state, or null. The first fault counts, in etcd's order. */
export function checkOperation(operation: Operation): StoreError | null {
  const fault = checkFields(operation, MAX_OPERATIONS);
  if (fault !== null || operation.kind !== 'multi') return fault;
  for (const branch of [operation.success, operation.failure]) {
    if (writesOf(branch) === 'duplicate key') return 'duplicate key';
  }
  return null;
}

function checkFields(operation: Operation, room: number): StoreError | null {
  if (operation.kind === 'multi') return checkMulti(operation, room);
  if (operation.key.length === 0) return 'key is not provided';
  return operation.kind === 'put' ? checkPut(operation) : null;
}

function checkPut(put: PutOperation): StoreError | null {
  if (put.ignoreValue && put.value.length !== 0) return 'value is provided';
  if (put.ignoreLease && put.lease !== 0n) return 'lease is provided';
  return null;
}

function checkMulti(multi: MultiOp, room: number): StoreError | null {
  const widest = Math.max(multi.guards.length, multi.success.length, multi.failure.length);
  if (widest > room) return 'too many operations';
  if (multi.guards.some((guard) => guard.key.length === 0)) return 'key is not provided';
  for (const operation of [...multi.success, ...multi.failure]) {
    const fault = checkFields(operation, room - widest);
    if (fault !== null) return fault;
  }
  return null;
}

interface Writes {
  readonly puts: KeySet;
  readonly deletes: KeySet;
}

/**
 * The keys that a list of operations may put and delete. One key has one fate in a MultiOp: a key that is
 * put twice, or put and deleted by the same or an outer list, is refused. The two branches of a nested
 * MultiOp exclude each other, so they may both put a key.
 */
function writesOf(operations: readonly Operation[]): Writes | 'duplicate key' {
  const puts = new KeySet();
  const deletes = new KeySet();
  for (const operation of operations) {
    if (operation.kind === 'delete') deletes.add(intervalOf(operation.key, operation.rangeEnd));
  }
  for (const operation of operations) {
    if (operation.kind !== 'multi') continue;
    const branches = [writesOf(operation.success), writesOf(operation.failure)];
    const fresh = new KeySet();
    for (const branch of branches) {
      if (branch === 'duplicate key' || branch.puts.meets(puts) || branch.puts.meets(deletes)) {
        return 'duplicate key';
      }
      fresh.addAll(branch.puts);
    }
    puts.addAll(fresh);
    for (const branch of branches) if (branch !== 'duplicate key') deletes.addAll(branch.deletes);
  }
  for (const operation of operations) {
    if (operation.kind !== 'put') continue;
    if (puts.has(operation.key) || deletes.has(operation.key)) return 'duplicate key';
    puts.add(intervalOf(operation.key, new Uint8Array(0)));
  }
  return { puts, deletes };
}
