/** What clients did and saw, as intervals on one clock of the process that recorded it. */

/** An operation. Times come from one counter, so that no two are equal. */
export interface Operation<Input, Output> {
  readonly client: number;
  readonly input: Input;
  readonly invoked: number;
  /** `open`: nobody knows whether or when it happened; its interval has no end. */
  readonly end:
    | { readonly kind: 'answered'; readonly at: number; readonly output: Output }
    /** If it happened, `later` is its answer, which came after the end of what is looked at. */
    | { readonly kind: 'open'; readonly later?: Output };
}

export type History<Input, Output> = readonly Operation<Input, Output>[];

/** Records operations as they start and end. What never ends, and what ends unknown, is open. */
export class Recorder<Input, Output> {
  private clock = 0;
  private readonly operations = new Map<number, Operation<Input, Output>>();

  /** The operation starts now; answers its number. */
  invoke(client: number, input: Input): number {
    const invoked = this.clock++;
    this.operations.set(invoked, { client, input, invoked, end: { kind: 'open' } });
    return invoked;
  }

  answer(operation: number, output: Output): void {
    const begun = this.operations.get(operation);
    if (begun === undefined) throw new Error(`operation ${operation} was never invoked`);
    if (begun.end.kind !== 'open') throw new Error(`operation ${operation} was answered twice`);
    this.operations.set(operation, { ...begun, end: { kind: 'answered', at: this.clock++, output } });
  }

  /** It certainly did not happen and never will, so the history does not hold it. */
  refuse(operation: number): void {
    this.operations.delete(operation);
  }

  /** The operations so far, in the order in which they were invoked. */
  history(): History<Input, Output> {
    return [...this.operations.values()].sort((a, b) => a.invoked - b.invoked);
  }
}

/**
 * The history up to `at`: what was answered later is open, with that answer, and what began later is absent.
 * A prefix of a linearizable history is linearizable, since what is placed before the last one answered by
 * then began before `at`.
 */
export function prefixOf<I, O>(history: History<I, O>, at: number): History<I, O> {
  return history
    .filter((operation) => operation.invoked <= at)
    .map((operation) =>
      operation.end.kind === 'answered' && operation.end.at > at
        ? { ...operation, end: { kind: 'open', later: operation.end.output } as const }
        : operation,
    );
}
