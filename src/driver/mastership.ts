/**
 * When a leader is master (spec/Epochs.tla: BecomeMaster, Apply, LoseLease). It proposes a mark that names
 * its ballot as its first own value, and is master from where it executes that mark, if it leads that very
 * ballot and holds the master lease by then; another mark, and the end of the lease, end the mastership.
 */
import { clientBlocked, equalBallots, type State } from '../core/index.js';
import type { Executed } from '../core/epochs.js';
import type { Ballot, Mark, Slot, Value } from '../core/types.js';

/** One mastership of this replica. */
export interface Reign {
  readonly epoch: number;
  readonly ballot: Ballot;
}

/**
 * Whether the master lease is held that the mark of this ballot was written for. There is no lease yet: who
 * leads a ballot holds its lease, which ends with the ballot.
 */
function holdsLease({ role, promised, faults }: State, ballot: Ballot): boolean {
  return faults.markMakesSender || (role === 'leader' && equalBallots(promised, ballot));
}

export interface MastershipPorts {
  readonly state: () => State;
  /** Steps the core through a proposal in a window that is open. */
  readonly propose: (mark: Mark) => void;
}

/** More than there are between two looks. */
const PAST = 16;

export class Mastership {
  private reign: Reign | null = null;
  private proposed: { readonly ballot: Ballot; readonly slot: Slot } | null = null;
  /** The last ones of this process, how many there were, and how many values were refused: for checks. */
  readonly past: Reign[] = [];
  count = 0;
  refused = 0;

  constructor(private readonly ports: MastershipPorts) {}

  /** The epoch in which this replica is master; 0 if it is not. */
  get epoch(): number {
    const { reign } = this;
    const state = this.ports.state();
    // A snapshot may have brought another mark.
    if (reign !== null && (reign.epoch !== state.epoch || !holdsLease(state, reign.ballot)))
      this.reign = null;
    return this.reign?.epoch ?? 0;
  }

  /** A mark of this ballot is proposed and not executed: commands would come behind it, and be refused. */
  get underWay(): boolean {
    const { promised, applied } = this.ports.state();
    const { proposed } = this;
    return proposed !== null && equalBallots(proposed.ballot, promised) && proposed.slot > applied;
  }

  /** At the end of a leader's turn: proposes a mark if it is due, before anything else of its own. */
  serve(): void {
    const state = this.ports.state();
    const { role, promised: ballot, faults } = state;
    if (role !== 'leader' || ballot === null || this.epoch !== 0 || clientBlocked(state) !== null) return;
    if (this.underWay && !faults.markedTwice) return;
    this.ports.propose({ kind: 'mark', ballot });
    this.proposed = { ballot, slot: this.ports.state().attempt?.proposed ?? 0 };
  }

  /** A value was applied by the core. */
  applied({ value, epoch, refused }: Executed & { readonly value: Value }): void {
    if (refused) this.refused += 1;
    if (value.kind !== 'mark') return;
    const ballot = this.makes(value);
    this.reign = ballot === null ? null : { epoch, ballot };
    if (this.reign === null) return;
    this.count += 1;
    this.past.push(this.reign);
    if (this.past.length > PAST) this.past.shift();
  }

  /** The ballot of the mastership that the mark makes here; null where it makes none. */
  private makes({ ballot }: Mark): Ballot | null {
    const state = this.ports.state();
    if (state.faults.markMakesReproposer && state.role === 'leader') return state.promised;
    return ballot.member === state.self && holdsLease(state, ballot) ? ballot : null;
  }
}
