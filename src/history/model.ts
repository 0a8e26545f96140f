/**
 * The sequential object that a history is compared with. Pure: step() answers a new state and changes none.
 *
 * The optional hooks only prune; each says what must hold of the model so that the verdict stays exact.
 */
export interface Model<State, Input, Output> {
  init(): State;
  /**
   * The state after the operation where it may answer `output` in this state, else null. An output that is
   * undefined constrains nothing: nobody saw the answer. A state that did not change must be the same object.
   */
  step(state: State, input: Input, output: Output | undefined): State | null;
  /** Equal states have equal hashes; a 32-bit integer. */
  hash(state: State): number;
  equal(a: State, b: State): boolean;
  /**
   * Whether the operation, given this output (undefined: whatever the output was), changes no state at all.
   * Such an operation may be put at the first place where its answer is right: moving it there changes
   * nothing for the others and only loosens the order.
   */
  quiet?(input: Input, output: Output | undefined): boolean;
  /**
   * For an object that counts its changes: version(state) grows by exactly one with each step that changes
   * the state, and every answer names the version right after its step. Then the answers fix the order of
   * the changes, and only unanswered operations have to be searched for.
   */
  readonly versions?: {
    of(state: State): number;
    /** The version right after the operation, as its answer says. */
    claimed(input: Input, output: Output): number;
  };
  /**
   * Reads the answers of a whole history once, and answers a test: might this input, unanswered, be what
   * made this version? It may say no only where some answer of the history could not be right otherwise.
   */
  evidence?(answers: Iterable<readonly [Input, Output]>): (version: number, input: Input) => boolean;
  /** The right answer in this state, for people who read why another one was refused. */
  expected?(state: State, input: Input): Output;
  describe?(input: Input, output: Output | undefined): string;
}
