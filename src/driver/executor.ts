/**
 * Executes known values on the state machine, in the order of their slots, and answers who waits for them.
 */
import { NOOP, type State } from '../core/index.js';
import type { Effect } from '../core/step-types.js';
import type { Slot, SnapshotHandle, Value } from '../core/types.js';
import type { Mastership } from './mastership.js';
import type { Restoring, StateMachine } from './ports.js';
import type { Requests } from './requests.js';

type Apply = Extract<Effect, { readonly kind: 'apply' }>;
/** The state of a snapshot is taken over. */
type Restore = { readonly snapshot: SnapshotHandle; readonly restoring: Restoring };

export class Executor {
  private waiting: (Apply | Restore)[] = [];

  constructor(
    private readonly machine: StateMachine,
    private readonly requests: Requests,
    private readonly mastership: Mastership,
    private readonly of: Pick<State, 'self' | 'faults'>,
  ) {}

  add(apply: Apply): void {
    this.mastership.applied(apply);
    this.waiting.push(apply);
  }

  restore(snapshot: SnapshotHandle, restoring: Restoring): void {
    this.waiting.push({ snapshot, restoring });
  }

  /** Executes what was added; answers name the round, that of the promise in force. True: an epoch began. */
  execute(round: number): boolean {
    const waiting = this.waiting;
    let marked = false;
    this.waiting = [];
    for (const work of waiting) {
      if ('restoring' in work) {
        work.restoring.done(work.snapshot.upTo);
        this.requests.installed(work.snapshot);
        marked = true;
        continue;
      }
      const { slot, value, epoch, refused } = work;
      // What is refused changes nothing: the state machine sees a no-op.
      const taken = refused ? NOOP : value;
      const results = this.of.faults.batchOrderDiffers
        ? this.applyInOrderOfItsOwn(slot, taken)
        : this.machine.apply(slot, taken);
      const commands = taken.kind === 'batch' ? taken.commands.length : 0;
      if (results.length !== commands) {
        throw new Error(
          `the state machine gave ${results.length} results for ${commands} commands in slot ${slot}`,
        );
      }
      if (value.kind === 'mark') {
        this.requests.beginAnew(epoch);
        marked = true;
      }
      this.requests.applied({ slot, value, epoch, refused }, results, round);
    }
    return marked;
  }

  /** Planted (batchOrderDiffers): one member executes the commands of a batch the other way round. */
  private applyInOrderOfItsOwn(slot: Slot, value: Value): readonly Uint8Array[] {
    const turned = value.kind === 'batch' && this.of.self.startsWith('r2.');
    if (!turned) return this.machine.apply(slot, value);
    const results = this.machine.apply(slot, { ...value, commands: value.commands.toReversed() });
    return results.toReversed();
  }
}
