/** The numbers of one session of a client: which are given, and which have no answer yet. */

export class Numbers {
  private next = 1;
  /** Given and without an answer, in ascending order. */
  private readonly open = new Set<number>();
  private readonly waiting: (() => void)[] = [];

  constructor(
    /** As the cell named it. */
    readonly session: string,
    /** How many numbers, from the lowest without an answer on, are given at once. */
    private readonly window: number,
  ) {}

  /** The lowest number without an answer; the next one where all have theirs. */
  get low(): number {
    const [lowest] = this.open;
    return lowest ?? this.next;
  }

  /** The next number, or null where the window has no room for it. */
  take(): number | null {
    if (this.next - this.low >= this.window) return null;
    const seq = this.next++;
    this.open.add(seq);
    return seq;
  }

  /** Resolves when there may be room; false once the time is up. */
  room(timeoutMs: number): Promise<boolean> {
    return new Promise((done) => {
      const timer = setTimeout(() => done(false), Math.max(0, timeoutMs));
      this.waiting.push(() => {
        clearTimeout(timer);
        done(true);
      });
    });
  }

  /** The number has its answer, or its request is given up: it is asked for no more. */
  done(seq: number): void {
    this.open.delete(seq);
    for (const wake of this.waiting.splice(0)) wake();
  }
}
