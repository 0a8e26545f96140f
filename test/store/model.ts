/**
 * The store again, the naive way: a list of pairs copied at each operation, keys as hexadecimal text. Shares
 * only the types of operations and results with the store.
 */
import type {
  Guard,
  KeyValue,
  MultiOp,
  Operation,
  RangeOperation,
  Result,
  StoreError,
  Success,
} from '../../src/store/operations.js';

const hex = (raw: Uint8Array): string => Buffer.from(raw).toString('hex');
const none = new Uint8Array(0);

interface Model {
  readonly revision: number;
  readonly pairs: readonly KeyValue[];
}

export const EMPTY: Model = { revision: 1, pairs: [] };

/** One operation on the model: what it answers, and the model after it. */
export function execute(model: Model, operation: Operation): [Result, Model] {
  const refuse = (error: StoreError): [Result, Model] => [
    { kind: 'refused', revision: model.revision, error },
    model,
  ];
  const syntax = faultOf(operation) ?? duplicateIn(operation);
  if (syntax !== null) return refuse(syntax);
  const chosen = choose(model, operation);
  for (const leaf of leaves(chosen)) {
    const error = stateFault(model, leaf);
    if (error !== null) return refuse(error);
  }
  const run: Run = { before: model, pairs: [...model.pairs], changed: false };
  const result = perform(run, chosen);
  return [result, { revision: model.revision + (run.changed ? 1 : 0), pairs: run.pairs }];
}

interface Chosen {
  readonly operation: Operation;
  readonly succeeded: boolean;
  readonly parts: readonly Chosen[];
}

function choose(model: Model, operation: Operation): Chosen {
  if (operation.kind !== 'multi') return { operation, succeeded: true, parts: [] };
  const succeeded = operation.guards.every((guard) => test(model, guard));
  const branch = succeeded ? operation.success : operation.failure;
  return { operation, succeeded, parts: branch.map((part) => choose(model, part)) };
}

function leaves(chosen: Chosen): Operation[] {
  return chosen.operation.kind === 'multi' ? chosen.parts.flatMap(leaves) : [chosen.operation];
}

function within(key: Uint8Array, from: Uint8Array, end: Uint8Array): boolean {
  if (end.length === 0) return hex(key) === hex(from);
  return hex(key) >= hex(from) && (hex(end) === '00' || hex(key) < hex(end));
}

function test(model: Model, guard: Guard): boolean {
  const found = model.pairs.filter((pair) => within(pair.key, guard.key, guard.rangeEnd));
  if (found.length === 0) {
    if (guard.target === 'value') return false;
    found.push({ key: none, value: none, createRevision: 0, modRevision: 0, version: 0, lease: 0n });
  }
  return found.every((pair) => {
    const [left, right] = sides(pair, guard);
    if (guard.relation === 'equal') return left === right;
    if (guard.relation === 'not equal') return left !== right;
    return guard.relation === 'less' ? left < right : left > right;
  });
}

function sides(pair: KeyValue, guard: Guard): [number, number] | [string, string] | [bigint, bigint] {
  if (guard.target === 'version') return [pair.version, guard.operand];
  if (guard.target === 'create') return [pair.createRevision, guard.operand];
  if (guard.target === 'mod') return [pair.modRevision, guard.operand];
  if (guard.target === 'lease') return [pair.lease, guard.operand];
  return [hex(pair.value), guard.target === 'value' ? hex(guard.operand) : ''];
}

function faultOf(operation: Operation, room = 128): StoreError | null {
  if (operation.kind === 'multi') {
    const lists = [operation.guards, operation.success, operation.failure];
    const most = Math.max(...lists.map((list) => list.length));
    if (most > room) return 'too many operations';
    if (operation.guards.some((guard) => hex(guard.key) === '')) return 'key is not provided';
    const parts = [...operation.success, ...operation.failure];
    return parts.map((part) => faultOf(part, room - most)).find((fault) => fault !== null) ?? null;
  }
  if (hex(operation.key) === '') return 'key is not provided';
  if (operation.kind !== 'put') return null;
  if (operation.ignoreValue && hex(operation.value) !== '') return 'value is provided';
  return operation.ignoreLease && operation.lease !== 0n ? 'lease is provided' : null;
}

interface Fate {
  readonly puts: readonly Uint8Array[];
  readonly deletes: readonly (readonly [Uint8Array, Uint8Array])[];
}

function duplicateIn(operation: Operation): StoreError | null {
  if (operation.kind !== 'multi') return null;
  return fate(operation.success) === null || fate(operation.failure) === null ? 'duplicate key' : null;
}

/** Null where a key has two fates. */
export function fate(operations: readonly Operation[]): Fate | null {
  const puts: Uint8Array[] = [];
  const deletes: [Uint8Array, Uint8Array][] = [];
  for (const o of operations) if (o.kind === 'delete') deletes.push([o.key, o.rangeEnd]);
  const clashes = (key: Uint8Array): boolean =>
    puts.some((other) => hex(other) === hex(key)) || deletes.some(([from, end]) => within(key, from, end));
  for (const o of operations.filter((o): o is MultiOp => o.kind === 'multi')) {
    const [yes, no] = [fate(o.success), fate(o.failure)];
    if (yes === null || no === null || yes.puts.some(clashes) || no.puts.some(clashes)) return null;
    puts.push(...yes.puts, ...no.puts);
    for (const [from, end] of [...yes.deletes, ...no.deletes]) deletes.push([from, end]);
  }
  for (const o of operations) {
    if (o.kind !== 'put') continue;
    if (clashes(o.key)) return null;
    puts.push(o.key);
  }
  return { puts, deletes };
}

function stateFault(model: Model, operation: Operation): StoreError | null {
  if (operation.kind === 'put') {
    const exists = model.pairs.some((pair) => hex(pair.key) === hex(operation.key));
    if ((operation.ignoreValue || operation.ignoreLease) && !exists) return 'key not found';
    return operation.lease === 0n ? null : 'lease not found';
  }
  if (operation.kind !== 'range' || operation.revision <= 0) return null;
  if (operation.revision > model.revision) return 'revision is in the future';
  return operation.revision === model.revision ? null : 'revision is compacted';
}

interface Run {
  readonly before: Model;
  pairs: KeyValue[];
  changed: boolean;
}

function perform(run: Run, chosen: Chosen): Success {
  const { operation } = chosen;
  const seen = (): number => run.before.revision + (run.changed ? 1 : 0);
  switch (operation.kind) {
    case 'multi': {
      const results = chosen.parts.map((part) => perform(run, part));
      return { kind: 'multi', revision: seen(), succeeded: chosen.succeeded, results };
    }
    case 'range': {
      const pairs = operation.revision > 0 ? run.before.pairs : run.pairs;
      return { ...select(pairs, operation), revision: seen() };
    }
    case 'delete': {
      const doomed = run.pairs.filter((pair) => within(pair.key, operation.key, operation.rangeEnd));
      run.pairs = run.pairs.filter((pair) => !doomed.includes(pair));
      run.changed ||= doomed.length > 0;
      const previous = operation.previous ? doomed : [];
      return { kind: 'delete', revision: seen(), deleted: doomed.length, previous };
    }
    case 'put': {
      const at = run.before.revision + 1;
      const old = run.pairs.find((pair) => hex(pair.key) === hex(operation.key));
      const value = operation.ignoreValue ? (old?.value ?? none) : operation.value;
      const born = old?.createRevision ?? at;
      const version = (old?.version ?? 0) + 1;
      const pair = { key: operation.key, value, createRevision: born, modRevision: at, version, lease: 0n };
      run.pairs = [...run.pairs.filter((other) => other !== old), pair];
      run.pairs.sort((a, b) => (hex(a.key) < hex(b.key) ? -1 : 1));
      run.changed = true;
      return { kind: 'put', revision: at, previous: operation.previous ? (old ?? null) : null };
    }
  }
}

function select(pairs: readonly KeyValue[], range: RangeOperation): Success & { kind: 'range' } {
  const inRange = pairs.filter((pair) => within(pair.key, range.key, range.rangeEnd));
  const column = (pair: KeyValue): string | number => {
    if (range.sortTarget === 'version') return pair.version;
    if (range.sortTarget === 'create') return pair.createRevision;
    if (range.sortTarget === 'mod') return pair.modRevision;
    return range.sortTarget === 'value' ? hex(pair.value) : hex(pair.key);
  };
  const sign = range.sortOrder === 'descend' ? -1 : 1;
  const kept = range.countOnly
    ? []
    : inRange
        .filter((p) => range.minModRevision === 0 || p.modRevision >= range.minModRevision)
        .filter((p) => range.maxModRevision === 0 || p.modRevision <= range.maxModRevision)
        .filter((p) => range.minCreateRevision === 0 || p.createRevision >= range.minCreateRevision)
        .filter((p) => range.maxCreateRevision === 0 || p.createRevision <= range.maxCreateRevision)
        .sort((a, b) => (column(a) === column(b) ? 0 : column(a) < column(b) ? -sign : sign));
  const cut = range.limit > 0 ? kept.slice(0, range.limit) : kept;
  const shown = range.keysOnly ? cut.map((pair) => ({ ...pair, value: none })) : cut;
  const more = kept.length > cut.length;
  return { kind: 'range', revision: 0, pairs: shown, more, count: inRange.length };
}
