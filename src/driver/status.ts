/** What a replica says of itself, to operators and to checks. */
import type { State } from '../core/index.js';
import type { Ballot, Member, Role, Slot } from '../core/types.js';
import { standing } from './membership.js';

export interface Status {
  readonly cell: string;
  readonly member: Member;
  readonly start: number;
  readonly role: Role;
  /** Whether it votes, listens, or was removed, as far as it knows. */
  readonly standing: 'member' | 'learner' | 'removed';
  /** Who leads, as far as this replica knows. */
  readonly leader: Member | null;
  readonly promised: Ballot | null;
  readonly prefix: Slot;
  readonly applied: Slot;
  /** Of what is applied, and that in which it is master; 0 if it is not. */
  readonly epoch: number;
  readonly master: number;
  /** Steps that wait for their sync. */
  readonly unsynced: number;
  /** Requests that wait for their answer. */
  readonly pending: number;
  /** How many inputs were not used, by reason. */
  readonly ignored: Readonly<Record<string, number>>;
}

export function statusOf(
  state: State,
  leader: Member | null,
  pending: number,
  master: number,
  ignored: ReadonlyMap<string, number>,
): Status {
  const { self: member, start, birth, role, promised, prefix, applied, epoch, unsynced } = state;
  return {
    ...{ cell: birth.cell, member, start, role, promised, prefix, applied, epoch, pending, master },
    standing: standing(state),
    leader: role === 'leader' ? member : leader,
    unsynced: unsynced.length,
    ignored: Object.fromEntries(ignored),
  };
}
