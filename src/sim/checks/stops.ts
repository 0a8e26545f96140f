/** Processes that ended by themselves: only a fault that was injected into their disk explains it. */
import type { SimCell } from '../cell.js';

export class StopCheck {
  /** How many ended by an injected fault. */
  explained = 0;
  private readonly seen = new Map<string, number>();

  constructor(
    private readonly cell: SimCell,
    /** Whether a message tells of an injected fault. */
    private readonly isInjected: (message: string) => boolean,
  ) {}

  /** Those that ended since the last look and that nothing explains. */
  unexplained(): readonly string[] {
    return this.cell.names.flatMap((name) => {
      const { fatal } = this.cell.node(name);
      const fresh = fatal.slice(this.seen.get(name) ?? 0);
      this.seen.set(name, fatal.length);
      const wrong = fresh.filter(({ message }) => !this.isInjected(message));
      this.explained += fresh.length - wrong.length;
      return wrong.map(({ message }) => `${name}: ${message}`);
    });
  }
}
