/** A client of the cell as the workload uses it. */
import type { KvInput, KvOutput } from '../history/index.js';

/** How an operation ended for its client. */
export type Attempt =
  | { readonly kind: 'answered'; readonly output: KvOutput }
  /** It certainly did not happen and never will. */
  | { readonly kind: 'refused'; readonly why: string }
  /** It may or may not have happened, or happen yet. */
  | { readonly kind: 'unknown'; readonly why: string };

export interface KvPort {
  run(input: KvInput): Promise<Attempt>;
  /** Ends its connections. */
  close(): void;
}
