/**
 * When a leader is master (spec/Epochs.tla: AcquireLease, LoseLease, BecomeMaster, Apply). It proposes a mark
 * that names its ballot as its first own value, and is master from where it executes that mark, if it leads
 * that very ballot and holds the master lease by then. Another mark ends the mastership, and so does a gap of
 * the lease: after one the leader writes another mark. A ballot raised within the lease needs none.
 */
import { clientBlocked, equalBallots, leaseUntil, type State } from '../core/index.js';
import type { Executed } from '../core/epochs.js';
import type { Ballot, Mark, Slot, Value } from '../core/types.js';

/** One mastership of this replica. */
export interface Reign {
  readonly epoch: number;
  /** That the mark names. */
  readonly ballot: Ballot;
  /** How many leases this process had lost before. */
  readonly lost: number;
}

/** A lease without a gap, as long as each look finds it before its end. */
interface Held extends Pick<State, 'changes'> {
  /** By the replica's own clock. */
  readonly until: number;
  readonly ballot: Ballot | null;
  readonly since: number;
}

export interface MastershipPorts {
  readonly state: () => State;
  /** Its lease as it is if the clock is read now. */
  readonly lease: () => State['lease'];
  /** Steps the core through a proposal in a window that is open. */
  readonly propose: (mark: Mark) => void;
}

/** More than there are between two looks. */
const PAST = 16;

export class Mastership {
  private reign: Reign | null = null;
  private held: Held | null = null;
  private lost = 0;
  private proposed: { readonly ballot: Ballot; readonly slot: Slot } | null = null;
  /** The last ones of this process, how many there were, and how many values were refused: for checks. */
  readonly past: Reign[] = [];
  count = 0;
  refused = 0;

  constructor(private readonly ports: MastershipPorts) {}

  /** The epoch in which this replica is master; 0 if it is not. */
  get epoch(): number {
    this.look();
    // A snapshot may have brought another mark.
    if (this.reign !== null && this.reign.epoch !== this.ports.state().epoch) this.reign = null;
    return this.reign?.epoch ?? 0;
  }

  /** A mark of this ballot is proposed and not executed: commands would come behind it, and be refused. */
  get underWay(): boolean {
    return this.isMarked && (this.proposed?.slot ?? 0) > this.ports.state().applied;
  }

  /** At the end of a leader's turn: proposes a mark if it is due, before anything else of its own. */
  serve(): void {
    const state = this.ports.state();
    const { role, promised: ballot, faults } = state;
    if (role !== 'leader' || ballot === null || this.epoch !== 0 || clientBlocked(state) !== null) return;
    if (this.underWay && !faults.markedTwice) return;
    // One that was executed without the lease, or lost its force with it: the next one once it is held.
    if (this.isMarked && !this.underWay && this.held === null) return;
    this.ports.propose({ kind: 'mark', ballot });
    this.proposed = { ballot, slot: this.ports.state().attempt?.proposed ?? 0 };
  }

  /** The core made a step: what the lease rests on may have changed. */
  stepped(before: State): void {
    const { role, promised, attempt, lease, changes } = this.ports.state();
    const was = before.attempt;
    const same =
      role === before.role &&
      promised === before.promised &&
      changes === before.changes &&
      lease.since === before.lease.since &&
      attempt?.grants === was?.grants &&
      attempt?.released === was?.released &&
      attempt?.configurations.length === was?.configurations.length;
    if (!same) this.look();
  }

  /** A value was applied by the core. */
  applied({ value, epoch, refused }: Executed & { readonly value: Value }): void {
    if (refused) this.refused += 1;
    if (value.kind !== 'mark') return;
    const ballot = this.makes(value);
    this.reign = ballot === null ? null : { epoch, ballot, lost: this.lost };
    if (this.reign === null) return;
    this.count += 1;
    this.past.push(this.reign);
    if (this.past.length > PAST) this.past.shift();
  }

  /** The ballot of the mastership that the mark makes here (spec: Makes); null where it makes none. */
  private makes({ ballot }: Mark): Ballot | null {
    const { self, faults, role, promised } = this.ports.state();
    this.look();
    if (senderIsMaster(faults)) return ballot.member === self ? ballot : null;
    if (role !== 'leader' || (this.held === null && !faults.markNeedsNoLease)) return null;
    return equalBallots(promised, ballot) || faults.markMakesReproposer ? promised : null;
  }

  /** A mark of this ballot was proposed. */
  private get isMarked(): boolean {
    const { proposed } = this;
    return proposed !== null && equalBallots(proposed.ballot, this.ports.state().promised);
  }

  /** Is the lease held, and was it since the last look? What is lost is lost for good. */
  private look(): void {
    const state = this.ports.state();
    if (this.held === null && state.role !== 'leader') return;
    const lease = this.ports.lease();
    const { promised: ballot, changes, faults } = state;
    const until = leaseUntil(state, lease);
    if (this.held !== null && !carriedOn(this.held, state, lease, until)) this.lose(faults.lapseKeepsMark);
    if (until > lease.clock) this.held = { until, ballot, changes, since: lease.since };
  }

  private lose(keepsMark: boolean): void {
    this.held = null;
    if (keepsMark || senderIsMaster(this.ports.state().faults)) return;
    this.lost += 1;
    this.reign = null;
  }
}

/** Planted (markMakesSender). */
const senderIsMaster = (faults: State['faults']): boolean => faults.markMakesSender;

/**
 * Whether the lease has no gap up to now. In its ballot it is what the grants say. A candidate that led, and
 * a leader that raised its ballot and has no grants of it yet, is covered by those of the ballot before: they
 * keep all others from being elected till their end. `now` is until when the grants counted now suffice.
 */
function carriedOn(held: Held, state: State, lease: State['lease'], now: number): boolean {
  const { until, ballot, changes, since } = held;
  const { role, promised, birth } = state;
  const same = equalBallots(ballot, promised);
  if (birth.leaseMs === 0) return role === 'leader' && same;
  if (lease.clock >= until || lease.since !== since || role === 'follower') return false;
  return now > 0 || (!same && changes === state.changes);
}
