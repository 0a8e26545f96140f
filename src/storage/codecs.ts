/**
 * What crosses a boundary (a file, a link) is checked by these codecs before anything else sees it. The
 * types are those of src/core; the compiler checks that each codec yields its type. src/runtime/codecs.ts
 * adds what links carry.
 */
import * as t from 'io-ts';
import type { Ballot, Command, EventId, LogRecord, NamedConfiguration } from '../core/types.js';
import type { Value, Vote } from '../core/types.js';

interface Described<A> {
  readonly name: string;
  readonly is: (u: unknown) => u is A;
}

/** A codec of what one test accepts, unchanged. */
export function refined<A>({ name, is }: Described<A>): t.Type<A> {
  return new t.Type<A>(name, is, (u, c) => (is(u) ? t.success(u) : t.failure(u, c)), t.identity);
}

/** An integer from 0 on that a double holds exactly. */
export const natural = refined<number>({
  name: 'an integer >= 0',
  is: (u): u is number => typeof u === 'number' && Number.isSafeInteger(u) && u >= 0,
});

export const positive = refined<number>({
  name: 'an integer >= 1',
  is: (u): u is number => typeof u === 'number' && Number.isSafeInteger(u) && u >= 1,
});

export const bytes = refined<Uint8Array>({
  name: 'bytes',
  is: (u): u is Uint8Array => u instanceof Uint8Array,
});

const namePattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;
const memberPattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}\.[0-9a-f]{8}$/;

/** The name of a replica or of a cell: it becomes part of file names and ids. */
export const name = refined<string>({
  name: 'a name of 1 to 32 letters, digits, "-" and "_"',
  is: (u): u is string => typeof u === 'string' && namePattern.test(u),
});

export const member = refined<string>({
  name: 'a member id such as r1.9f3c21ab',
  is: (u): u is string => typeof u === 'string' && memberPattern.test(u),
});

export const ballot: t.Type<Ballot> = t.type({ round: positive, member });

const command: t.Type<Command> = t.type({ id: t.string, op: bytes });

/** Each once, by code units. */
export function ascending(members: readonly string[]): boolean {
  return members.every((m, i) => i === 0 || (members[i - 1] ?? '') < m);
}

const configuration: t.Type<NamedConfiguration> = t.type({
  kind: t.literal('configuration'),
  id: t.string,
  members: refined<readonly string[]>({
    name: 'one or more member ids in ascending order',
    is: (u): u is readonly string[] => t.array(member).is(u) && u.length > 0 && ascending(u),
  }),
  learners: t.readonlyArray(t.type({ member, promote: t.boolean, replaces: t.union([member, t.null]) })),
  addresses: t.readonly(t.record(t.string, t.string)),
});

export const value: t.Type<Value> = t.union([
  t.type({ kind: t.literal('noop') }),
  t.type({ kind: t.literal('batch'), epoch: natural, commands: t.readonlyArray(command) }),
  t.type({ kind: t.literal('mark'), ballot }),
  configuration,
]);

export const vote: t.Type<Vote> = t.type({ ballot, value });

/** All of the handle of a snapshot but its digest, which comes at its end. */
export const begunSnapshot = {
  id: t.string,
  upTo: positive,
  learnt: t.union([ballot, t.null]),
  inForce: t.readonlyArray(t.type({ slot: positive, configuration })),
  epoch: natural,
  marked: t.union([ballot, t.null]),
};

const eventId: t.Type<EventId> = t.type({ start: positive, seq: natural });

export const logRecord: t.Type<LogRecord> = t.type({
  event: eventId,
  promised: t.union([ballot, t.null]),
  prefix: natural,
  learnt: t.union([ballot, t.null]),
  body: t.union([
    t.type({ kind: t.literal('promise') }),
    t.type({ kind: t.literal('accept'), slot: positive, ballot, value }),
    t.type({ kind: t.literal('known'), first: positive, values: t.readonlyArray(value) }),
  ]),
});

/** The replica of a member id `<replica>.<incarnation>`. */
export function replicaOf(memberId: string): string {
  return memberId.slice(0, memberId.lastIndexOf('.'));
}

/** The first complaint of a failed decoding as `field: expected X`, for one line of an error message. */
export function complaint(errors: t.Errors): string {
  const worst = errors.reduce((a, b) => (b.context.length > a.context.length ? b : a));
  const path = worst.context.flatMap((entry) => (entry.key === '' ? [] : [entry.key])).join('.');
  const expected = worst.context[worst.context.length - 1]?.type.name ?? 'another shape';
  const got = worst.value === undefined ? 'nothing' : JSON.stringify(worst.value);
  return `${path === '' ? 'the whole' : path}: expected ${expected}, got ${got.slice(0, 80)}`;
}
