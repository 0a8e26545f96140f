/**
 * The codecs of what links carry and of the birth record, on those of the log (src/storage/codecs.ts). The
 * types are those of src/core and src/driver; the compiler checks that each codec yields its type.
 */
import * as t from 'io-ts';
import type { Message } from '../core/messages.js';
import type { Birth, SnapshotHandle } from '../core/types.js';
import type { Change, ChangeAnswer, Refusal } from '../driver/changes.js';
import type { Answer, Frame, SnapshotPart } from '../driver/ports.js';
import { ascending, ballot, begunSnapshot, bytes, member, name } from '../storage/codecs.js';
import { natural, positive, refined } from '../storage/codecs.js';
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
  t.type({ type: t.literal('LeaseRequest'), id, ballot, at: natural }),
  t.type({ type: t.literal('Grant'), id, ballot, from: member, at: natural }),
  t.type({ type: t.literal('Release'), id, ballot }),
  t.type({ type: t.literal('ReadRound'), id, ballot, prefix: natural }),
  t.type({ type: t.literal('Confirm'), id, ballot, from: member, round: id }),
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
  t.type({
    ...{ ok: t.literal(true), result: bytes, slot: natural, round: positive, epoch: natural },
    by: t.keyof({ lease: null, quorum: null }),
  }),
  t.type({ ok: t.literal(true), result: bytes, slot: positive, round: positive, epoch: natural }),
  t.type({ ok: t.literal(false), reason: unavailable }),
]);

const learner = t.type({ member, promote: t.boolean, replaces: t.union([member, t.null]) });
const membership = t.type({
  members: t.readonlyArray(member),
  learners: t.readonlyArray(learner),
  addresses: t.readonly(t.record(t.string, t.string)),
});

const change: t.Type<Change> = t.union([
  t.type({
    ...{ kind: t.literal('add'), member, address: t.string, promote: t.boolean },
    replaces: t.union([member, t.null]),
  }),
  t.type({ kind: t.literal('remove'), member }),
  t.type({ kind: t.literal('promote'), member }),
  t.type({ kind: t.literal('become'), members: t.readonlyArray(member) }),
]);

const refusal: t.Type<Refusal> = t.keyof({
  'no leader': null,
  'leader changed': null,
  'timed out': null,
  stopping: null,
  'a change is under way': null,
  'no such member': null,
  'a member already': null,
  'no learner': null,
  'no member would be left': null,
  'not caught up': null,
});

const changeAnswer: t.Type<ChangeAnswer> = t.union([
  t.type({ ok: t.literal(true), slot: positive, membership }),
  t.type({ ok: t.literal(false), reason: refusal }),
]);

const snapshot: t.Type<SnapshotHandle> = t.type({ ...begunSnapshot, digest: id });

const snapshotPart: t.Type<SnapshotPart> = t.union([
  t.type({ kind: t.literal('offer'), snapshot, bytes: positive }),
  t.type({ kind: t.literal('ask'), id, offset: natural }),
  t.type({ kind: t.literal('bytes'), id, offset: natural, bytes, crc: natural }),
]);

export const frame: t.Type<Frame> = t.union([
  t.type({ kind: t.literal('parts'), parts: t.readonlyArray(message) }),
  t.intersection([
    t.type({ kind: t.literal('forward'), id, op: bytes, epoch: natural }),
    t.partial({ read: t.literal(true) }),
  ]),
  t.type({ kind: t.literal('question'), n: natural }),
  t.type({ kind: t.literal('reply'), n: natural, free: t.boolean, prefix: natural }),
  t.type({ kind: t.literal('lead') }),
  t.type({ kind: t.literal('answer'), id, epoch: natural, answer }),
  t.type({ kind: t.literal('saved'), prefix: natural, saved: natural }),
  t.type({ kind: t.literal('change'), id, change }),
  t.type({ kind: t.literal('changed'), id, answer: changeAnswer }),
  t.type({ kind: t.literal('snapshot'), part: snapshotPart }),
]);

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
