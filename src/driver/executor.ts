/**
 * Executes known values on the state machine, in the order of their slots, and answers who waits for them.
 */
import type { State } from '../core/index.js';
import type { Slot, Value } from '../core/types.js';
import type { Restoring, StateMachine } from './ports.js';
import type { Requests } from './requests.js';

type Work =
  | { readonly slot: Slot; readonly value: Value }
  /** The state after the slot is taken over from a snapshot. */
  | { readonly slot: Slot; readonly restoring: Restoring };

export class Executor {
  private waiting: Work[] = [];

  constructor(
    private readonly machine: StateMachine,
    private readonly requests: Requests,
    private readonly of: Pick<State, 'self' | 'faults'>,
  ) {}

  add(slot: Slot, value: Value): void {
    this.waiting.push({ slot, value });
  }

  restore(slot: Slot, restoring: Restoring): void {
    this.waiting.push({ slot, restoring });
  }

  /** Executes what was added; answers name the round, that of the promise in force. */
  execute(round: number): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const work of waiting) {
      const { slot } = work;
      if ('restoring' in work) {
        work.restoring.done(slot);
        this.requests.installed(slot);
        continue;
      }
      const { value } = work;
      const results = this.of.faults.batchOrderDiffers
        ? this.applyInOrderOfItsOwn(slot, value)
        : this.machine.apply(slot, value);
      const commands = value.kind === 'batch' ? value.commands.length : 0;
      if (results.length !== commands) {
        throw new Error(
          `the state machine gave ${results.length} results for ${commands} commands in slot ${slot}`,
        );
      }
      this.requests.applied(slot, value, results, round);
    }
  }

  /** Planted (batchOrderDiffers): one member executes the commands of a batch the other way round. */
  private applyInOrderOfItsOwn(slot: Slot, value: Value): readonly Uint8Array[] {
    const turned = value.kind === 'batch' && this.of.self.startsWith('r2.');
    if (!turned) return this.machine.apply(slot, value);
    const results = this.machine.apply(slot, { ...value, commands: value.commands.toReversed() });
    return results.toReversed();
  }
}
