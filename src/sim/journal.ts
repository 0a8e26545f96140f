/** The smallest state machine that shows what was executed, and where: it keeps the commands in order. */
import type { Command, Slot, Value } from '../core/types.js';
import type { StateMachine } from '../driver/ports.js';

export interface JournalEntry extends Command {
  readonly slot: Slot;
}

export class Journal implements StateMachine {
  private readonly executed: JournalEntry[] = [];
  private last: Slot = 0;

  /** Answers each command with its operation: an echo. */
  apply(slot: Slot, value: Value): readonly Uint8Array[] {
    if (slot !== this.last + 1) throw new Error(`slot ${slot} was executed after slot ${this.last}`);
    this.last = slot;
    if (value.kind !== 'batch') return [];
    for (const { id, op } of value.commands) this.executed.push({ slot, id, op });
    return value.commands.map(({ op }) => op);
  }

  /** What was executed so far, as bytes of its count: enough to tell states apart. */
  read(): Uint8Array {
    return Uint8Array.of(this.executed.length & 255, this.executed.length >> 8);
  }

  /** The next slot is taken to be the one behind this. */
  skipTo(slot: Slot): void {
    this.last = slot;
  }

  entries(): readonly JournalEntry[] {
    return this.executed;
  }
}
