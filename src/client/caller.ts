/**
 * Calls over a list of endpoints. A read is asked again, elsewhere, until it is answered or the time is up.
 * A request that may write is sent to one replica at most: another endpoint is tried only while nothing was
 * sent.
 */
import { CODE } from '../api/grpc/status.js';
import { Connection, type Metadata, type Reply } from './connection.js';
import type { Failure, Outcome } from './outcome.js';

export interface CallerOptions {
  /** host:port each. */
  readonly endpoints: readonly string[];
  /** For a whole call with all its attempts, in milliseconds. */
  readonly timeoutMs: number;
  /** For one attempt of a read before another endpoint is asked, in milliseconds. */
  readonly attemptMs: number;
  /** Between two attempts of a read, in milliseconds. */
  readonly backOffMs: number;
  /** Where it says so, an answer that came is thrown away as if it were lost: for tests of who asks again. */
  readonly loseAnswer?: () => boolean;
}

export interface Request<T> {
  readonly path: string;
  readonly message: Uint8Array;
  /** False where it may be sent again without harm. */
  readonly writes: boolean;
  readonly decode: (answer: Uint8Array) => T;
  readonly metadata?: Metadata;
}

export class Caller {
  private readonly connections: readonly Connection[];
  /** Where the last answer came from; the next call begins there. */
  private first = 0;
  private closed = false;

  constructor(private readonly options: CallerOptions) {
    if (options.endpoints.length === 0) throw new Error('a client needs at least one endpoint');
    this.connections = options.endpoints.map((endpoint) => new Connection(endpoint));
  }

  get endpoints(): readonly string[] {
    return this.options.endpoints;
  }

  /** The place of the endpoint where calls begin. */
  get current(): number {
    return this.first;
  }

  get isClosed(): boolean {
    return this.closed;
  }

  /** Calls begin there from now on. */
  begin(endpoint: string): void {
    const at = this.connections.findIndex((one) => one.endpoint === endpoint);
    if (at !== -1) this.first = at;
  }

  async call<T>(request: Request<T>, timeoutMs = this.options.timeoutMs): Promise<Outcome<T>> {
    const { attemptMs, backOffMs } = this.options;
    const deadline = performance.now() + timeoutMs;
    let unreachable = 0;
    for (let at = this.first; ; at = this.leave(at)) {
      const left = deadline - performance.now();
      const attempt = await this.attempt(at, request, request.writes ? left : Math.min(left, attemptMs));
      if ('outcome' in attempt) return attempt.outcome;
      const { reply, end } = attempt;
      unreachable = reply.kind === 'not sent' ? unreachable + 1 : 0;
      const everywhere = unreachable >= this.connections.length;
      if (everywhere || this.closed || performance.now() >= deadline || !mayRepeat(request, reply))
        return end;
      const wait = Math.min(backOffMs, deadline - performance.now());
      if (reply.kind !== 'not sent' && wait > 0) await new Promise((done) => setTimeout(done, wait));
    }
  }

  /** One attempt, at this endpoint alone. */
  async callAt<T>(
    endpoint: string,
    request: Request<T>,
    timeoutMs = this.options.timeoutMs,
  ): Promise<Outcome<T>> {
    const at = this.connections.findIndex((one) => one.endpoint === endpoint);
    if (at === -1) throw new Error(`${endpoint} is no endpoint of this client`);
    const attempt = await this.attempt(at, request, timeoutMs);
    return 'outcome' in attempt ? attempt.outcome : attempt.end;
  }

  close(): void {
    this.closed = true;
    for (const connection of this.connections) connection.close();
  }

  /** The next endpoint; others begin there too, unless they have moved on already. */
  leave(at: number): number {
    const next = (at + 1) % this.connections.length;
    if (this.first === at) this.first = next;
    return next;
  }

  /** One attempt, at the endpoint of that place. */
  async attempt<T>(at: number, request: Request<T>, timeoutMs: number): Promise<Attempt<T>> {
    const connection = this.connections[at] as Connection;
    const { endpoint } = connection;
    const { path, message, metadata } = request;
    const reply = await connection.call(path, message, Math.max(1, timeoutMs), metadata);
    if (reply.kind !== 'answer') return unanswered(request, reply, endpoint);
    if (this.options.loseAnswer?.() === true)
      return unanswered(request, { kind: 'lost', message: 'the answer was thrown away' }, endpoint);
    try {
      return { outcome: { kind: 'ok', value: request.decode(reply.message), endpoint } };
    } catch (error) {
      const message = `an answer that cannot be read: ${String(error)}`;
      return unanswered(request, { kind: 'lost', message }, endpoint);
    }
  }
}

export type Unanswered = Exclude<Reply, { kind: 'answer' }>;

/** An answer, or why there is none and what to say if no other attempt follows. */
export type Attempt<T> =
  | { readonly outcome: Outcome<T> }
  | { readonly reply: Unanswered; readonly end: Exclude<Outcome<T>, { kind: 'ok' }> };

function unanswered<T>(request: Request<T>, reply: Unanswered, endpoint: string): Attempt<T> {
  const error = failure(reply, endpoint);
  return { reply, end: { kind: hasNoEffect(request, reply) ? 'failed' : 'unknown', error } };
}

function mayRepeat<T>(request: Request<T>, reply: Unanswered): boolean {
  if (reply.kind === 'not sent') return true;
  if (request.writes) return false;
  return reply.kind !== 'status' || reply.code === CODE.unavailable || reply.code === CODE.deadlineExceeded;
}

/** Codes with which a replica refuses a request that it did not execute and will not. */
export const REFUSING: readonly number[] = [
  CODE.invalidArgument,
  CODE.notFound,
  CODE.resourceExhausted,
  CODE.failedPrecondition,
  CODE.outOfRange,
  CODE.unimplemented,
];

/** Of the code `unavailable`, those after which the request is certain to have no effect. */
export const CERTAIN: readonly string[] = [
  ...['etcdserver: no leader', 'etcdserver: leader changed', 'etcdserver: unhealthy cluster'],
];

function hasNoEffect<T>(request: Request<T>, reply: Unanswered): boolean {
  if (!request.writes || reply.kind === 'not sent') return true;
  if (reply.kind !== 'status') return false;
  return (
    REFUSING.includes(reply.code) || (reply.code === CODE.unavailable && CERTAIN.includes(reply.message))
  );
}

export function failure(reply: Unanswered, endpoint: string): Failure {
  const causes = { 'not sent': 'unreachable', lost: 'connection lost', 'timed out': 'timed out' } as const;
  const { message } = reply;
  return reply.kind === 'status'
    ? { cause: 'status', code: reply.code, message, endpoint }
    : { cause: causes[reply.kind], code: null, message, endpoint };
}
