/**
 * Calls and returns in order of time, as a doubly linked list from which operations are lifted once they have
 * their place and into which they are put back when the search turns round (Wing & Gong; Lowe).
 */
import type { History } from './history.js';

const HEAD = 0;

export class Window {
  /** Node 0 is the head; operation i has the call 2i + 1 and the return 2i + 2. */
  private readonly next: Int32Array;
  private readonly previous: Int32Array;
  private readonly answered: Uint8Array;
  private open: number;
  private readonly lifted: number[] = [];

  constructor(history: History<unknown, unknown>) {
    const size = 2 * history.length + 1;
    this.next = new Int32Array(size).fill(-1);
    this.previous = new Int32Array(size).fill(-1);
    this.answered = new Uint8Array(history.length);
    const events: { node: number; at: number }[] = [];
    history.forEach((operation, i) => {
      events.push({ node: 2 * i + 1, at: operation.invoked });
      if (operation.end.kind === 'open') return;
      this.answered[i] = 1;
      events.push({ node: 2 * i + 2, at: operation.end.at });
    });
    // A call that is as old as a return counts as before it: they overlap, which allows more orders.
    events.sort((a, b) => a.at - b.at || (a.node % 2 === 1 ? 0 : 1) - (b.node % 2 === 1 ? 0 : 1));
    let last = HEAD;
    for (const { node } of events) {
      this.link(last, node);
      last = node;
    }
    this.open = this.answered.reduce((sum, one) => sum + one, 0);
  }

  /** Whether every answered operation has its place. */
  get done(): boolean {
    return this.open === 0;
  }

  /** How many operations were lifted so far: a mark to undo to. */
  get mark(): number {
    return this.lifted.length;
  }

  /** The operations lifted, in order. */
  get order(): readonly number[] {
    return this.lifted;
  }

  /** Operations that may come next: those called before the first return of one that has no place yet. */
  candidates(): number[] {
    const found: number[] = [];
    for (let node = this.after(HEAD); node > 0 && node % 2 === 1; node = this.after(node))
      found.push((node - 1) / 2);
    return found;
  }

  lift(operation: number): void {
    this.unlink(2 * operation + 1);
    if (this.answered[operation] === 1) {
      this.unlink(2 * operation + 2);
      this.open -= 1;
    }
    this.lifted.push(operation);
  }

  /** Puts back what was lifted after the mark, calling `back` for each. */
  undo(mark: number, back: (operation: number) => void): void {
    while (this.lifted.length > mark) {
      const operation = this.lifted.pop() as number;
      if (this.answered[operation] === 1) {
        this.relink(2 * operation + 2);
        this.open += 1;
      }
      this.relink(2 * operation + 1);
      back(operation);
    }
  }

  private after(node: number): number {
    return this.next[node] as number;
  }

  private link(before: number, after: number): void {
    if (before >= 0) this.next[before] = after;
    if (after >= 0) this.previous[after] = before;
  }

  private unlink(node: number): void {
    this.link(this.previous[node] as number, this.next[node] as number);
  }

  /** The node still knows its neighbours; nodes come back in the opposite order in which they left. */
  private relink(node: number): void {
    const before = this.previous[node] as number;
    const after = this.next[node] as number;
    this.link(before, node);
    this.link(node, after);
  }
}
