/**
 * A schedule: the steps of a behaviour of the spec, each with the action that it was, the witnesses, and
 * what the spec says that it changes. Names are those of spec/PaxosReplica.tla; ballots are the spec's
 * numbers.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as t from 'io-ts';
import { PathReporter } from 'io-ts/lib/PathReporter.js';
import { DecreeError } from '../../src/errors.js';
import { packageRoot } from '../../src/root.js';

/** Slot, ballot, value. */
const Vote = t.tuple([t.number, t.number, t.string]);
/** Slot, value. */
const Known = t.tuple([t.number, t.string]);

/** The spec's messages as rows; the accepted of a promise is [slot, ballot, value]. */
const MessageCodec = t.union([
  /** ballot, from, first */
  t.tuple([t.literal('prepare'), t.number, t.string, t.number]),
  /** ballot, from, prefix, accepted */
  t.tuple([t.literal('promise'), t.number, t.string, t.number, t.array(Vote)]),
  /** ballot, slot, value */
  t.tuple([t.literal('accept'), t.number, t.number, t.string]),
  /** ballot, slot, from */
  t.tuple([t.literal('accepted'), t.number, t.number, t.string]),
  /** ballot, upTo */
  t.tuple([t.literal('chosen'), t.number, t.number]),
  /** slot, value, learnt */
  t.tuple([t.literal('entry'), t.number, t.string, t.number]),
  /** ballot */
  t.tuple([t.literal('reject'), t.number]),
]);

const DurableCodec = t.type({
  promised: t.number,
  accepted: t.array(Vote),
  known: t.array(Known),
  prefix: t.number,
  learnt: t.number,
  /** The messages that rest on it; of the head none. */
  out: t.array(MessageCodec),
});

const RoleCodec = t.keyof({ follower: null, candidate: null, leader: null, down: null });

const ReplicaFields = {
  /** The head is the disk, the last is memory. */
  queue: t.array(DurableCodec),
  known: t.array(Known),
  prefix: t.number,
  learnt: t.number,
  role: RoleCodec,
  applied: t.number,
};

const StepCodec = t.intersection([
  t.type({
    action: t.keyof({
      Campaign: null,
      HandlePrepare: null,
      BecomeLeader: null,
      Propose: null,
      HandleAccept: null,
      Choose: null,
      Announce: null,
      HandleChosen: null,
      SendEntries: null,
      HandleCatchUp: null,
      HandleReject: null,
      Apply: null,
      Persist: null,
      Crash: null,
      Restart: null,
    }),
    r: t.string,
    /** The variables of r that changed. */
    post: t.partial(ReplicaFields),
    /** Messages that left. */
    left: t.array(MessageCodec),
  }),
  t.partial({
    ballot: t.number,
    message: MessageCodec,
    promises: t.array(MessageCodec),
    slot: t.number,
    value: t.string,
    voters: t.array(t.string),
    first: t.number,
    entries: t.array(MessageCodec),
    count: t.number,
    /** The model syncs the step at once. */
    synced: t.literal(true),
  }),
]);

const HeaderCodec = t.intersection([
  t.type({
    title: t.string,
    replicas: t.array(t.string),
    alpha: t.number,
    /** The value that stands for the no-op. */
    noop: t.string,
  }),
  t.partial({
    /**
     * Of a counterexample: its patch, what it violates, and the first step (from 1) that the spec forbids.
     */
    patch: t.string,
    violates: t.string,
    forbidden: t.number,
  }),
]);

export type SpecMessage = t.TypeOf<typeof MessageCodec>;
export type Durable = t.TypeOf<typeof DurableCodec>;
export type ScheduleStep = t.TypeOf<typeof StepCodec>;
export type Header = t.TypeOf<typeof HeaderCodec>;
export type SpecRole = t.TypeOf<typeof RoleCodec>;

/** What the spec says of one replica. */
export interface SpecReplica {
  readonly queue: readonly Durable[];
  readonly known: readonly (readonly [number, string])[];
  readonly prefix: number;
  readonly learnt: number;
  readonly role: SpecRole;
  readonly applied: number;
}

export interface Schedule extends Header {
  /** The file's name without its ending. */
  readonly name: string;
  readonly steps: readonly ScheduleStep[];
}

/** The spec's Init, of one replica. */
export const INITIAL: SpecReplica = {
  queue: [{ promised: 0, accepted: [], known: [], prefix: 0, learnt: 0, out: [] }],
  known: [],
  prefix: 0,
  learnt: 0,
  role: 'follower',
  applied: 0,
};

const ENDING = '.ndjson';

export function schedulesFolder(): string {
  return join(packageRoot(), 'conformance', 'schedules', 'recorded');
}

/** The schedules of a folder, by name. Throws DecreeError(invalidInput) for a file that is none. */
export function readSchedules(kind: 'behaviours' | 'counterexamples', root = schedulesFolder()): Schedule[] {
  const folder = join(root, kind);
  const files = readdirSync(folder).filter((file) => file.endsWith(ENDING));
  const names = files.map((file) => basename(file, ENDING)).sort();
  return names.map((name) => readSchedule(join(folder, `${name}${ENDING}`)));
}

/** One file: a header line, then a line for each step. */
export function readSchedule(file: string): Schedule {
  return parseSchedule(basename(file, ENDING), readFileSync(file, 'utf8'), file);
}

export function parseSchedule(name: string, text: string, file = name): Schedule {
  const [head = '', ...rows] = text.split('\n').filter((line) => line !== '');
  const header = decodeLine(HeaderCodec, head, `${file}:1`);
  return { name, ...header, steps: rows.map((row, i) => decodeLine(StepCodec, row, `${file}:${i + 2}`)) };
}

/** The inverse of parseSchedule. */
export function formatSchedule({ name: _name, steps, ...header }: Schedule): string {
  return [header, ...steps].map((line) => `${JSON.stringify(line)}\n`).join('');
}

function decodeLine<A>(codec: t.Type<A, unknown>, line: string, where: string): A {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (error) {
    throw new DecreeError('invalidInput', `${where} is no JSON (${String(error)}); record it again`);
  }
  const result = codec.decode(parsed);
  if (result._tag === 'Right') return result.right;
  const why = PathReporter.report(result).slice(0, 2).join('; ');
  throw new DecreeError('invalidInput', `${where} is no line of a schedule: ${why}; record it again`);
}
