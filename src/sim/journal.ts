/** The smallest state machine that shows what was executed, and where: it keeps the commands in order. */
import type { Command, Slot, Value } from '../core/types.js';
import type { Restoring, StateMachine } from '../driver/ports.js';
import { pack, unpack } from '../storage/msgpack.js';

export interface JournalEntry extends Command {
  readonly slot: Slot;
}

export class Journal implements StateMachine {
  private executed: JournalEntry[] = [];
  private last: Slot = 0;

  /** Answers each command with its operation: an echo. */
  apply(slot: Slot, value: Value): readonly Uint8Array[] {
    if (slot !== this.last + 1) throw new Error(`slot ${slot} was executed after slot ${this.last}`);
    this.last = slot;
    if (value.kind !== 'batch') return [];
    for (const { id, op } of value.commands) this.executed.push({ slot, id, op });
    return value.commands.map(({ op }) => op);
  }

  /** Entries are added and never changed, so their number freezes them. */
  snapshot(): Iterator<Uint8Array> {
    return partsOf(this.executed, this.executed.length);
  }

  restore(): Restoring {
    const executed: JournalEntry[] = [];
    return {
      part: (bytes) => {
        for (const [slot, id, op] of unpack(bytes) as [Slot, string, Uint8Array][])
          executed.push({ slot, id, op });
      },
      done: (slot) => {
        this.executed = executed;
        this.last = slot;
      },
    };
  }

  /** The next slot is taken to be the one behind this. */
  skipTo(slot: Slot): void {
    this.last = slot;
  }

  entries(): readonly JournalEntry[] {
    return this.executed;
  }
}

const PART_ENTRIES = 16;

function* partsOf(entries: readonly JournalEntry[], count: number): Generator<Uint8Array> {
  for (let from = 0; from < count; from += PART_ENTRIES) {
    const some = entries.slice(from, Math.min(count, from + PART_ENTRIES));
    yield pack(some.map(({ slot, id, op }) => [slot, id, op]));
  }
}

/** The parts of two machines that are one state: each part begins with the number of its machine. */
export function* bothParts(a: Iterator<Uint8Array>, b: Iterator<Uint8Array>): Generator<Uint8Array> {
  for (const [tag, parts] of [a, b].entries()) {
    for (let next = parts.next(); next.done !== true; next = parts.next())
      yield Uint8Array.from([tag, ...next.value]);
  }
}

export function restoreBoth(a: Restoring, b: Restoring): Restoring {
  return {
    part: (bytes) => (bytes[0] === 0 ? a : b).part(bytes.subarray(1)),
    done: (slot) => {
      a.done(slot);
      b.done(slot);
    },
  };
}
