/** A history as a file: one operation a line, so that a verdict can be had again. */
import { readFileSync, writeFileSync } from 'node:fs';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { DecreeError } from '../errors.js';
import type { History, KvInput, KvOutput, Operation } from '../history/index.js';

const anInput = new t.Type<KvInput>(
  'KvInput',
  (u): u is KvInput => hasKind(u, ['put', 'range', 'delete', 'txn']),
  (u, c) => (hasKind(u, ['put', 'range', 'delete', 'txn']) ? t.success(u as KvInput) : t.failure(u, c)),
  t.identity,
);

const result = new t.Type<KvOutput['result']>(
  'Result',
  (u): u is KvOutput['result'] => hasKind(u, ['put', 'range', 'delete', 'txn']),
  (u, c) =>
    hasKind(u, ['put', 'range', 'delete', 'txn']) ? t.success(u as KvOutput['result']) : t.failure(u, c),
  t.identity,
);

const operation = t.type({
  client: t.number,
  input: anInput,
  invoked: t.number,
  end: t.union([
    t.type({ kind: t.literal('answered'), at: t.number, output: t.type({ revision: t.number, result }) }),
    t.type({ kind: t.literal('open') }),
  ]),
});

function hasKind(u: unknown, kinds: readonly string[]): boolean {
  return typeof u === 'object' && u !== null && 'kind' in u && kinds.some((kind) => kind === u.kind);
}

export function writeHistory(path: string, history: History<KvInput, KvOutput>): void {
  writeFileSync(path, history.map((one) => `${JSON.stringify(one)}\n`).join(''));
}

/** Reads what writeHistory wrote. */
export function readHistory(path: string): History<KvInput, KvOutput> {
  const refuse = (why: string): never => {
    throw new DecreeError('invalidInput', `${path}: ${why}`);
  };
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
  const lines = text.split('\n').filter((line) => line !== '');
  if (lines.length === 0) refuse('no operation in it');
  return lines.map((line, i): Operation<KvInput, KvOutput> => {
    try {
      const read = operation.decode(JSON.parse(line));
      if (E.isRight(read)) return read.right;
    } catch {
      // Not JSON: the same complaint.
    }
    return refuse(`line ${i + 1} is no operation of a history`);
  });
}
