/**
 * When the clock is read for the core, and when a leader asks for the lease. A reading is whole milliseconds
 * since the process began, taken right before the step that depends on it.
 */
import { distrusted, leaseUntil, type State } from '../core/index.js';
import type { Input } from '../core/step-types.js';
import type { LogRecord } from '../core/types.js';
import type { Clock } from './ports.js';

/** Wall and monotonic time may differ by so much from one reading to the next, besides the drift. */
const JUMP_MS = 5;

const OF_CLOCK: readonly Input['kind'][] = ['campaign', 'ask lease', 'read'];

export class Leases {
  private readonly origin: number;
  private last: { readonly now: number; readonly wall: number | null };
  /** When the last turn began, and how often there was none for too long. */
  private turnAt: number;
  stallsSeen = 0;
  /** For which ballot it was asked first. */
  private askedFor: unknown = null;
  /** The oldest record that waited for its sync when the lease was last asked for. */
  private stuck: LogRecord | null = null;

  constructor(private readonly clock: Clock) {
    this.origin = clock.now();
    this.turnAt = this.origin;
    this.last = { now: this.origin, wall: clock.wall?.() ?? null };
  }

  /**
   * Called at each turn, and there is one at each heartbeat. A gap longer by a quarter of the lease is a
   * process that stood still: the inputs that tell the core.
   */
  stalls(state: State, heartbeatMs: number): readonly Input[] {
    const now = this.clock.now();
    const gap = now - this.turnAt;
    this.turnAt = now;
    const { leaseMs } = state.birth;
    if (leaseMs === 0 || state.role !== 'leader' || gap <= heartbeatMs + leaseMs / 4) return [];
    this.stallsSeen += 1;
    return [...this.read(state), { kind: 'stalled' }];
  }

  /** The inputs that must come before this one, so that the core has a reading for it. */
  before(state: State, input: Input): readonly Input[] {
    return dependsOnClock(input) ? this.read(state) : [];
  }

  /** Reads the clock: the inputs that tell the core. */
  read(state: State): readonly Input[] {
    if (state.birth.leaseMs === 0) return [];
    const { now, wall } = this.both();
    const jumped = this.jumped(now, wall, state.birth.driftPerMille);
    this.last = { now, wall };
    const reading = this.reading(now);
    const tick: readonly Input[] = reading > state.lease.clock ? [{ kind: 'tick', now: reading }] : [];
    return jumped ? [...tick, { kind: 'distrust clock' }] : tick;
  }

  /** The lease as it is by what the clock says now, without a step. */
  now(state: State): State['lease'] {
    const { lease, birth } = state;
    if (birth.leaseMs === 0) return lease;
    const { now, wall } = this.both();
    const ticked = { ...lease, clock: Math.max(lease.clock, this.reading(now)) };
    return this.jumped(now, wall, birth.driftPerMille) ? distrusted(ticked, birth) : ticked;
  }

  private reading(now = this.clock.now()): number {
    return Math.floor(now - this.origin);
  }

  private both(): { readonly now: number; readonly wall: number | null } {
    return { now: this.clock.now(), wall: this.clock.wall?.() ?? null };
  }

  /** A machine was suspended, or its clock set, if the two clocks do not tell of the same time. */
  private jumped(now: number, wall: number | null, driftPerMille: number): boolean {
    if (wall === null || this.last.wall === null) return false;
    const passed = now - this.last.now;
    const differs = Math.abs(wall - this.last.wall - passed);
    return differs > JUMP_MS + (2 * Math.abs(passed) * driftPerMille) / 1000;
  }

  /**
   * Whether a leader shall ask now: in a new ballot, and at each heartbeat in the second half of the lease.
   * Only durable progress renews: not while the record that waited at the last request still waits for its
   * sync.
   */
  asks(state: State, heartbeat: boolean): boolean {
    const { role, attempt, birth } = state;
    if (role !== 'leader' || attempt === null || attempt.released || birth.leaseMs === 0) return false;
    const isNew = this.askedFor !== attempt.prepare;
    if (!isNew && (!heartbeat || leaseUntil(state) - this.reading() > birth.leaseMs / 2)) return false;
    const oldest = state.unsynced[0]?.record ?? null;
    const hangs = oldest !== null && oldest === this.stuck;
    this.askedFor = attempt.prepare;
    this.stuck = oldest;
    return !hangs || state.faults.renewedWhileStuck;
  }
}

function dependsOnClock(input: Input): boolean {
  if (input.kind !== 'message') return OF_CLOCK.includes(input.kind);
  return input.message.type === 'Prepare' || input.message.type === 'LeaseRequest';
}
