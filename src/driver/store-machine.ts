/** The key-value store as the replicated state machine: one result per command, none for a no-op. */
import type { Slot, Value } from '../core/types.js';
import type { Store } from '../store/store.js';
import type { Restoring, StateMachine } from './ports.js';

export class StoreMachine implements StateMachine {
  constructor(readonly store: Store) {}

  apply(slot: Slot, value: Value): readonly Uint8Array[] {
    if (value.kind !== 'batch') return [];
    return value.commands.map(({ op }, index) => this.store.apply(op, { slot, index }));
  }

  snapshot(): Iterator<Uint8Array> {
    return this.store.snapshot();
  }

  restore(): Restoring {
    const reader = this.store.reader();
    return { part: (bytes) => reader.part(bytes), done: () => this.store.restore(reader.end()) };
  }
}
