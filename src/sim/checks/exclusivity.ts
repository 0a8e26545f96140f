/**
 * Leases exclude each other in true time (spec: OneMaster). Whoever would answer a read from its own state
 * now must have bound a quorum: acceptors that by their own clocks, at this very moment, promise nobody else.
 * That is looked at without waiting for an election that the lease failed to prevent.
 */
import { configurationsFrom, isQuorum, mayPromise, readBlocked, type State } from '../../core/index.js';
import type { SimCell } from '../cell.js';

export class ExclusivityCheck {
  /** How often a member held the lease when it was looked at. */
  held = 0;

  constructor(private readonly cell: SimCell) {}

  /** What is wrong now; empty is good. */
  violations(): readonly string[] {
    const masters = this.cell.up.filter((name) => this.isMaster(name));
    this.held += masters.length;
    const wrong = masters.flatMap((name) => this.unbound(name));
    if (masters.length > 1) wrong.push(`OneMaster: ${masters.join(' and ')} hold the lease at once`);
    return wrong;
  }

  /** A process that is stopped answers nothing, and reads its clock when it goes on. */
  private isMaster(name: string): boolean {
    const { replica, clock } = this.cell.process(name);
    if (clock.isStopped || replica.inspect().role !== 'leader' || this.cell.birth.leaseMs === 0) return false;
    return readBlocked(replica.atNow()) === null;
  }

  private unbound(name: string): string[] {
    const { replica } = this.cell.process(name);
    const state = replica.atNow();
    const { self, applied } = state;
    const bound = this.cell.names.filter((one) => this.isBound(one, self));
    const members = bound.map((one) => this.cell.node(one).member);
    const free = configurationsFrom(state, applied + 1).some((one) => !isQuorum(members, one));
    const at = `${name} reads by its lease, which binds only ${bound.join(', ') || 'nobody'}`;
    return free ? [`OneMaster: ${at}`] : [];
  }

  /** Who is down promises nobody, and when it is started again it is silent for the longest lease. */
  private isBound(name: string, master: string): boolean {
    const { process } = this.cell.node(name);
    if (process === null) return true;
    const state: State = process.replica.atNow();
    const lentTo = state.lease.lent?.ballot.member ?? NOBODY;
    return !mayPromise(state, lentTo === master ? NOBODY : lentTo);
  }
}

/** A member that nobody granted anything. */
const NOBODY = '';
