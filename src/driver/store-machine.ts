/** The key-value store as the replicated state machine: one result per command; it counts the marks. */
import type { Slot, Value } from '../core/types.js';
import type { Store } from '../store/store.js';
import type { StateMachine } from './ports.js';

export class StoreMachine implements StateMachine {
  constructor(readonly store: Store) {}

  apply(slot: Slot, value: Value): readonly Uint8Array[] {
    if (value.kind === 'mark') this.store.mark();
    if (value.kind !== 'batch') return [];
    return value.commands.map(({ op }, index) => this.store.apply(op, { slot, index }));
  }
}
