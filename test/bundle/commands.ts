/** The commands of clients in a log. */
import * as E from 'fp-ts/lib/Either.js';
import type { LogRecord, Value } from '../../src/core/types.js';
import { decodeCommand } from '../../src/store/session-codec.js';
import type { SessionRequest } from '../../src/store/session-commands.js';

export interface Numbered {
  readonly op: Uint8Array;
  readonly request: SessionRequest;
}

/** Of the last value of each slot, in the order of the slots. */
export function* commandsIn(records: readonly LogRecord[]): Generator<Uint8Array> {
  const values = new Map<number, Value>();
  for (const { body } of records) {
    if (body.kind === 'accept') values.set(body.slot, body.value);
    if (body.kind === 'known') body.values.forEach((value, i) => values.set(body.first + i, value));
  }
  for (const [, value] of [...values].sort(([a], [b]) => a - b))
    if (value.kind === 'batch') for (const { op } of value.commands) yield op;
}

/** Of them, the requests of sessions. */
export function requestsIn(records: readonly LogRecord[]): readonly Numbered[] {
  return [...commandsIn(records)].flatMap((op) => {
    const decoded = decodeCommand(op);
    return E.isRight(decoded) && decoded.right.kind === 'request' ? [{ op, request: decoded.right }] : [];
  });
}

/** What commands do, by name. */
export function kindsOfCommands(records: readonly LogRecord[]): readonly string[] {
  return [...commandsIn(records)].map((op) => {
    const decoded = decodeCommand(op);
    return E.isRight(decoded) ? decoded.right.kind : decoded.left;
  });
}
