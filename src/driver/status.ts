/** What a replica says of itself, to operators and to checks. */
import type { Ballot, Member, Role, Slot } from '../core/types.js';

export interface Status {
  readonly cell: string;
  readonly member: Member;
  readonly start: number;
  readonly role: Role;
  /** Who leads, as far as this replica knows. */
  readonly leader: Member | null;
  readonly promised: Ballot | null;
  readonly prefix: Slot;
  readonly applied: Slot;
  /** Steps that wait for their sync. */
  readonly unsynced: number;
  /** Requests that wait for their answer. */
  readonly pending: number;
  /** How many inputs were not used, by reason. */
  readonly ignored: Readonly<Record<string, number>>;
}
