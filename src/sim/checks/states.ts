/**
 * Identical states at equal slots: every replica executes the same commands, so after the same slot all
 * stores have one digest. Commands are kept with their slots, for the checker of acknowledgements.
 */
import type { Slot, Value } from '../../core/types.js';
import type { Restoring, StateMachine } from '../../driver/ports.js';
import { StoreMachine } from '../../driver/store-machine.js';
import type { Place } from '../../store/place.js';
import { SessionTable, type SessionsView } from '../../store/sessions.js';
import { Store } from '../../store/store.js';
import { bothParts, Journal, restoreBoth } from '../journal.js';
import type { Done } from './exactly-once.js';

/** A digest reads the whole store, so only every so many slots have one. */
const EVERY: Slot = 64;

/** Told of each batch that a machine executed, command by command. */
export type Watch = (slot: Slot, done: readonly Done[]) => void;

type Executes = (slot: Slot, value: Value, epoch: number) => void;

export class StateCheck {
  /** What differs; empty is good. */
  readonly differences: string[] = [];
  /** Told of each value before a machine executes it, and of the machine's epoch. */
  executes: Executes = () => undefined;
  private readonly digests = new Map<Slot, string>();
  private readonly results = new Map<string, Uint8Array>();

  constructor(private readonly watch: Watch = () => undefined) {}

  /** The state machine of a process start, with that table of sessions. */
  machine(table = new SessionTable()): CheckedMachine {
    return new CheckedMachine(table, {
      tell: (slot, digest) => this.compare(slot, digest),
      outOfOrder: (slot, after) => this.differences.push(`slot ${slot} was executed after slot ${after}`),
      executed: (id, result) => {
        if (!this.results.has(id)) this.results.set(id, result);
      },
      watch: this.watch,
      executes: (...one) => this.executes(...one),
    });
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

interface Told {
  readonly tell: (slot: Slot, digest: string) => void;
  readonly outOfOrder: (slot: Slot, after: Slot) => void;
  readonly executed: (id: string, result: Uint8Array) => void;
  readonly watch: Watch;
  readonly executes: Executes;
}

/** Keeps what was done with each command of a batch. */
class WatchedMachine extends StoreMachine {
  done: Done[] = [];

  protected override execute(op: Uint8Array, at: Place): Uint8Array {
    const before = this.store.revision;
    const result = super.execute(op, at);
    this.done.push({ op, result, changed: this.store.revision !== before });
    return result;
  }
}

export class CheckedMachine implements StateMachine {
  readonly journal = new Journal();
  slot: Slot = 0;
  private readonly store: Store;
  private readonly machine: WatchedMachine;

  constructor(
    table: SessionTable,
    private readonly told: Told,
  ) {
    this.store = new Store(undefined, table);
    this.machine = new WatchedMachine(this.store);
  }

  get sessions(): SessionsView {
    return this.store.sessions;
  }

  apply(slot: Slot, value: Value): readonly Uint8Array[] {
    if (slot !== this.slot + 1) this.told.outOfOrder(slot, this.slot);
    this.told.executes(slot, value, this.store.epoch);
    this.journal.skipTo(slot - 1);
    this.journal.apply(slot, value);
    this.machine.done = [];
    const results = this.machine.apply(slot, value);
    this.slot = slot;
    this.told.watch(slot, this.machine.done);
    if (value.kind === 'batch') value.commands.forEach(({ id }, i) => this.tellResult(id, results[i]));
    if (slot % EVERY === 0) this.told.tell(slot, this.digest());
    return results;
  }

  read(op: Uint8Array): Uint8Array {
    return this.machine.read(op);
  }

  snapshot(): Iterator<Uint8Array> {
    return bothParts(this.journal.snapshot(), this.machine.snapshot());
  }

  restore(): Restoring {
    const both = restoreBoth(this.journal.restore(), this.machine.restore());
    return {
      part: (bytes) => both.part(bytes),
      done: (slot) => {
        both.done(slot);
        this.slot = slot;
        if (slot % EVERY === 0) this.told.tell(slot, this.digest());
      },
    };
  }

  digest(): string {
    return this.store.digest();
  }

  private tellResult(id: string, result: Uint8Array | undefined): void {
    if (result !== undefined) this.told.executed(id, result);
  }
}
