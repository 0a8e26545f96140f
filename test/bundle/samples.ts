/**
 * What the wire and the disk must carry, one of each kind: those of the contract tests, and what they leave
 * out. test/bundle/kinds.ts tells what is missing.
 */
import type { Message } from '../../src/core/messages.js';
import type { LogRecord, NamedConfiguration, SnapshotHandle, Value } from '../../src/core/types.js';
import type { Change, ChangeAnswer } from '../../src/driver/changes.js';
import type { Answer, Frame, Unavailable } from '../../src/driver/ports.js';
import { encodeEntry, type LogEntry } from '../../src/storage/format.js';
import { encodeSnapshotHeader } from '../../src/storage/snapshot-format.js';
import { helloOf, type Reply } from '../../src/runtime/tcp/hello.js';
import { FrameEncoder } from '../../src/runtime/tcp/encoder.js';
import { encodeFrame, PING } from '../../src/runtime/tcp/frames.js';
import { A, B, C, ballot, batch, frames, messages, recordKinds } from '../contract/samples.js';
import { base64, toJson, type Sample } from './format.js';

const configuration: NamedConfiguration = {
  ...{ kind: 'configuration', id: `${B}/1/m1`, members: [A, B] },
  learners: [
    { member: C, promote: true, replaces: A },
    { member: 'd.00000004', promote: false, replaces: null },
  ],
  addresses: { [C]: '127.0.0.1:1 127.0.0.1:2' },
};

const values: readonly Value[] = [
  { kind: 'noop' },
  batch('', 'grüße'),
  { kind: 'mark', ballot: ballot(2, B) },
  configuration,
];

const slots = values.map((value, i) => [i + 1, { ballot: ballot(i + 1), value }] as const);

const moreMessages: readonly Message[] = [
  ...values.map((value, i): Message => {
    return { type: 'Accept', id: `${A}/1/${20 + i}/0`, ballot: ballot(1), slot: i + 1, value };
  }),
  { type: 'Promise', id: `${A}/1/30/0`, ballot: ballot(9, B), from: A, accepted: slots, prefix: 3 },
  { type: 'Entries', id: `${A}/1/31/0`, first: 2 ** 33, values, learnt: ballot(2 ** 32) },
];

const UNAVAILABLE: Readonly<Record<Unavailable, null>> = {
  ...{ 'no leader': null, 'leader changed': null, 'timed out': null },
  ...{ 'too many requests': null, stopping: null },
};

const answers: readonly Answer[] = [
  ...(['lease', 'quorum'] as const).map((by): Answer => {
    return { ok: true, result: Uint8Array.of(1), slot: 0, round: 2, epoch: 1, by };
  }),
  { ok: true, result: Uint8Array.of(), slot: 4, round: 2, epoch: 0 },
  ...(Object.keys(UNAVAILABLE) as Unavailable[]).map((reason): Answer => ({ ok: false, reason })),
];

const changes: readonly Change[] = [
  { kind: 'add', member: C, address: '127.0.0.1:1', promote: true, replaces: A },
  { kind: 'add', member: C, address: '127.0.0.1:1', promote: false, replaces: null },
  { kind: 'remove', member: C },
  { kind: 'promote', member: C },
  { kind: 'become', members: [A, C] },
];

type Reason = Extract<ChangeAnswer, { readonly ok: false }>['reason'];
const REFUSALS: Readonly<Record<Reason, null>> = {
  ...{ 'no leader': null, 'leader changed': null, 'timed out': null, stopping: null },
  ...{ 'a change is under way': null, 'no such member': null, 'a member already': null },
  ...{ 'no learner': null, 'no member would be left': null, 'not caught up': null },
};
const { members, learners, addresses } = configuration;
const changed: readonly ChangeAnswer[] = [
  { ok: true, slot: 8, membership: { members, learners, addresses } },
  ...(Object.keys(REFUSALS) as Reason[]).map((reason): ChangeAnswer => ({ ok: false, reason })),
];

const handle: SnapshotHandle = {
  ...{ id: `${B}/1/snapshot/5`, upTo: 5, learnt: { round: 2, member: B }, digest: '0f'.repeat(16) },
  ...{ epoch: 2, marked: { round: 2, member: B }, inForce: [{ slot: 3, configuration }] },
};
const early: SnapshotHandle = { ...handle, learnt: null, inForce: [], epoch: 0, marked: null };

const allFrames: readonly Frame[] = [
  ...[...messages, ...moreMessages].map((message): Frame => ({ kind: 'parts', parts: [message] })),
  ...frames,
  { kind: 'parts', parts: [] },
  { kind: 'forward', id: `${B}/1/c3`, op: Uint8Array.of(), epoch: 0, read: true },
  { kind: 'question', n: 3 },
  { kind: 'reply', n: 3, free: true, prefix: 12 },
  { kind: 'reply', n: 4, free: false, prefix: 0 },
  { kind: 'lead' },
  ...answers.map((answer, i): Frame => ({ kind: 'answer', id: `${B}/1/c${i}`, epoch: 1, answer })),
  { kind: 'saved', prefix: 12, saved: 11 },
  ...changes.map((change, i): Frame => ({ kind: 'change', id: `${B}/1/m${i}`, change })),
  ...changed.map((answer, i): Frame => ({ kind: 'changed', id: `${B}/1/m${i}`, answer })),
  { kind: 'snapshot', part: { kind: 'offer', snapshot: handle, bytes: 77 } },
  { kind: 'snapshot', part: { kind: 'offer', snapshot: early, bytes: 1 } },
];

const BIRTH = { cell: 'samples', members: [A, B], alpha: 8, leaseMs: 400, driftPerMille: 10 };
/** Whose log and snapshots the samples are from. */
export const IDENTITY = { cell: BIRTH.cell, member: A };
/** Where each entry stands in that log. */
export const PLACE = { segment: 3, offset: 100 };

const records: readonly LogRecord[] = [
  ...recordKinds,
  ...values.map((value, i): LogRecord => {
    const body = { kind: 'accept', slot: i + 1, ballot: ballot(3, B), value } as const;
    return { event: { start: 2, seq: i }, promised: ballot(3, B), prefix: i, learnt: null, body };
  }),
  {
    ...{ event: { start: 2, seq: 9 }, promised: null, prefix: 4, learnt: ballot(2, C) },
    body: { kind: 'known', first: 1, values },
  },
];

const entries: readonly LogEntry[] = [
  ...records.map((record) => ({ synced: { segment: 2, offset: 77 }, record })),
  { synced: null, record: records[0] ?? null },
  { synced: { segment: 3, offset: 0 }, record: null },
];

const encoder = new FrameEncoder();

/** The bytes of a frame with its length, as a link carries them. */
export function frameBytes(frame: Frame): Uint8Array {
  return demand(encoder.encode(frame));
}

/** The samples of what links carry, as this version writes them. */
export function wireSamples(): readonly Sample[] {
  const hello = helloOf(BIRTH, A, B);
  const replies: readonly Reply[] = [
    { ok: true, hello: helloOf(BIRTH, B, A) },
    { ok: false, reason: `it looks for ${C}, this is ${B}` },
  ];
  return [
    sample('hello', 'hello', demand(encodeFrame(hello)), hello),
    ...replies.map((one) => sample(`reply ok ${String(one.ok)}`, 'reply', demand(encodeFrame(one)), one)),
    sample('ping', 'ping', PING, null),
    ...allFrames.map((frame) => sample(nameOf(frame), 'frame', frameBytes(frame), frame)),
  ];
}

/** The same of what is on a disk. */
export function entrySamples(): readonly Sample[] {
  return [
    ...entries.map((entry) => {
      const what = entry.record === null ? 'clean stop' : entry.record.body.kind;
      return sample(`entry ${what}`, 'entry', encodeEntry(IDENTITY, PLACE, entry), entry);
    }),
    ...[handle, early].map(({ digest: _, ...begun }) => {
      const bytes = encodeSnapshotHeader(IDENTITY.cell, begun);
      return sample('head of a snapshot', 'snapshot', bytes, begun);
    }),
  ];
}

function nameOf(frame: Frame): string {
  switch (frame.kind) {
    case 'parts':
      return `parts ${frame.parts.map(({ type }) => type).join(', ')}`;
    case 'snapshot':
      return `snapshot ${frame.part.kind}`;
    default:
      return frame.kind;
  }
}

function sample(what: string, kind: Sample['kind'], bytes: Uint8Array, means: unknown): Sample {
  return { what, kind, bytes: base64(bytes), means: toJson(means) };
}

function demand(frame: Buffer | null): Buffer {
  if (frame === null) throw new Error('a sample is larger than a link takes');
  return frame;
}
