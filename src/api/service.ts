/** What the client port needs of the replica behind it. The real process and the tests provide it. */
import type { Member, Slot } from '../core/types.js';
import type { Change, ChangeAnswer } from '../driver/changes.js';
import type { HandOver } from '../driver/leadership.js';
import type { Answer } from '../driver/ports.js';

export interface ApiService {
  /** Puts an operation of the store (src/store/codec.ts) through the log. Never rejects. */
  submit(operation: Uint8Array): Promise<Answer>;
  /** Answers a read as of now, from the leader's store: it takes no place in the log. Never rejects. */
  read(operation: Uint8Array): Promise<Answer>;
  /** Store.read() of this replica's store: what it has applied so far, which may be behind. */
  readLocal(operation: Uint8Array): Uint8Array;
  /** Puts a change of the configuration to the cell. Never rejects. */
  change(change: Change): Promise<ChangeAnswer>;
  /** Hands the mastership to a member, where this replica leads. Never rejects. */
  handOver(to: Member): Promise<HandOver>;
  status(): ApiStatus;
}

export interface ApiStatus {
  readonly cell: string;
  /** The replica that answers. */
  readonly member: Member;
  /** Members and learners of the newest configuration that it knows. */
  readonly members: readonly ApiMember[];
  /** The birth record as JSON. */
  readonly birth: string;
  /** The leader as far as this replica knows, or null. */
  readonly leader: Member | null;
  /** Round of the highest ballot that this replica knows of. */
  readonly round: number;
  /** The known prefix, and how much of it is applied. */
  readonly prefix: Slot;
  readonly applied: Slot;
  /** How many masterships are recorded in what is applied. */
  readonly epoch: number;
  /** Of the store: its revision, and roughly what it takes in bytes. */
  readonly revision: number;
  readonly size: number;
}

export interface ApiMember {
  readonly member: Member;
  /** What people call the replica. */
  readonly name: string;
  /** host:port, where known. */
  readonly peerAddress: string | null;
  readonly clientAddress: string | null;
  readonly isLearner: boolean;
}
