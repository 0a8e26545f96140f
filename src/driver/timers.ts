/**
 * The two timers of a replica. What they decide reaches the core as inputs, so that a run replays from
 * them.
 */
import type { ReplicaOptions } from './options.js';
import type { Clock, Random } from './ports.js';

export interface TimerInputs {
  heartbeat(): void;
  /** No leader was heard for the drawn time. */
  silence(): void;
}

export class Timers {
  private cancelHeartbeat: (() => void) | null = null;
  private cancelElection: (() => void) | null = null;
  private silenceAt = 0;

  constructor(
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly options: ReplicaOptions,
    private readonly inputs: TimerInputs,
  ) {}

  start(): void {
    this.armHeartbeat();
    this.heard();
    this.armElection();
  }

  /** A leader was heard: the election timeout begins anew, with a new random length. */
  heard(): void {
    const { electionMinMs, electionMaxMs } = this.options;
    this.silenceAt = this.clock.now() + this.random.integer(electionMinMs, electionMaxMs);
  }

  stop(): void {
    this.cancelHeartbeat?.();
    this.cancelElection?.();
  }

  private armHeartbeat(): void {
    this.cancelHeartbeat = this.clock.after(this.options.heartbeatMs, () => {
      this.armHeartbeat();
      this.inputs.heartbeat();
    });
  }

  /** One timer at a time: it looks whether a leader was heard meanwhile, which happens at each message. */
  private armElection(): void {
    const left = Math.max(1, this.silenceAt - this.clock.now());
    this.cancelElection = this.clock.after(left, () => {
      const silent = this.clock.now() >= this.silenceAt;
      if (silent) this.heard();
      this.armElection();
      if (silent) this.inputs.silence();
    });
  }
}
