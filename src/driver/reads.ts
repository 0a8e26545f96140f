/**
 * Linearizable reads at the leader. They take no place in the log: the lease covers them, or else a round in
 * which a quorum says that it still follows. A round serves the reads that had arrived when it began; a
 * heartbeat that finds it unanswered begins another one, with all that wait.
 */
import { readBlocked, roundBlocked, type State, type Transition } from '../core/index.js';
import type { Input } from '../core/step-types.js';
import type { StateMachine } from './ports.js';
import type { Read } from './request.js';
import type { Requests } from './requests.js';

export interface ReadPorts {
  readonly requests: Requests;
  readonly machine: StateMachine;
  readonly state: () => State;
  readonly advance: (input: Input) => Transition;
}

export class Reads {
  /** Those of the round under way. */
  private asked: readonly Read[] = [];
  private beats = 0;
  /** To be answered once this turn has executed what it knows. */
  private allowed: { readonly read: Read; readonly by: 'lease' | 'quorum' }[] = [];

  constructor(private readonly ports: ReadPorts) {}

  heartbeat(): void {
    this.beats += 1;
  }

  /** At the end of a leader's turn. */
  serve(): void {
    const { requests, state, advance } = this.ports;
    if (this.asked.length === 0 && !requests.hasReads) return;
    // By an older reading of the clock more grants count: what it forbids is forbidden now.
    if (readBlocked(state()) === null && advance({ kind: 'read' }).action !== null)
      return this.allow([...this.takeAsked(), ...requests.takeReads()], 'lease');
    if (this.asked.length > 0 && roundBlocked(state()) === null) {
      advance({ kind: 'read by quorum' });
      this.allow(this.takeAsked(), 'quorum');
    }
    const late = this.asked.length > 0 && this.beats > 1;
    if ((this.asked.length > 0 && !late) || (!late && !requests.hasReads)) return;
    this.asked = [...this.asked, ...requests.takeReads()];
    this.beats = 0;
    advance({ kind: 'ask round' });
  }

  /** At the end of another's turn: the leader is asked. */
  follows(): void {
    if (this.asked.length > 0) this.ports.requests.putBack(this.takeAsked());
  }

  /** Answers what this turn allowed, from the state as it is. */
  answer(round: number): void {
    const { requests, machine, state } = this.ports;
    const { allowed } = this;
    this.allowed = [];
    const { applied: slot, epoch } = state();
    for (const { read, by } of allowed)
      requests.answerRead(read, { ok: true, result: machine.read(read.op), slot, round, epoch, by });
  }

  private allow(reads: readonly Read[], by: 'lease' | 'quorum'): void {
    for (const read of reads) this.allowed.push({ read, by });
  }

  private takeAsked(): readonly Read[] {
    const { asked } = this;
    this.asked = [];
    return asked;
  }
}
