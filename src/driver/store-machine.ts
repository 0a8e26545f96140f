/** The key-value store as the replicated state machine: one result per command, none for a no-op. */
import type { Slot, Value } from '../core/types.js';
import type { Store } from '../store/store.js';
import type { StateMachine } from './ports.js';

export class StoreMachine implements StateMachine {
  constructor(readonly store: Store) {}

  apply(_slot: Slot, value: Value): readonly Uint8Array[] {
    return value.kind !== 'batch' ? [] : value.commands.map(({ op }) => this.store.apply(op));
  }
}
