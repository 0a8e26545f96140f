/** What a person sees while a run takes its time. */

export class Progress {
  private readonly began = performance.now();

  constructor(private readonly print: (line: string) => void) {}

  /** Seconds since the run began. */
  elapsed(): number {
    return (performance.now() - this.began) / 1000;
  }

  say(line: string): void {
    this.print(`[${this.elapsed().toFixed(1).padStart(6)} s] ${line}`);
  }

  /** Says the line now and then until the work is done. */
  async during<T>(everySeconds: number, line: () => string, work: Promise<T>): Promise<T> {
    const timer = setInterval(() => {
      this.say(line());
    }, everySeconds * 1000);
    try {
      return await work;
    } finally {
      clearInterval(timer);
    }
  }
}
