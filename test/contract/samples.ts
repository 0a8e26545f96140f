/**
 * One of each: values, records, messages and frames that every implementation of a port must carry
 * unchanged.
 */
import type { Message } from '../../src/core/messages.js';
import type { Ballot, LogRecord, Value, SnapshotHandle } from '../../src/core/types.js';
import type { Frame } from '../../src/driver/ports.js';

export const A = 'a.00000001';
export const B = 'b.00000002';
export const C = 'c.00000003';

export const ballot = (round: number, member = A): Ballot => ({ round, member });

export const batch = (...ops: readonly string[]): Value => ({
  kind: 'batch',
  epoch: 0,
  commands: ops.map((op, i) => ({ id: `${A}/1/c${i}`, op: Uint8Array.from(Buffer.from(op)) })),
});

/** Records with seq first .. last, one accept each, as one start of A writes them. Slots begin at 1. */
export const acceptRecords = (first: number, last: number, start = 1): readonly LogRecord[] =>
  Array.from({ length: last - first + 1 }, (_, i) => ({
    event: { start, seq: first + i },
    promised: ballot(1),
    prefix: 0,
    learnt: null,
    body: { kind: 'accept', slot: first + i + 1, ballot: ballot(1), value: batch(`value ${first + i}`) },
  }));

/** One record of each kind, with each optional part present once. */
export const recordKinds: readonly LogRecord[] = [
  { event: { start: 1, seq: 0 }, promised: ballot(1), prefix: 0, learnt: null, body: { kind: 'promise' } },
  {
    event: { start: 1, seq: 1 },
    promised: ballot(3, B),
    prefix: 0,
    learnt: null,
    body: { kind: 'accept', slot: 2, ballot: ballot(3, B), value: batch('', 'two', 'grüße') },
  },
  {
    event: { start: 1, seq: 2 },
    promised: ballot(3, B),
    prefix: 2,
    learnt: ballot(2, C),
    body: { kind: 'known', first: 1, values: [{ kind: 'noop' }, batch('b')] },
  },
  {
    event: { start: 1, seq: 3 },
    promised: ballot(4),
    prefix: 2,
    learnt: ballot(2, C),
    body: { kind: 'accept', slot: 3, ballot: ballot(4), value: { kind: 'noop' } },
  },
];

/** One message of each type. */
export const messages: readonly Message[] = [
  { type: 'Prepare', id: `${A}/1/0/0`, ballot: ballot(1), first: 1 },
  {
    type: 'Promise',
    id: `${A}/1/1/0`,
    ballot: ballot(2, B),
    from: A,
    accepted: [
      [1, { ballot: ballot(1), value: batch('x', 'y') }],
      [4, { ballot: ballot(1), value: { kind: 'noop' } }],
    ],
    prefix: 0,
  },
  { type: 'Accept', id: `${A}/1/2/0`, ballot: ballot(1), slot: 7, value: batch('z') },
  { type: 'Accepted', id: `${A}/1/3/0`, ballot: ballot(1), slot: 7, from: A },
  { type: 'Chosen', id: `${A}/1/4/0`, ballot: ballot(1), upTo: 0 },
  {
    type: 'Entries',
    id: `${A}/1/5/0`,
    first: 3,
    values: [{ kind: 'noop' }, batch('q')],
    learnt: ballot(1),
  },
  { type: 'Reject', id: `${A}/1/6/0`, ballot: ballot(9, C) },
  { type: 'LeaseRequest', id: `${A}/1/7/0`, ballot: ballot(1), at: 0 },
  { type: 'Grant', id: `${A}/1/8/0`, ballot: ballot(2, B), from: A, at: 31 },
  { type: 'Release', id: `${A}/1/9/0`, ballot: ballot(1) },
  { type: 'ReadRound', id: `${A}/1/10/0`, ballot: ballot(1), prefix: 0 },
  { type: 'Confirm', id: `${A}/1/11/0`, ballot: ballot(2, B), from: A, round: `${B}/1/10/0` },
  { type: 'CatchUp', first: 12 },
];

/** One frame of each kind, and one answer of each kind. */
const snapshot: SnapshotHandle = {
  ...{ id: `${B}/1/snapshot/5`, upTo: 5, learnt: { round: 2, member: B }, digest: '00ff' },
  ...{ epoch: 2, marked: { round: 2, member: B } },
  inForce: [
    {
      slot: 3,
      configuration: {
        ...{ kind: 'configuration', id: `${B}/1/m1`, members: [A, B] },
        learners: [{ member: C, promote: true, replaces: A }],
        addresses: { [C]: '127.0.0.1:1' },
      },
    },
  ],
};

export const frames: readonly Frame[] = [
  { kind: 'parts', parts: messages },
  { kind: 'forward', id: `${B}/1/c1`, op: Uint8Array.of(0, 1, 254, 255), epoch: 2 },
  {
    kind: 'answer',
    id: `${B}/1/c1`,
    epoch: 1,
    answer: { ok: true, result: Uint8Array.of(7, 0, 9), slot: 3, round: 2, epoch: 1 },
  },
  { kind: 'answer', id: `${B}/1/c2`, epoch: 1, answer: { ok: false, reason: 'no leader' } },
  { kind: 'snapshot', part: { kind: 'offer', snapshot, bytes: 12 } },
  { kind: 'snapshot', part: { kind: 'ask', id: snapshot.id, offset: 0 } },
  {
    kind: 'snapshot',
    part: { kind: 'bytes', id: snapshot.id, offset: 0, bytes: Uint8Array.of(0, 255), crc: 4_294_967_295 },
  },
];
