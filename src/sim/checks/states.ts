/**
 * Identical states at equal slots: every replica executes the same commands, so after the same slot all
 * stores have one digest. Commands are kept with their slots, for the checker of acknowledgements.
 */
import type { Slot, Value } from '../../core/types.js';
import type { StateMachine } from '../../driver/ports.js';
import { StoreMachine } from '../../driver/store-machine.js';
import { Store } from '../../store/store.js';
import { Journal } from '../journal.js';

/** A digest reads the whole store, so only every so many slots have one. */
const EVERY: Slot = 64;

export class StateCheck {
  /** What differs; empty is good. */
  readonly differences: string[] = [];
  /** Told of each value that a machine executes, and of the machine's epoch before it. */
  watch: (slot: Slot, value: Value, epoch: number) => void = () => undefined;
  private readonly digests = new Map<Slot, string>();
  private readonly results = new Map<string, Uint8Array>();

  /** The state machine of a process start. */
  machine(): CheckedMachine {
    return new CheckedMachine(
      (slot, digest) => this.compare(slot, digest),
      (slot, after) => this.differences.push(`slot ${slot} was executed after slot ${after}`),
      (slot, value, epoch) => this.watch(slot, value, epoch),
      (id, result) => {
        if (!this.results.has(id)) this.results.set(id, result);
      },
    );
  }

  /** What a command resulted in where it was first executed; undefined if nobody executed it. */
  resultOf(id: string): Uint8Array | undefined {
    return this.results.get(id);
  }

  /** Compares the states of machines that executed the same slots; false if they did not. */
  same(machines: readonly CheckedMachine[]): boolean {
    const [first, ...others] = machines;
    if (first === undefined) return true;
    const digest = first.digest();
    return others.every((other) => {
      if (other.slot !== first.slot) return false;
      if (other.digest() !== digest) this.differences.push(`the states after slot ${first.slot} differ`);
      return true;
    });
  }

  private compare(slot: Slot, digest: string): void {
    const first = this.digests.get(slot);
    if (first === undefined) this.digests.set(slot, digest);
    else if (first !== digest) this.differences.push(`the states after slot ${slot} differ`);
  }
}

export class CheckedMachine implements StateMachine {
  readonly journal = new Journal();
  slot: Slot = 0;
  private readonly store = new Store();
  private readonly machine = new StoreMachine(this.store);

  constructor(
    private readonly tell: (slot: Slot, digest: string) => void,
    private readonly outOfOrder: (slot: Slot, after: Slot) => void,
    private readonly executes: StateCheck['watch'],
    private readonly executed: (id: string, result: Uint8Array) => void,
  ) {}

  apply(slot: Slot, value: Value): readonly Uint8Array[] {
    if (slot !== this.slot + 1) this.outOfOrder(slot, this.slot);
    this.executes(slot, value, this.store.epoch);
    this.journal.skipTo(slot - 1);
    this.journal.apply(slot, value);
    const results = this.machine.apply(slot, value);
    this.slot = slot;
    if (value.kind === 'batch') value.commands.forEach(({ id }, i) => this.tellResult(id, results[i]));
    if (slot % EVERY === 0) this.tell(slot, this.digest());
    return results;
  }

  digest(): string {
    return this.store.digest();
  }

  private tellResult(id: string, result: Uint8Array | undefined): void {
    if (result !== undefined) this.executed(id, result);
  }
}
