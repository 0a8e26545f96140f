/** The key-value store as the replicated state machine: one result per command, none for a no-op. */
import type { Slot, Value } from '../core/types.js';
import { PartReader } from '../store/snapshot.js';
import type { Store } from '../store/store.js';
import type { Restoring, StateMachine } from './ports.js';

export class StoreMachine implements StateMachine {
  constructor(readonly store: Store) {}

  apply(_slot: Slot, value: Value): readonly Uint8Array[] {
    return value.kind === 'noop' ? [] : value.commands.map(({ op }) => this.store.apply(op));
  }

  snapshot(): Iterator<Uint8Array> {
    return this.store.snapshot();
  }

  restore(): Restoring {
    const reader = new PartReader();
    return { part: (bytes) => reader.part(bytes), done: () => this.store.restore(reader.end()) };
  }
}
