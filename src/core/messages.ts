/**
 * Messages between replicas. Nouns; consuming one is `Handle` + noun. An id is `member/start/seq/n` of
 * the event that made the message; a broadcast is one id, and a resend repeats the bytes and the id.
 */
import type { Ballot, Member, Slot, Value, Vote } from './types.js';

export type MessageId = string;

/**
 * The talk's `overthrow`: a candidate asks for promises at `ballot` and for what is accepted from `first`
 * on.
 */
export interface Prepare {
  readonly type: 'Prepare';
  readonly id: MessageId;
  readonly ballot: Ballot;
  readonly first: Slot;
}

/** Every accepted entry in slots >= max(first, prefix + 1), and the known prefix of the sender. */
export interface Promise {
  readonly type: 'Promise';
  readonly id: MessageId;
  readonly ballot: Ballot;
  readonly from: Member;
  readonly accepted: readonly (readonly [Slot, Vote])[];
  readonly prefix: Slot;
}

/** The talk's `store`. */
export interface Accept {
  readonly type: 'Accept';
  readonly id: MessageId;
  readonly ballot: Ballot;
  readonly slot: Slot;
  readonly value: Value;
}

export interface Accepted {
  readonly type: 'Accepted';
  readonly id: MessageId;
  readonly ballot: Ballot;
  readonly slot: Slot;
  readonly from: Member;
}

/**
 * The talk's `finalize`, for a prefix: every slot <= upTo is chosen. Repeated as the leader's heartbeat.
 */
export interface Chosen {
  readonly type: 'Chosen';
  readonly id: MessageId;
  readonly ballot: Ballot;
  readonly upTo: Slot;
}

/**
 * Known values of the slots first, first + 1, ...; learnt is the highest ballot at which the sender
 * learnt.
 */
export interface Entries {
  readonly type: 'Entries';
  readonly id: MessageId;
  readonly first: Slot;
  readonly values: readonly Value[];
  readonly learnt: Ballot;
}

/** The sender has promised `ballot`, which is above that of the refused Prepare or Accept. */
export interface Reject {
  readonly type: 'Reject';
  readonly id: MessageId;
  readonly ballot: Ballot;
}

/** A leader asks for a grant of its ballot; `at` is when, in milliseconds of its own clock. */
export interface LeaseRequest {
  readonly type: 'LeaseRequest';
  readonly id: MessageId;
  readonly ballot: Ballot;
  readonly at: number;
}

/** The sender promises no other member for a while; `at` is that of the request. */
export interface Grant {
  readonly type: 'Grant';
  readonly id: MessageId;
  readonly ballot: Ballot;
  readonly from: Member;
  readonly at: number;
}

/** The sender reads no more in the ballot: grants of it may be dropped. */
export interface Release {
  readonly type: 'Release';
  readonly id: MessageId;
  readonly ballot: Ballot;
}

/** A leader asks whether its ballot is still promised; `prefix` is what it knew then. */
export interface ReadRound {
  readonly type: 'ReadRound';
  readonly id: MessageId;
  readonly ballot: Ballot;
  readonly prefix: Slot;
}

/** The promise of the sender was that very ballot when the round, a ReadRound by its id, reached it. */
export interface Confirm {
  readonly type: 'Confirm';
  readonly id: MessageId;
  readonly ballot: Ballot;
  readonly from: Member;
  readonly round: MessageId;
}

/** A request for the known values from `first` on. It changes no state of the spec, so it has no id. */
export interface CatchUp {
  readonly type: 'CatchUp';
  readonly first: Slot;
}

export type Message =
  | (Prepare | Promise | Accept | Accepted | Chosen | Entries | Reject | CatchUp)
  | (LeaseRequest | Grant | Release | ReadRound | Confirm);
