/**
 * Virtual time: one queue of events for a whole cell, ordered by time, then by the order in which they were
 * asked for. Nothing else moves a simulated run, so the same calls give the same run.
 */
import type { Clock } from '../driver/ports.js';

interface Event {
  readonly time: number;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

/** So many events at one time are a loop: a run that hangs would say nothing. */
const MOST_AT_ONCE = 1_000_000;

const before = (a: Event, b: Event): boolean => a.time < b.time || (a.time === b.time && a.order < b.order);

export class SimClock implements Clock {
  /** A binary heap: each event is not before its parent at (index - 1) >> 1. */
  private readonly heap: Event[] = [];
  private time = 0;
  private order = 0;
  /** Events since time last moved. */
  private atOnce = 0;

  now(): number {
    return this.time;
  }

  after(ms: number, run: () => void): () => void {
    const event: Event = { time: this.time + Math.max(0, ms), order: this.order++, run, cancelled: false };
    this.push(event);
    return () => {
      event.cancelled = true;
    };
  }

  /** Runs the next event; false if there is none up to the time limit, which is then the time. */
  next(limit: number): boolean {
    for (;;) {
      const event = this.heap[0];
      if (event === undefined || event.time > limit) {
        this.time = Math.max(this.time, limit);
        return false;
      }
      this.pop();
      if (event.cancelled) continue;
      this.count(event.time);
      event.run();
      return true;
    }
  }

  private count(time: number): void {
    if (time > this.time) this.atOnce = 0;
    else if ((this.atOnce += 1) > MOST_AT_ONCE)
      throw new Error(`time stands still at ${time} ms: ${MOST_AT_ONCE} events and no end`);
    this.time = time;
  }

  /** Runs everything that happens within the next ms. */
  run(ms: number): void {
    const limit = this.time + ms;
    while (this.next(limit));
  }

  /** Runs until the condition holds; false if it does not within ms. */
  runUntil(condition: () => boolean, ms: number): boolean {
    const limit = this.time + ms;
    while (!condition()) if (!this.next(limit)) return condition();
    return true;
  }

  /** A clock for one process: after `end` none of its callbacks runs any more. */
  process(faults?: ClockFaults): ProcessClock {
    return new ProcessClock(this, faults);
  }

  private push(event: Event): void {
    const heap = this.heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up];
      if (parent === undefined || before(parent, event)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = event;
  }

  private pop(): void {
    const heap = this.heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      let child = heap[down];
      if (child === undefined) break;
      const right = heap[down + 1];
      if (right !== undefined && before(right, child)) {
        down += 1;
        child = right;
      }
      if (before(last, child)) break;
      heap[at] = child;
      at = down;
    }
    heap[at] = last;
  }
}

/** How the clock of a member differs from the time of the simulation; what a machine's clock may do. */
export interface ClockFaults {
  /** Milliseconds that pass on this clock in one of the simulation. */
  rate: number;
  /** The same of its time of day, which is kept right from outside; 1 if absent. */
  wallRate?: number;
  /** Added to the time that this clock shows. */
  skewMs: number;
}

/** Timers of real machines are coarser. */
const LEAST_MS = 0.001;

/**
 * The clock of one process, and the gate through which all reaches it: while the process is stopped, what
 * comes due waits, in order, and happens when it goes on.
 */
export class ProcessClock implements Clock {
  /** A turn of a slow process begins so many milliseconds late. */
  slowTurnMs = 0;
  private alive = true;
  /** How many faults keep the process stopped. */
  private stopped = 0;
  private held: (() => void)[] = [];

  constructor(
    private readonly clock: SimClock,
    private readonly faults: ClockFaults = { rate: 1, skewMs: 0 },
  ) {}

  /** The time of day, true if nothing is wrong: what a suspended machine finds when it goes on. */
  wall(): number {
    return this.clock.now() * (this.faults.wallRate ?? 1);
  }

  now(): number {
    return this.clock.now() * this.faults.rate + this.faults.skewMs;
  }

  after(ms: number, run: () => void): () => void {
    // A drifting clock may lack a last fraction of a millisecond: a timer that does not move time never ends.
    const wait = ms <= 0 ? this.slowTurnMs : Math.max(LEAST_MS, ms / this.faults.rate);
    return this.clock.after(wait, () => this.pass(run));
  }

  /** Runs what happens to the process: now, when it goes on, or never if it has ended. */
  pass(run: () => void): void {
    if (!this.alive) return;
    if (this.stopped > 0) this.held.push(run);
    else run();
  }

  /** Stops the process, as SIGSTOP or the host of a virtual machine may. */
  stop(): void {
    this.stopped += 1;
  }

  get isStopped(): boolean {
    return this.stopped > 0;
  }

  /** Ends one stop. */
  goOn(): void {
    this.stopped -= 1;
    if (this.stopped > 0) return;
    const held = this.held;
    this.held = [];
    for (const run of held) this.clock.after(0, () => this.pass(run));
  }

  end(): void {
    this.alive = false;
    this.held = [];
  }
}
