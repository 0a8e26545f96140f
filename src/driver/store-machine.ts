/** The key-value store as the replicated state machine: one result per command; it counts the marks. */
import type { Slot, Value } from '../core/types.js';
import type { Place } from '../store/place.js';
import type { Store } from '../store/store.js';
import type { Restoring, StateMachine } from './ports.js';

export class StoreMachine implements StateMachine {
  constructor(readonly store: Store) {}

  read(op: Uint8Array): Uint8Array {
    return this.store.read(op);
  }

  apply(slot: Slot, value: Value): readonly Uint8Array[] {
    if (value.kind === 'mark') this.store.mark();
    if (value.kind !== 'batch') return [];
    return value.commands.map(({ op }, index) => this.execute(op, { slot, index }));
  }

  protected execute(op: Uint8Array, at: Place): Uint8Array {
    return this.store.apply(op, at);
  }

  snapshot(): Iterator<Uint8Array> {
    return this.store.snapshot();
  }

  restore(): Restoring {
    const reader = this.store.reader();
    return { part: (bytes) => reader.part(bytes), done: () => this.store.restore(reader.end()) };
  }
}
