/**
 * The words of the protocol as data. Names are those of spec/PaxosReplica.tla; the table in README.md maps
 * them to the words of the LogCabin talk and of Paxos Made Live.
 */
import type BTree from 'sorted-btree';

/** A replica in one life of its disk: `<replica>.<incarnation>`, e.g. `r1.9f3c21ab`. */
export type Member = string;

/** A position of the log. Slot 0 is the birth record; values begin at slot 1. */
export type Slot = number;

/** One attempt to lead. Ordered by round, then by member; the round is never used twice by a member. */
export interface Ballot {
  readonly round: number;
  readonly member: Member;
}

/** One client command: opaque bytes to the core, and the id under which its sender waits for the answer. */
export interface Command {
  readonly id: string;
  readonly op: Uint8Array;
}

/** What a slot may hold. Batching is inside the value, so one Accept is one slot and one event. */
export type Value =
  | { readonly kind: 'noop' }
  /** Commands whose handling began in that epoch; executed in it or not at all (spec: Epochs). */
  | { readonly kind: 'batch'; readonly epoch: number; readonly commands: readonly Command[] }
  /** Records a mastership: that of the leader of this ballot. */
  | Mark
  | NamedConfiguration;

export interface Mark {
  readonly kind: 'mark';
  readonly ballot: Ballot;
}

/** An accepted (ballot, value) of one slot. */
export interface Vote {
  readonly ballot: Ballot;
  readonly value: Value;
}

/** Slot 0, the same bytes in the marker of each member of the first configuration. */
export interface Birth {
  readonly cell: string;
  /** Members of the first configuration, in ascending order. */
  readonly members: readonly Member[];
  /** A configuration at slot c governs from c + alpha on; at most alpha slots are open at once. */
  readonly alpha: number;
  /** Master lease L in milliseconds; a constant of the cell (no lease is granted yet). */
  readonly leaseMs: number;
  /** Clock rate bound rho in parts per thousand; a constant of the cell. */
  readonly driftPerMille: number;
}

/** Who votes in a slot. */
export interface Configuration {
  /** In ascending order, at least one. */
  readonly members: readonly Member[];
}

/** A configuration as a value: in slot c it governs from slot c + alpha on (spec: Membership). */
export interface NamedConfiguration extends Configuration {
  readonly kind: 'configuration';
  /** Names the change: no two proposals are the same value. */
  readonly id: string;
  /** Who listens and catches up, with no vote that counts; in ascending order, none of them a member. */
  readonly learners: readonly Learner[];
  /** Where members and learners are reached, and by which name. Opaque to the core. */
  readonly addresses: Readonly<Record<Member, string>>;
}

export interface Learner {
  readonly member: Member;
  /** It shall be made a member once it has caught up, in the place of this one if one is named. */
  readonly promote: boolean;
  readonly replaces: Member | null;
}

/** A configuration that is known, and its slot. */
export interface Change {
  readonly slot: Slot;
  readonly configuration: NamedConfiguration;
}

/**
 * What a snapshot says of itself: the state after slot upTo. The ballot of the same slot may differ from
 * place to place, so the digest is of the state alone.
 */
export interface SnapshotHandle {
  /** Names it as a message: `<member>/<start>/snapshot/<slot>` of who took it; empty for the birth record. */
  readonly id: string;
  readonly upTo: Slot;
  /** The highest ballot at which whoever took it had learnt; null iff upTo is 0. */
  readonly learnt: Ballot | null;
  /**
   * Who governs the next alpha slots, since the entries that say so went with the log: what does in the
   * first of them, and each change behind that. Where none is named for a slot, the birth record governs.
   */
  readonly inForce: readonly Change[];
  /** How many marks are covered, and the ballot that the last one names; null iff there is none. */
  readonly epoch: number;
  readonly marked: Ballot | null;
  /** Of the bytes of the state: 32 hexadecimal digits; empty for the birth record. */
  readonly digest: string;
}

export type Role = 'follower' | 'candidate' | 'leader';

/**
 * Names an event: `start` counts the process starts of a member from 1, `seq` the events of one start
 * from 0.
 */
export interface EventId {
  readonly start: number;
  readonly seq: number;
}

/**
 * One durable step, written to the log in this order and never changed. Each record carries the promise
 * in force, the known prefix and the highest ballot at which anything in it was learnt, so that recovery
 * is the fold of a prefix of the records (docs: PaxosReplica's queue).
 */
export interface LogRecord {
  readonly event: EventId;
  /** null where values were learnt by catch-up before any promise. */
  readonly promised: Ballot | null;
  readonly prefix: Slot;
  readonly learnt: Ballot | null;
  readonly body:
    | { readonly kind: 'promise' }
    | { readonly kind: 'accept'; readonly slot: Slot; readonly ballot: Ballot; readonly value: Value }
    | { readonly kind: 'known'; readonly first: Slot; readonly values: readonly Value[] };
}

/** Ordered map from slots with cheap copy-on-write clones; never mutated once it is part of a State. */
export type SlotMap<V> = BTree.default<Slot, V>;
