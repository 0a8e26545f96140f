/** A request that waits for its answer, and what is told of it. */
import type { Faults, State } from '../core/index.js';
import type { Executed } from '../core/epochs.js';
import type { Command, Member, Slot, Value } from '../core/types.js';
import type { ReplicaOptions } from './options.js';
import type { Answer, Clock, Handled } from './ports.js';

export type Reply = (answer: Answer) => void;

export interface Request extends Command {
  readonly reply: Reply;
  readonly deadline: number;
  /** When to give up waiting for a leader; that of a request which was passed on is in the past. */
  leaderBy: number;
  readonly forwardable: boolean;
  readonly read: boolean;
  /** In which its handling began, and how often it began anew after it was proposed or passed on. */
  epoch: number;
  anew: number;
  /** It may have been executed in a slot that a snapshot covered. */
  unsure: boolean;
  status: 'waiting' | 'proposed' | 'forwarded' | 'answered';
  /** Whoever it was passed on to last. */
  passedTo: Member | null;
}

/** A read that a leader took. */
export type Read = Pick<Request, 'id' | 'op'>;

/** Of what a client puts: a read, or a command for the epoch of now and no other. */
export type Kind = 'command' | 'command once' | 'read';

export interface Proposed {
  readonly epoch: number;
  readonly requests: readonly Request[];
}

export interface RequestPorts {
  readonly member: Member;
  readonly start: number;
  readonly clock: Clock;
  readonly options: ReplicaOptions;
  /** Planted mistakes. */
  readonly faults?: Faults;
  /** Sends a request on to the leader; false where it certainly does not arrive. */
  forward(to: Member, command: Handled, read: boolean): boolean;
  /** The core's, of all that it has applied. */
  reign(): Pick<State, 'epoch' | 'marked'>;
}

/** A value that was executed or refused in its slot. */
export interface Applied extends Executed {
  readonly slot: Slot;
  readonly value: Value;
}
