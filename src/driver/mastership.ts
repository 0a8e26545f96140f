/**
 * When a leader is master (spec/Epochs.tla: BecomeMaster, Apply, LoseLease). It proposes a mark that names its
 * ballot as its first own value, and is master from where it executes that mark, if it leads that very ballot
 * and holds the master lease by then; another mark, and the end of the lease, end the mastership.
 */
import { equalBallots, type State } from '../core/index.js';
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
function holdsLease({ role, promised }: State, ballot: Ballot): boolean {
  return role === 'leader' && equalBallots(promised, ballot);
}

export class Mastership {
  private reign: Reign | null = null;
  private proposed: { readonly ballot: Ballot; readonly slot: Slot } | null = null;
  /** How many there were in this process, and the last of them; for checks of simulated runs. */
  count = 0;
  last: Reign | null = null;

  constructor(private readonly state: () => State) {}

  /** The epoch in which this replica is master; 0 if it is not. */
  get epoch(): number {
    const { reign } = this;
    if (reign !== null && !holdsLease(this.state(), reign.ballot)) this.reign = null;
    return this.reign?.epoch ?? 0;
  }

  /** A mark of this ballot was proposed and is not executed: commands would come behind it, and be refused. */
  get underWay(): boolean {
    const { promised, applied } = this.state();
    const { proposed } = this;
    return proposed !== null && equalBallots(proposed.ballot, promised) && proposed.slot > applied;
  }

  /** The mark that is to be proposed now, by a leader whose window is open; or null. */
  due(): Mark | null {
    const { role, promised, faults } = this.state();
    if (role !== 'leader' || promised === null || this.epoch !== 0) return null;
    return this.underWay && !faults.markedTwice ? null : { kind: 'mark', ballot: promised };
  }

  /** The core took due() as the value of a slot. */
  proposes({ ballot }: Mark, slot: Slot): void {
    this.proposed = { ballot, slot };
  }

  /** A value was applied by the core. */
  applied(value: Value, epoch: number): void {
    if (value.kind !== 'mark') return;
    this.reign = this.makes(value) ? { epoch, ballot: this.state().promised ?? value.ballot } : null;
    if (this.reign === null) return;
    this.count += 1;
    this.last = this.reign;
  }

  private makes({ ballot }: Mark): boolean {
    const state = this.state();
    if (state.faults.markMakesReproposer && state.role === 'leader') return true;
    if (state.faults.markMakesSender && ballot.member === state.self) return true;
    return holdsLease(state, ballot);
  }
}
