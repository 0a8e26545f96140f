/**
 * Is there an order of the operations that a sequential object could have executed, in which no operation
 * comes after one that began only when it was over? Depth-first search with memory: Wing & Gong 1993, with
 * Lowe's cache of configurations. Exact: the hooks of the model only cut off what cannot succeed.
 */
import type { History } from './history.js';
import { Memo, Placed } from './memo.js';
import type { Model } from './model.js';
import { Window } from './window.js';

/** What the search knows where it could go no further, at the point where it had placed the most. */
export interface Stuck<State> {
  readonly state: State;
  /** Operations in the order in which they were placed, as indices of the history. */
  readonly order: readonly number[];
  /** Answered operations that may come next by time, and none of which can. */
  readonly next: readonly number[];
}

export type Found<State> =
  | { readonly kind: 'linearizable'; readonly order: readonly number[]; readonly steps: number }
  | { readonly kind: 'violation'; readonly stuck: Stuck<State>; readonly steps: number }
  /** The budget of steps ran out before either was shown. */
  | { readonly kind: 'undecided'; readonly steps: number };

interface Frame<State> {
  readonly state: State;
  readonly candidates: readonly number[];
  readonly mark: number;
  next: number;
}

/** The verdict on the whole history within a budget of steps of the model. */
export function search<S, I, O>(model: Model<S, I, O>, history: History<I, O>, budget: number): Found<S> {
  return new Search(model, history, budget).run();
}

class Search<S, I, O> {
  private readonly window: Window;
  private readonly placed: Placed;
  private readonly memo: Memo<S>;
  /** Operations that must have a place; the open ones may have one. */
  private readonly due: readonly boolean[];
  /** What an operation answers where it has a place; undefined: anything. */
  private readonly outputs: readonly (O | undefined)[];
  private readonly quiet: readonly boolean[];
  /** The version at which an operation must start, by its own answer; -1 where none is counted. */
  private readonly starts: readonly number[];
  /** Versions that an operation made by its own answer: no other one can have made them. */
  private readonly taken = new Set<number>();
  private readonly mayHaveMade: (version: number, input: I) => boolean;
  private readonly frames: Frame<S>[] = [];
  private steps = 0;
  private spent = false;
  private stuck: Stuck<S> | null = null;

  constructor(
    private readonly model: Model<S, I, O>,
    private readonly history: History<I, O>,
    private readonly budget: number,
  ) {
    this.window = new Window(history);
    this.placed = new Placed(history.length);
    this.memo = new Memo(
      (state) => model.hash(state),
      (a, b) => model.equal(a, b),
    );
    this.due = history.map((op) => op.end.kind === 'answered');
    this.outputs = history.map(({ end }) => (end.kind === 'answered' ? end.output : end.later));
    this.quiet = history.map((op, i) => model.quiet?.(op.input, this.outputs[i]) ?? false);
    this.starts = history.map((op, i) => this.startOf(op.input, this.outputs[i], this.quiet[i] === true));
    const answers = history.flatMap((op) =>
      op.end.kind === 'answered' ? [[op.input, op.end.output] as const] : [],
    );
    this.mayHaveMade = model.evidence?.(answers) ?? (() => true);
  }

  run(): Found<S> {
    let state: S | null = this.model.init();
    while (state !== null) {
      const dead = !this.settle(state);
      if (this.window.done) return { kind: 'linearizable', order: [...this.window.order], steps: this.steps };
      this.frames.push({
        state,
        candidates: dead ? [] : this.movers(state),
        mark: this.window.mark,
        next: 0,
      });
      state = this.advance();
      if (this.spent) return { kind: 'undecided', steps: this.steps };
    }
    if (this.stuck === null) throw new Error('a search that found nothing was never stuck');
    return { kind: 'violation', stuck: this.stuck, steps: this.steps };
  }

  private startOf(input: I, output: O | undefined, quiet: boolean): number {
    if (output === undefined || this.model.versions === undefined) return -1;
    const after = this.model.versions.claimed(input, output);
    if (quiet) return after;
    this.taken.add(after);
    return after - 1;
  }

  private step(state: S, operation: number): S | null {
    this.steps += 1;
    return this.model.step(state, this.input(operation), this.outputs[operation]);
  }

  private input(operation: number): I {
    return (this.history[operation] as History<I, O>[number]).input;
  }

  private lift(operation: number): void {
    this.window.lift(operation);
    this.placed.toggle(operation);
  }

  /**
   * Places every quiet operation that fits now. False where one never will: its answer names a version that
   * is past, or this version, of which there is one state only in this branch, and does not fit it.
   */
  private settle(state: S): boolean {
    const version = this.model.versions?.of(state) ?? -1;
    for (let moved = true; moved;) {
      moved = false;
      for (const operation of this.window.candidates()) {
        const start = this.starts[operation] as number;
        const past = start >= 0 && start < version;
        if (past && this.due[operation] === true) return false;
        if (this.quiet[operation] !== true || past || start > version) continue;
        if (this.step(state, operation) === null) {
          if (start === version && start >= 0 && this.due[operation] === true) return false;
          continue;
        }
        this.lift(operation);
        moved = true;
      }
    }
    return true;
  }

  /** Operations that may change the state next: first those of a known answer, the others latest first. */
  private movers(state: S): readonly number[] {
    const version = this.model.versions?.of(state) ?? -1;
    const all = this.window.candidates().filter((operation) => this.quiet[operation] !== true);
    const answered = all.filter((operation) => {
      const start = this.starts[operation] as number;
      return this.outputs[operation] !== undefined && (start === -1 || start === version);
    });
    if (this.model.versions !== undefined && this.taken.has(version + 1)) return answered;
    const open = all.filter(
      (operation) =>
        this.outputs[operation] === undefined &&
        (this.model.versions === undefined || this.mayHaveMade(version + 1, this.input(operation))),
    );
    return [...answered, ...open.reverse()];
  }

  /** Turns round to the nearest frame with a candidate left, takes it, and answers the state after it. */
  private advance(): S | null {
    for (let frame = this.frames.at(-1); frame !== undefined; frame = this.frames.at(-1)) {
      this.window.undo(frame.mark, (operation) => {
        this.placed.toggle(operation);
      });
      const next = this.tryOne(frame);
      if (this.steps > this.budget) this.spent = true;
      if (next !== null || this.spent) return next;
      if (frame.next < frame.candidates.length) continue;
      this.note(frame.state);
      this.frames.pop();
    }
    return null;
  }

  private tryOne(frame: Frame<S>): S | null {
    const operation = frame.candidates[frame.next++];
    if (operation === undefined) return null;
    const state = this.step(frame.state, operation);
    if (state === null) return null;
    // An unanswered operation that changes nothing here may as well not have happened.
    if (state === frame.state && this.outputs[operation] === undefined) return null;
    this.lift(operation);
    return this.memo.add(this.placed, state) ? state : null;
  }

  /** Called where the search turns round, so that a history without detours costs no copies. */
  private note(state: S): void {
    if (this.stuck !== null && this.stuck.order.length >= this.window.mark) return;
    const next = this.window.candidates().filter((operation) => this.due[operation] === true);
    this.stuck = { state, order: [...this.window.order], next };
  }
}
