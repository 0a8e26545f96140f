/**
 * The merged trace: one flat step per line, as TLC reads it. Ballots are integers (0 for none) in the order
 * of ballots: round * M + rank of the member among the M members + 1. A Crash is put before each Restart.
 * Scalars are carried forward, so that every step says the whole scalar state of its replica.
 */
import { epochOfDigest, isMark } from '../../src/trace/digest.js';
import type { Post, TraceEvent } from '../../src/trace/format.js';
import { rejected, invalid } from './failure.js';
import { isTakenBy, refOf, type OrderedEvent } from './order.js';
import type { Scenario } from './scenario.js';

export interface Scalars {
  readonly promised: number;
  readonly role: string;
  readonly prefix: number;
  readonly learnt: number;
  readonly applied: number;
  readonly waiting: number;
  /** The slot up to which its snapshot goes. */
  readonly snapshot: number;
}

export type VoteRow = readonly [slot: number, ballot: number, value: string];
export type KnownRow = readonly [slot: number, value: string];
/** (start, seq) of the event whose record is the last on disk; (0, 0) for an empty log. */
export type Mark = readonly [start: number, seq: number];

/** A step of a replica, with the arguments of its action. */
export interface ReplicaStep {
  readonly action: string;
  readonly r: string;
  readonly start: number;
  readonly seq: number;
  readonly ballot?: number;
  readonly slot?: number;
  readonly value?: string;
  readonly outcome?: string;
  readonly voted?: number;
  readonly upTo?: number;
  readonly first?: number;
  readonly last?: number;
  readonly persisted?: Mark;
  /** The replica's clock over all its starts, in ms: a start goes on where the one before it ended. */
  readonly clock?: number;
  readonly epoch?: number;
  readonly refused?: boolean;
  /** Of an Apply: what kind of entry the value is (spec: Epochs), and the epoch of a command. */
  readonly entry?: 'mark' | 'command' | 'other';
  readonly of?: number;
  readonly learnt?: number;
  readonly digest?: string;
  readonly inForce?: readonly KnownRow[];
  readonly said?: { readonly prefix: number; readonly accepted: readonly VoteRow[] };
  readonly from: readonly string[];
  readonly made: readonly string[];
  readonly released: readonly string[];
  readonly post: Scalars;
  readonly accepted: readonly VoteRow[];
  readonly known: readonly KnownRow[];
  /** Every entry above slot `above` is listed; if not, those that changed. */
  readonly full: boolean;
  readonly above: number;
  /** Index in the header's list of files, and line. */
  readonly file: number;
  readonly line: number;
}

/** r stopped; of its waiting steps those up to `recovered` turned out to be on disk. */
export interface CrashStep {
  readonly action: 'Crash';
  readonly r: string;
  readonly recovered: Mark;
  /** Of the Restart that tells of it. */
  readonly file: number;
  readonly line: number;
}

/** What no later step names is dropped: messages, entries of a replica, decided values. See forget.ts. */
export interface ForgetStep {
  readonly action: 'Forget';
  readonly gone: readonly string[];
  readonly floors: readonly (readonly [r: string, slot: number])[];
  readonly settled: number;
}

export type Step = ReplicaStep | CrashStep | ForgetStep;

const BLANK: Scalars = {
  ...{ promised: 0, role: 'follower', prefix: 0, learnt: 0, applied: 0, waiting: 0, snapshot: 0 },
};
const LIMIT = 2 ** 31;

export class Encoder {
  private readonly ranks: ReadonlyMap<string, number>;
  private readonly scalars = new Map<string, Scalars>();
  /** What each member logged as known, for the slots that a Restart shows again. */
  private readonly knownBefore = new Map<string, Map<number, string>>();
  private readonly clocks = new Map<string, { start: number; base: number; reading: number }>();
  /** The digest of the first snapshot of each slot. */
  private readonly snapshots = new Map<number, string>();
  readonly files: string[] = [];

  constructor(private readonly scenario: Scenario) {
    this.ranks = new Map(scenario.members.map((member, rank) => [member, rank]));
    for (const starts of scenario.starts.values()) for (const { path } of starts) this.files.push(path);
  }

  /** One or two steps of an event. Throws MergeError. */
  encode(one: OrderedEvent): readonly (ReplicaStep | CrashStep)[] {
    const { event, member: r, file } = one;
    const place = { file: this.files.indexOf(file.path), line: one.line };
    const unsaid = event.snapshot === undefined ? [] : this.unsaid(one, event.snapshot, place);
    const post = this.carry(one, event.post);
    const known = event.post.known ?? [];
    if (event.digest !== undefined) this.compareSnapshot(one, event.upTo ?? 0, event.digest);
    if (event.action === 'Restart') this.compareKnown(one, known);
    else this.noteKnown(r, known);
    const { start } = file.header;
    const step: ReplicaStep = {
      action: event.action,
      r,
      start,
      seq: event.seq,
      ...this.argumentsOf(one, event, start),
      from: event.from ?? [],
      made: event.made ?? [],
      released: event.released ?? [],
      post,
      accepted: this.votes(one, event.post.accepted ?? []),
      known,
      full: event.above !== undefined,
      above: event.above ?? 0,
      ...place,
    };
    if (event.action !== 'Restart') return [step];
    const { recovered } = event;
    const mark: Mark = recovered === undefined ? [0, 0] : [recovered.start, recovered.seq];
    return [...unsaid, { action: 'Crash', r, recovered: mark, ...place }, step];
  }

  private argumentsOf(one: OrderedEvent, event: TraceEvent, start: number): Partial<ReplicaStep> {
    const { ballot, slot, value, outcome, voted, upTo, first, last, persisted } = event;
    const { said, learnt, digest, inForce, clock, epoch, refused } = event;
    return {
      ...(ballot !== undefined && { ballot: this.ballot(one, ballot) }),
      ...(slot !== undefined && { slot }),
      ...(value !== undefined && { value }),
      ...(outcome !== undefined && { outcome }),
      ...(voted !== undefined && { voted }),
      ...(upTo !== undefined && { upTo }),
      ...(first !== undefined && { first }),
      ...(last !== undefined && { last }),
      ...(learnt !== undefined && { learnt: this.ballot(one, learnt) }),
      ...(digest !== undefined && { digest }),
      ...(inForce !== undefined && { inForce }),
      ...(persisted !== undefined && { persisted: [start, persisted] as const }),
      ...(clock !== undefined && { clock: this.clock(one, clock) }),
      ...(epoch !== undefined && { epoch }),
      ...(refused !== undefined && { refused, ...entryOf(value ?? '') }),
      ...(said !== undefined && { said: { prefix: said.prefix, accepted: this.votes(one, said.accepted) } }),
    };
  }

  /** Each start counts from its beginning. Between two of them the spec's clock may stand still. */
  private clock({ member, file }: OrderedEvent, reading: number): number {
    const { start } = file.header;
    const last = this.clocks.get(member) ?? { start, base: 0, reading: 0 };
    const base = last.start === start ? last.base : last.base + last.reading;
    this.clocks.set(member, { start, base, reading });
    return base + reading;
  }

  /**
   * A process may die when its snapshot lies on the disk and no event says so yet: the next start finds it.
   * What it was then, taken or installed, is a step before the crash.
   */
  private unsaid(
    one: OrderedEvent,
    snapshot: NonNullable<TraceEvent['snapshot']>,
    place: Pick<ReplicaStep, 'file' | 'line'>,
  ): readonly ReplicaStep[] {
    const { member: r } = one;
    const { id, upTo, digest, inForce, epoch } = snapshot;
    this.compareSnapshot(one, upTo, digest);
    const before = this.scalars.get(r) ?? BLANK;
    if (upTo <= before.snapshot) return [];
    const taken = isTakenBy(r, id);
    const learnt = this.ballot(one, snapshot.learnt);
    const most = Math.max(before.learnt, learnt);
    const role = most > before.promised ? 'follower' : before.role;
    const installed = { role, prefix: upTo, applied: upTo, learnt: most };
    const post = { ...before, snapshot: upTo, ...(taken ? {} : installed) };
    this.scalars.set(r, post);
    const made = taken ? [id] : [];
    return [
      {
        ...{ action: taken ? 'TakeSnapshot' : 'InstallSnapshot', r, upTo, learnt, digest, inForce, epoch },
        post,
        ...{ start: one.file.header.start - 1, seq: 0, from: taken ? [] : [id], made, released: made },
        ...{ accepted: [], known: [], full: false, above: 0, ...place },
      },
    ];
  }

  /** Two snapshots of one slot hold one state. */
  private compareSnapshot(one: OrderedEvent, upTo: number, digest: string): void {
    const first = this.snapshots.get(upTo) ?? digest;
    this.snapshots.set(upTo, first);
    if (first === digest) return;
    const reason = `snapshot of slot ${upTo}: its state has the digest ${digest}, elsewhere ${first}`;
    throw rejected('invariant', refOf(one), reason);
  }

  private carry(one: OrderedEvent, post: Post): Scalars {
    const before = this.scalars.get(one.member) ?? BLANK;
    const { promised, role, prefix, learnt, applied, waiting, snapshot } = post;
    const after: Scalars = {
      promised: promised === undefined ? before.promised : this.ballot(one, promised),
      role: role ?? before.role,
      prefix: prefix ?? before.prefix,
      learnt: learnt === undefined ? before.learnt : this.ballot(one, learnt),
      applied: applied ?? before.applied,
      waiting: waiting ?? before.waiting,
      snapshot: snapshot ?? before.snapshot,
    };
    this.scalars.set(one.member, after);
    return after;
  }

  private votes(one: OrderedEvent, rows: readonly (readonly [number, string, string])[]): VoteRow[] {
    return rows.map(([slot, ballot, value]) => [slot, this.ballot(one, ballot), value]);
  }

  private ballot(one: OrderedEvent, text: string): number {
    if (text === '') return 0;
    const at = text.indexOf('@');
    const rank = this.ranks.get(text.slice(at + 1));
    const { path } = one.file;
    if (rank === undefined) throw invalid(path, one.line, `ballot ${text} names no member of the cell`);
    const number = Number(text.slice(0, at)) * this.scenario.members.length + rank + 1;
    if (number >= LIMIT) throw invalid(path, one.line, `ballot ${text} is too high for TLC's integers`);
    return number;
  }

  private noteKnown(member: string, rows: readonly KnownRow[]): void {
    let seen = this.knownBefore.get(member);
    if (seen === undefined) this.knownBefore.set(member, (seen = new Map()));
    for (const [slot, value] of rows) seen.set(slot, value);
  }

  /** TLC compares what it has not forgotten; this covers the slots that it has. */
  private compareKnown(one: OrderedEvent, rows: readonly KnownRow[]): void {
    const seen = this.knownBefore.get(one.member);
    for (const [slot, value] of rows) {
      const before = seen?.get(slot) ?? value;
      if (before === value) continue;
      const reason = `known, slot ${slot}: recovered ${value}, but it knew ${before} before`;
      throw rejected('post-state', refOf(one), reason);
    }
  }
}

/** What a digest tells of the value. */
function entryOf(digest: string): Pick<ReplicaStep, 'entry' | 'of'> {
  const of = epochOfDigest(digest);
  if (of !== null) return { entry: 'command', of };
  return { entry: isMark(digest) ? 'mark' : 'other' };
}

/** The inverse of the encoding of ballots. */
export function ballotText(ballot: number, members: readonly string[]): string {
  if (ballot === 0) return '';
  const rank = (ballot - 1) % members.length;
  return `${(ballot - 1 - rank) / members.length}@${members[rank] ?? '?'}`;
}
