/**
 * The raw trace file, line by line, as io-ts codecs: a header, one line per event, an end. NDJSON, one file
 * per process start of a member. No nulls, no fractions, integers below 2^31, ids as strings. An absent list
 * is an empty one. Unknown fields are errors: a misspelt field must not look like one that did not change.
 *
 * Compatibility: `version` changes when a field changes its meaning or goes; `schema` is a hash of the tables
 * below, so files of another set of actions, arguments or variables are refused instead of misread.
 */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { createHash } from 'node:crypto';
import type { ActionName } from '../core/step-types.js';

export const TRACE_VERSION = 1;

const LIMIT = 2 ** 31;

const isNatural = (u: unknown): u is number =>
  typeof u === 'number' && Number.isInteger(u) && u >= 0 && u < LIMIT;

/** An integer from 0 to 2^31 - 1: what TLC can hold. */
export const Natural = new t.Type<number>(
  'Natural',
  isNatural,
  (u, c) => (isNatural(u) ? t.success(u) : t.failure(u, c, 'not an integer from 0 to 2^31 - 1')),
  t.identity,
);

/** Printable ASCII without space, quote and backslash: safe in a file name, in JSON and in a TLA+ string. */
const WORD = /^[!#-[\]-~]+$/;
const isWord = (u: unknown): u is string => typeof u === 'string' && WORD.test(u);

/** A member, message id or value digest. */
export const Word = new t.Type<string>(
  'Word',
  isWord,
  (u, c) => (isWord(u) ? t.success(u) : t.failure(u, c, 'not a word of printable ASCII')),
  t.identity,
);

const isBallot = (u: unknown): u is string =>
  isWord(u) && /^(0|[1-9][0-9]{0,9})@.+$/.test(u) && Number(u.slice(0, u.indexOf('@'))) < LIMIT;

/** `round@member`. */
export const BallotText = new t.Type<string>(
  'Ballot',
  isBallot,
  (u, c) => (isBallot(u) ? t.success(u) : t.failure(u, c, 'not a ballot round@member')),
  t.identity,
);

/** No ballot: the empty string, since a trace has no nulls. */
export const MaybeBallot = t.union([t.literal(''), BallotText], 'Ballot or ""');
export const Outcome = t.keyof({ new: null, repeat: null, reject: null }, 'Outcome');
export const RoleName = t.keyof({ follower: null, candidate: null, leader: null }, 'Role');
const Words = t.array(Word, 'Word*');
const Votes = t.array(t.tuple([Natural, BallotText, Word]), '(slot, ballot, digest)*');
const KnownValues = t.array(t.tuple([Natural, Word]), '(slot, digest)*');
const EventIdCodec = t.strict({ start: Natural, seq: Natural }, '(start, seq)');
/** The content of the Promise that the event made. */
const Said = t.strict({ prefix: Natural, accepted: Votes }, '(prefix, (slot, ballot, digest)*)');

/** inForce: the configurations that tell who governs the next alpha slots, with their slots. */
const Snapshot = { upTo: Natural, learnt: BallotText, digest: Word, inForce: KnownValues, epoch: Natural };
const SnapshotOf = t.strict({ id: Word, ...Snapshot }, '(id, upTo, learnt, digest, inForce, epoch)');

/** The arguments of each action, optional ones as in OPTIONAL. `voted`: the slot that the Accepted names. */
export const ARGUMENTS = {
  Campaign: { ballot: BallotText, said: Said },
  HandlePrepare: { ballot: BallotText, outcome: Outcome, said: Said },
  BecomeLeader: { ballot: BallotText },
  Propose: { ballot: BallotText, slot: Natural, value: Word, voted: Natural },
  HandleAccept: { ballot: BallotText, slot: Natural, value: Word, outcome: Outcome, voted: Natural },
  Choose: { ballot: BallotText, slot: Natural },
  Announce: { ballot: BallotText, upTo: Natural },
  HandleChosen: { ballot: BallotText, upTo: Natural },
  SendEntries: { first: Natural, last: Natural },
  HandleCatchUp: { first: Natural, last: Natural },
  HandleReject: { ballot: BallotText },
  Apply: { slot: Natural, value: Word, epoch: Natural, refused: t.boolean },
  TakeSnapshot: Snapshot,
  InstallSnapshot: Snapshot,
  Persist: { persisted: Natural },
  Tick: { clock: Natural },
  AskLease: { ballot: BallotText },
  GrantLease: { ballot: BallotText },
  ReleaseLease: { ballot: BallotText },
  HandleRelease: { ballot: BallotText },
  ReadLocally: { ballot: BallotText },
  AskRound: { ballot: BallotText },
  ConfirmBallot: { ballot: BallotText },
  ReadByQuorum: { ballot: BallotText },
  Restart: { recovered: EventIdCodec, snapshot: SnapshotOf },
} as const satisfies Record<ActionName, t.Props>;

/**
 * A rejecting HandlePrepare makes no Promise, a rejecting HandleAccept no Accepted; a Restart from an empty
 * log recovers no event, and one without a snapshot begins at none.
 */
const OPTIONAL: { readonly [A in ActionName]?: readonly string[] } = {
  HandlePrepare: ['said'],
  HandleAccept: ['voted'],
  Restart: ['recovered', 'snapshot'],
};

/**
 * The declared variables that the event changed; of `accepted` and `known`, the entries that it changed. In a
 * full event all of them: every entry above slot `above`.
 */
export const POST = {
  promised: MaybeBallot,
  role: RoleName,
  prefix: Natural,
  learnt: MaybeBallot,
  applied: Natural,
  waiting: Natural,
  snapshot: Natural,
  accepted: Votes,
  known: KnownValues,
} as const;

const IDS = { from: Words, made: Words, released: Words };

const Post = t.partial(POST, 'Post');
export type Post = t.TypeOf<typeof Post>;

export interface TraceEvent extends Partial<Ids> {
  readonly seq: number;
  readonly action: ActionName;
  readonly ballot?: string;
  readonly slot?: number;
  readonly value?: string;
  readonly outcome?: t.TypeOf<typeof Outcome>;
  readonly voted?: number;
  readonly upTo?: number;
  readonly first?: number;
  readonly last?: number;
  readonly persisted?: number;
  readonly clock?: number;
  readonly epoch?: number;
  readonly refused?: boolean;
  readonly recovered?: t.TypeOf<typeof EventIdCodec>;
  readonly learnt?: string;
  readonly digest?: string;
  readonly inForce?: t.TypeOf<typeof KnownValues>;
  /** Of a Restart: the snapshot that it begins at; absent where there is none. */
  readonly snapshot?: t.TypeOf<typeof SnapshotOf>;
  readonly said?: t.TypeOf<typeof Said>;
  readonly post: Post;
  /** Present in a full event: `post` names every variable and every entry above this slot. */
  readonly above?: number;
}

interface Ids {
  readonly from: readonly string[];
  readonly made: readonly string[];
  readonly released: readonly string[];
}

const HeaderCodec = t.strict(
  {
    kind: t.literal('header'),
    version: Natural,
    schema: t.string,
    cell: t.string,
    member: Word,
    start: Natural,
    options: t.strict({ members: Words, alpha: Natural, leaseMs: Natural, driftPerMille: Natural }),
  },
  'Header',
);
const EndCodec = t.strict({ kind: t.literal('end'), events: Natural }, 'End');

export type Header = t.TypeOf<typeof HeaderCodec>;
export type End = t.TypeOf<typeof EndCodec>;
export type Line =
  | { readonly kind: 'header'; readonly header: Header }
  | { readonly kind: 'event'; readonly event: TraceEvent }
  | { readonly kind: 'end'; readonly end: End };

function eventCodec(action: ActionName): { readonly codec: t.Mixed; readonly keys: ReadonlySet<string> } {
  const args: t.Props = ARGUMENTS[action];
  const optional = OPTIONAL[action] ?? [];
  const pick = (wanted: boolean): t.Props =>
    Object.fromEntries(Object.entries(args).filter(([name]) => optional.includes(name) === wanted));
  const required = { seq: Natural, action: t.literal(action), post: Post, ...pick(false) };
  const absent = { ...IDS, above: Natural, ...pick(true) };
  return {
    codec: t.intersection([t.type(required), t.partial(absent)], action),
    keys: new Set([...Object.keys(required), ...Object.keys(absent)]),
  };
}

export const ACTION_NAMES = Object.keys(ARGUMENTS) as readonly ActionName[];
const CODECS = new Map<unknown, ReturnType<typeof eventCodec>>(ACTION_NAMES.map((a) => [a, eventCodec(a)]));
const POST_KEYS: ReadonlySet<string> = new Set(Object.keys(POST));

/** A hash of actions, arguments, variables and their types: computed from the tables, the same everywhere. */
export function schemaHash(): string {
  const types = (props: t.Props): [string, string][] =>
    Object.entries(props)
      .map(([name, codec]): [string, string] => [name, codec.name])
      .sort(([a], [b]) => (a < b ? -1 : 1));
  const actions = [...ACTION_NAMES].sort().map((a) => [a, types(ARGUMENTS[a]), OPTIONAL[a] ?? []]);
  const table = { version: TRACE_VERSION, actions, variables: types(POST), ids: types(IDS) };
  return createHash('sha256').update(JSON.stringify(table)).digest('hex').slice(0, 16);
}

/** One line of a raw file, or in plain words why it is none. */
export function decodeLine(text: string): E.Either<string, Line> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return E.left('not a line of JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return E.left('not a JSON object');
  if ('kind' in value) {
    if (value.kind === 'header')
      return decodeWith(HeaderCodec, value, (header) => ({ kind: 'header', header }));
    return decodeWith(EndCodec, value, (end) => ({ kind: 'end', end }));
  }
  const action = 'action' in value ? value.action : undefined;
  const found = CODECS.get(action);
  if (found === undefined) return E.left(`no such action: ${JSON.stringify(action) ?? 'none'}`);
  const extra = Object.keys(value).find((key) => !found.keys.has(key));
  if (extra !== undefined) return E.left(`${String(action)} has no field "${extra}"`);
  const read = found.codec.decode(value);
  if (E.isLeft(read)) return E.left(firstProblem(read.left));
  const event = read.right as TraceEvent;
  const variable = Object.keys(event.post).find((key) => !POST_KEYS.has(key));
  if (variable !== undefined) return E.left(`post has no variable "${variable}"`);
  return E.right({ kind: 'event', event });
}

function decodeWith<A>(codec: t.Type<A>, value: unknown, wrap: (a: A) => Line): E.Either<string, Line> {
  const read = codec.decode(value);
  return E.isLeft(read) ? E.left(firstProblem(read.left)) : E.right(wrap(read.right));
}

/** The first problem as `path: reason`. */
export function firstProblem(errors: t.Errors): string {
  const error = errors[0];
  if (error === undefined) return 'unreadable';
  const path = error.context.map((c) => c.key).filter((key) => key !== '' && !/^[0-9]$/.test(key));
  const shown = JSON.stringify(error.value) ?? 'nothing';
  return `${path.join('.') || 'line'}: ${error.message ?? `unexpected ${shown.slice(0, 60)}`}`;
}
