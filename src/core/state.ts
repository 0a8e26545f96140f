/** The state of one replica: immutable data. Names are those of the variables of spec/PaxosReplica.tla. */
import { NO_FAULTS, withFaults, type Faults } from './faults.js';
import type { Accept, Chosen, MessageId, Prepare } from './messages.js';
import { emptySlots, withoutUpTo } from './slot-map.js';
import type { Outgoing } from './step-types.js';
import type { Ballot, Birth, Change, LogRecord, Member, Role } from './types.js';
import type { Slot, SlotMap, SnapshotHandle, Value, Vote } from './types.js';

export interface State {
  readonly self: Member;
  /** Counts the process starts of this member from 1. */
  readonly start: number;
  /** The seq of the next event of this start. */
  readonly seq: number;
  readonly birth: Birth;
  readonly faults: Faults;

  // The durable state, as it is in memory: the last element of the spec's queue.

  /**
   * Accepts nothing below it; a candidate's or leader's own ballot. PromiseIsDurable, PrepareIsDurable,
   * ChosenOnce.
   */
  readonly promised: Ballot | null;
  /** The last vote in each slot. VoteIsDurable, OneValue, ChosenOnce. */
  readonly accepted: SlotMap<Vote>;
  /** The newest snapshot on the disk, at first the birth record. What it covers is in no map. NothingLost. */
  readonly snapshot: SnapshotHandle;
  /** What is known to be chosen, in the slots snapshot.upTo + 1..prefix. Agreement, AppliedIsKnown. */
  readonly known: SlotMap<Value>;
  /** Every slot up to here is known. Agreement, AppliedIsKnown. */
  readonly prefix: Slot;
  /** The highest ballot at which anything known was learnt; null iff prefix is 0. Agreement. */
  readonly learnt: Ballot | null;

  // Memory alone.

  /** OneValue (a leader proposes in the ballot of its own promise, and in no other). */
  readonly role: Role;
  /** The state machine has executed the slots up to here. AppliedIsKnown. */
  readonly applied: Slot;
  /** How many marks are among them, and the ballot that the last one names. CommandInItsEpoch. */
  readonly epoch: number;
  readonly marked: Ballot | null;
  /**
   * The spec's queue behind its head: handled, not yet synced. PrepareIsDurable, PromiseIsDurable,
   * VoteIsDurable.
   */
  readonly unsynced: readonly Unsynced[];
  /** OneMaster (the spec's clock, lent and quiet of this replica). */
  readonly lease: Lease;

  // Not variables of the spec: what it reads off `sent`, off the head of its queue, or leaves to liveness.

  /**
   * The known configurations in the order of their slots; of those that the snapshot covers, what still
   * governs a slot. CutIsCut.
   */
  readonly changes: readonly Change[];
  /** The known prefix at the start of this process; only planted mistakes look at it. */
  readonly recovered: Slot;
  /** The last record known to be synced, the head of the spec's queue; null where none is. */
  readonly durable: LogRecord | null;
  /** What a candidate or leader keeps of its ballot; null iff follower. */
  readonly attempt: Attempt | null;
  /** The highest round seen in any message, so that a campaign starts above it. */
  readonly round: number;
  /** Who knows more than this replica, and what was asked of it; null where nobody is known to. */
  readonly behind: Behind | null;
  /** How often it asked around for what it lacks, as one without a vote. */
  readonly asked: number;
  /** Heartbeat inputs so far: tells what is old enough to be sent again. */
  readonly beats: number;
  /** state.beats when the known prefix last grew. */
  readonly grown: number;
}

/** What a replica keeps of clocks and grants; in whole milliseconds of its own clock. */
export interface Lease {
  /** The last reading that a step was given. */
  readonly clock: number;
  /** Its latest grant: until then it promises no other member. */
  readonly lent: { readonly ballot: Ballot; readonly until: number } | null;
  /** After a restart it promises nobody before that. */
  readonly quiet: number;
  /** Grants asked for before that do not count, and nobody is promised before `shy`: see distrustClock. */
  readonly since: number;
  readonly shy: number;
}

/** A durable step that waits for its sync, with the messages that rest on it. */
export interface Unsynced {
  readonly record: LogRecord;
  readonly held: readonly Outgoing[];
}

/** A ballot of one's own. Its number is state.promised: it is not kept apart. */
export interface Attempt {
  readonly prepare: Prepare;
  /** Promises counted, by sender. */
  readonly promises: ReadonlyMap<Member, Counted>;
  /** The highest slot that a counted promise reports as accepted. Above it every slot is free. */
  readonly reported: Slot;
  /** The highest slot proposed in this ballot; with prefix it bounds what was proposed without a gap. */
  readonly proposed: Slot;
  /** Proposed and not yet known. */
  readonly open: SlotMap<Open>;
  /** Configurations proposed in this ballot and not yet known. */
  readonly configurations: readonly Change[];
  /** The last Chosen of this ballot; the heartbeat repeats it. */
  readonly chosen: Chosen | null;
  /** The latest grant of each member: its id, and when the request for it left. */
  readonly grants: ReadonlyMap<Member, { readonly id: MessageId; readonly at: number }>;
  /** The lease was given up: no read is answered in this ballot any more. */
  readonly released: boolean;
  /** The last round for reads by a quorum: its id, the known prefix when it began, and who confirmed. */
  readonly round: {
    readonly id: MessageId;
    readonly prefix: Slot;
    readonly confirms: ReadonlyMap<Member, MessageId>;
  } | null;
}

export interface Counted {
  readonly id: MessageId;
  readonly prefix: Slot;
  readonly accepted: ReadonlyMap<Slot, Vote>;
}

export interface Open {
  readonly accept: Accept;
  /** Accepteds counted, by sender. */
  readonly accepteds: ReadonlyMap<Member, MessageId>;
  /** state.beats when it was proposed. */
  readonly beat: number;
}

export interface Behind {
  /** The member that showed the longest known prefix, and that prefix. */
  readonly of: Member;
  readonly upTo: Slot;
  /** The slot from which on entries were asked for, and state.beats when they last were. */
  readonly asked: Slot;
  readonly last: number;
}

/** What there is before the first snapshot: the birth record, at slot 0 (spec: BirthRecord). */
export const BIRTH_SNAPSHOT: SnapshotHandle = {
  ...{ id: '', upTo: 0, learnt: null, inForce: [], epoch: 0, marked: null, digest: '' },
};

/** The last slot whose vote goes from the log with a snapshot (spec: Cut). */
export function cutAt({ faults }: State, upTo: Slot): Slot {
  return faults.cutKeepsLast ? upTo - 1 : upTo;
}

/** Without what was proposed in slots that are known by now. */
export function coveredUpTo(attempt: Attempt, prefix: Slot): Attempt {
  const { open, configurations } = attempt;
  return {
    ...attempt,
    open: withoutUpTo(open, prefix),
    configurations: configurations.filter(({ slot }) => slot > prefix),
  };
}

/** A member's first start: nothing promised, accepted or known (spec: Init). Makes no event. */
export function initialState(self: Member, start: number, birth: Birth, faults?: Partial<Faults>): State {
  return {
    self,
    start,
    seq: 0,
    birth,
    faults: faults === undefined ? NO_FAULTS : withFaults(faults),
    promised: null,
    accepted: emptySlots(),
    snapshot: BIRTH_SNAPSHOT,
    known: emptySlots(),
    prefix: 0,
    learnt: null,
    role: 'follower',
    applied: 0,
    epoch: 0,
    marked: null,
    unsynced: [],
    lease: initialLease(start > 1, birth),
    changes: [],
    recovered: 0,
    durable: null,
    attempt: null,
    round: 0,
    behind: null,
    asked: 0,
    beats: 0,
    grown: 0,
  };
}

/** At the start of a process: a restarted one promises nobody for L (spec: Forgets). */
function initialLease(restarted: boolean, birth: Birth): Lease {
  return { clock: 0, lent: null, quiet: restarted ? birth.leaseMs : 0, since: 0, shy: 0 };
}
