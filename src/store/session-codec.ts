/** Commands and their results as bytes: those of codec.ts, and those of sessions beside them. */
import type * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import {
  bytes,
  copy,
  decode,
  encodeOperation,
  encodeResult,
  integer,
  operationTuple,
  packr,
  plain,
  readOperation,
  readResult,
} from './codec.js';
import type { Place } from './place.js';
import type { CommandResult, SessionCommand, StoreCommand } from './session-commands.js';
import type { SavedRow } from './sessions.js';

/** 0 and above; slots, indices and numbers. */
const count = t.refinement(integer, (n) => n >= 0, 'count');
const PlaceTuple = t.tuple([count, count]);

const OpenTuple = t.tuple([t.literal('o')]);
const EvictTuple = t.tuple([t.literal('v'), PlaceTuple, t.union([PlaceTuple, t.null])]);
const RequestTuple = t.tuple([t.literal('s'), PlaceTuple, count, count, t.UnknownArray]);

const OpenedTuple = t.tuple([t.literal('o'), integer, PlaceTuple, count]);
const EvictedTuple = t.tuple([t.literal('v'), integer, t.boolean]);

const AnswerTuple = t.tuple([count, bytes]);
/** A row of the table, or a piece of one that is long: the last says whether more answers of it follow. */
export const RowTuple = t.tuple([PlaceTuple, count, PlaceTuple, t.array(AnswerTuple), t.boolean]);

export function encodeCommand(command: StoreCommand): Uint8Array {
  switch (command.kind) {
    case 'open':
    case 'evict':
    case 'request':
      return plain(packr.pack(commandTuple(command)));
    default:
      return encodeOperation(command);
  }
}

/** The bytes of an operation are copied, so that it does not hold on to the input. */
export function decodeCommand(input: Uint8Array): E.Either<'malformed operation', StoreCommand> {
  return decode(input, readCommand, 'malformed operation');
}

/** Whether bytes begin as those of a command of a session do: an array whose first element is its letter. */
export function looksLikeSession(input: Uint8Array): boolean {
  return input[1] === ONE_LETTER && LETTERS.includes(input[2] ?? 0);
}

/** MessagePack: a string of one byte. */
const ONE_LETTER = 0xa1;
const LETTERS = ['o', 'v', 's'].map((letter) => letter.charCodeAt(0));

export function encodeCommandResult(result: CommandResult): Uint8Array {
  switch (result.kind) {
    case 'opened':
      return plain(packr.pack(['o', result.revision, placeTuple(result.session), result.window]));
    case 'evicted':
      return plain(packr.pack(['v', result.revision, result.evicted]));
    default:
      return encodeResult(result);
  }
}

/** May share memory with the input. */
export function decodeCommandResult(input: Uint8Array): E.Either<'malformed result', CommandResult> {
  return decode(input, readCommandResult, 'malformed result');
}

/** For whoever keeps the state: equal rows are cut into equal pieces, each full with so many bytes. */
export function* rowPieces(
  { session, low, used, answers }: SavedRow,
  full: number,
): Generator<t.TypeOf<typeof RowTuple>> {
  let piece: t.TypeOf<typeof AnswerTuple>[] = [];
  let size = 0;
  for (const [at, { seq, answer }] of answers.entries()) {
    piece.push([seq, answer]);
    size += answer.length;
    if (size < full || at === answers.length - 1) continue;
    yield [placeTuple(session), low, placeTuple(used), piece, true];
    piece = [];
    size = 0;
  }
  yield [placeTuple(session), low, placeTuple(used), piece, false];
}

/** A row, or a piece of one; its answers are copied, so that they do not hold on to the input. */
export function readRow([session, low, used, answers]: t.TypeOf<typeof RowTuple>): SavedRow {
  return {
    ...{ session: readPlace(session), low, used: readPlace(used) },
    answers: answers.map(([seq, answer]) => ({ seq, answer: copy(answer) })),
  };
}

function commandTuple(command: SessionCommand): unknown[] {
  switch (command.kind) {
    case 'open':
      return ['o'];
    case 'evict':
      return ['v', placeTuple(command.session), command.used === null ? null : placeTuple(command.used)];
    case 'request': {
      const { session, seq, low, operation } = command;
      return ['s', placeTuple(session), seq, low, operationTuple(operation)];
    }
  }
}

function readCommand(raw: unknown): StoreCommand {
  if (RequestTuple.is(raw)) {
    const [, session, seq, low, operation] = raw;
    return { kind: 'request', session: readPlace(session), seq, low, operation: readOperation(operation) };
  }
  if (OpenTuple.is(raw)) return { kind: 'open' };
  if (EvictTuple.is(raw)) {
    const [, session, used] = raw;
    return { kind: 'evict', session: readPlace(session), used: used === null ? null : readPlace(used) };
  }
  return readOperation(raw);
}

function readCommandResult(raw: unknown): CommandResult {
  if (OpenedTuple.is(raw)) {
    return { kind: 'opened', revision: raw[1], session: readPlace(raw[2]), window: raw[3] };
  }
  if (EvictedTuple.is(raw)) return { kind: 'evicted', revision: raw[1], evicted: raw[2] };
  return readResult(raw);
}

const placeTuple = ({ slot, index }: Place): [number, number] => [slot, index];

function readPlace([slot, index]: t.TypeOf<typeof PlaceTuple>): Place {
  return { slot, index };
}
