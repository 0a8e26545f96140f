/**
 * What a client knows after a call. `failed` and `unknown` differ in what may have happened: after `failed`
 * the request certainly did not and will not take effect, after `unknown` it may have, or may yet.
 */
export type Outcome<T> =
  | { readonly kind: 'ok'; readonly value: T; readonly endpoint: string }
  | { readonly kind: 'failed'; readonly error: Failure }
  | { readonly kind: 'unknown'; readonly error: Failure };

export interface Failure {
  /** `status`: a replica answered with an error. The others: no answer came. */
  readonly cause: 'status' | 'unreachable' | 'connection lost' | 'timed out';
  /** gRPC's status code where a replica answered, else null. */
  readonly code: number | null;
  readonly message: string;
  /** The endpoint that was asked last. */
  readonly endpoint: string;
}
