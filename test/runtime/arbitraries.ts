/** Random log records and messages for property tests. */
import * as fc from 'fast-check';
import type { Message } from '../../src/core/messages.js';
import type { Ballot, Birth, Command, LogRecord, Value } from '../../src/core/types.js';
import type { Frame } from '../../src/driver/ports.js';

export const MEMBERS = ['r1.00000001', 'r2.00000002', 'r3.00000003'] as const;

export const BIRTH: Birth = { cell: 'test', members: MEMBERS, alpha: 32, leaseMs: 2000, driftPerMille: 10 };

const natural = fc.nat({ max: 2 ** 31 - 1 });
const positive = fc.integer({ min: 1, max: 2 ** 31 - 1 });
const member = fc.constantFrom(...MEMBERS);
const bytes = fc.uint8Array({ maxLength: 40 });

export const ballot: fc.Arbitrary<Ballot> = fc.record({ round: positive, member });

const command: fc.Arbitrary<Command> = fc.record({ id: fc.string({ maxLength: 12 }), op: bytes });

export const value: fc.Arbitrary<Value> = fc.oneof(
  fc.constant<Value>({ kind: 'noop' }),
  fc.record({
    kind: fc.constant('batch' as const),
    epoch: natural,
    commands: fc.array(command, { maxLength: 3 }),
  }),
  fc.record({ kind: fc.constant('mark' as const), ballot }),
);

const body: fc.Arbitrary<LogRecord['body']> = fc.oneof(
  fc.constant({ kind: 'promise' as const }),
  fc.record({ kind: fc.constant('accept' as const), slot: positive, ballot, value }),
  fc.record({
    kind: fc.constant('known' as const),
    first: positive,
    values: fc.array(value, { maxLength: 2 }),
  }),
);

export const logRecord: fc.Arbitrary<LogRecord> = fc.record({
  event: fc.record({ start: positive, seq: natural }),
  promised: fc.option(ballot),
  prefix: natural,
  learnt: fc.option(ballot),
  body,
});

/** Records of one start with ascending seq, as a driver writes them. */
export function recordsOf(start: number, max: number): fc.Arbitrary<readonly LogRecord[]> {
  return fc
    .array(logRecord, { minLength: 1, maxLength: max })
    .map((records) => records.map((record, seq) => ({ ...record, event: { start, seq: seq * 2 } })));
}

const id = fc.string({ maxLength: 20 });

export const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ type: fc.constant('Prepare' as const), id, ballot, first: positive }),
  fc.record({
    type: fc.constant('Promise' as const),
    id,
    ballot,
    from: member,
    accepted: fc.array(fc.tuple(positive, fc.record({ ballot, value })), { maxLength: 3 }),
    prefix: natural,
  }),
  fc.record({ type: fc.constant('Accept' as const), id, ballot, slot: positive, value }),
  fc.record({ type: fc.constant('Accepted' as const), id, ballot, slot: positive, from: member }),
  fc.record({ type: fc.constant('Chosen' as const), id, ballot, upTo: natural }),
  fc.record({
    type: fc.constant('Entries' as const),
    id,
    first: positive,
    values: fc.array(value, { maxLength: 3 }),
    learnt: ballot,
  }),
  fc.record({ type: fc.constant('Reject' as const), id, ballot }),
  fc.record({ type: fc.constant('CatchUp' as const), first: positive }),
);

export const frame: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({ kind: fc.constant('parts' as const), parts: fc.array(message, { maxLength: 4 }) }),
  fc.record({ kind: fc.constant('forward' as const), id, op: bytes, epoch: natural }),
  fc.record({
    kind: fc.constant('answer' as const),
    id,
    epoch: natural,
    answer: fc.oneof(
      fc.record({
        ...{ ok: fc.constant(true as const), result: bytes, slot: positive, round: positive },
        epoch: natural,
      }),
      fc.record({
        ok: fc.constant(false as const),
        reason: fc.constantFrom('no leader', 'leader changed', 'timed out', 'too many requests', 'stopping'),
      }),
    ),
  }),
);

/** Buffers become plain byte arrays, so that toEqual compares bytes and not classes. */
export function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
