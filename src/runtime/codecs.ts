/**
 * The codecs of what links carry and of the birth record, on those of the log (src/storage/codecs.ts). The
 * types are those of src/core and src/driver; the compiler checks that each codec yields its type.
 */
import * as t from 'io-ts';
import type { Message } from '../core/messages.js';
import type { Birth, SnapshotHandle } from '../core/types.js';
import type { Answer, Frame, SnapshotPart } from '../driver/ports.js';
import { ballot, bytes, member, name, natural, positive, refined } from '../storage/codecs.js';
import { replicaOf, value, vote } from '../storage/codecs.js';

export * from '../storage/codecs.js';

const id = t.string;

export const message: t.Type<Message> = t.union([
  t.type({ type: t.literal('Prepare'), id, ballot, first: positive }),
  t.type({
    type: t.literal('Promise'),
    id,
    ballot,
    from: member,
    accepted: t.readonlyArray(t.readonly(t.tuple([positive, vote]))),
    prefix: natural,
  }),
  t.type({ type: t.literal('Accept'), id, ballot, slot: positive, value }),
  t.type({ type: t.literal('Accepted'), id, ballot, slot: positive, from: member }),
  t.type({ type: t.literal('Chosen'), id, ballot, upTo: natural }),
  t.type({ type: t.literal('Entries'), id, first: positive, values: t.readonlyArray(value), learnt: ballot }),
  t.type({ type: t.literal('Reject'), id, ballot }),
  t.type({ type: t.literal('CatchUp'), first: positive }),
]);

const unavailable = t.keyof({
  'no leader': null,
  'leader changed': null,
  'timed out': null,
  'too many requests': null,
  stopping: null,
});

const answer: t.Type<Answer> = t.union([
  t.type({ ok: t.literal(true), result: bytes, slot: positive, round: positive }),
  t.type({ ok: t.literal(false), reason: unavailable }),
]);

const snapshot: t.Type<SnapshotHandle> = t.type({
  id,
  upTo: positive,
  learnt: t.union([ballot, t.null]),
  inForce: t.readonlyArray(t.type({ members: t.readonlyArray(member) })),
  digest: id,
});

const snapshotPart: t.Type<SnapshotPart> = t.union([
  t.type({ kind: t.literal('offer'), snapshot, bytes: positive }),
  t.type({ kind: t.literal('ask'), id, offset: natural }),
  t.type({ kind: t.literal('bytes'), id, offset: natural, bytes, crc: natural }),
]);

export const frame: t.Type<Frame> = t.union([
  t.type({ kind: t.literal('parts'), parts: t.readonlyArray(message) }),
  t.type({ kind: t.literal('forward'), id, op: bytes }),
  t.type({ kind: t.literal('answer'), id, answer }),
  t.type({ kind: t.literal('snapshot'), part: snapshotPart }),
]);

function ascending(members: readonly string[]): boolean {
  return members.every((m, i) => i === 0 || (members[i - 1] ?? '') < m);
}

export const birth: t.Type<Birth> = t.type({
  cell: name,
  members: refined<readonly string[]>({
    name: 'one or more member ids in ascending order',
    is: (u): u is readonly string[] =>
      t.array(member).is(u) && u.length > 0 && ascending(u) && new Set(u.map(replicaOf)).size === u.length,
  }),
  alpha: positive,
  leaseMs: positive,
  driftPerMille: natural,
});
