/**
 * Requests that are executed at most once however often they are sent: each has a number in a session of the
 * cell, and is sent again, to one replica after another, until its answer is known or its time is up. See
 * spec/Sessions.tla: OpenSession, TakeSession, Request, Retry, TakeAnswer.
 *
 * A session that the cell has ended is replaced by another one. What had been sent in the old one and has no
 * answer is then `unknown`: it is never sent again under the new one, where it might happen twice.
 */
import { CODE } from '../api/grpc/status.js';
import { codecs } from '../api/proto/codec.js';
import { LOW_KEY, SEQ_KEY, SESSION_KEY, SESSION_PATHS, SESSION_TEXTS } from '../api/session-names.js';
import { CERTAIN, failure, REFUSING, type Caller, type Request, type Unanswered } from './caller.js';
import type { LeaderFinder } from './leader.js';
import { Numbers } from './numbers.js';
import type { Outcome } from './outcome.js';

export interface SessionOptions {
  /** For a whole request with all its attempts, in milliseconds. */
  readonly timeoutMs: number;
  /** For one attempt before another endpoint is asked, in milliseconds. */
  readonly attemptMs: number;
  /** Before the second attempt, in milliseconds; twice as long before each further one, up to the most. */
  readonly backOffMs: number;
  readonly mostBackOffMs: number;
  /** Requests under way at once, at most; what the cell allows where that is less. */
  readonly pipeline: number;
}

/** What happened so far. */
export interface SessionCounts {
  /** Sessions that were opened. */
  sessions: number;
  /** Of these, the ones that the cell had ended. */
  evicted: number;
  requests: number;
  /** Attempts beyond the first of a request. */
  retries: number;
  /** Requests with an answer that an earlier attempt may have earned. */
  answeredAfterDoubt: number;
}

/** A request under its number. */
interface Asked<T> {
  readonly request: Request<T>;
  readonly numbers: Numbers;
  readonly seq: number;
  readonly deadline: number;
  /** An attempt ended in a way that leaves open whether it was or will be executed. */
  inDoubt: boolean;
}

export class Session {
  readonly counts: SessionCounts = {
    ...{ sessions: 0, evicted: 0, requests: 0, retries: 0, answeredAfterDoubt: 0 },
  };
  private current: Numbers | null = null;
  private opening: Promise<Outcome<Numbers>> | null = null;

  constructor(
    private readonly caller: Caller,
    private readonly options: SessionOptions,
    private readonly leader: LeaderFinder | null,
  ) {}

  /** Sends the request until it is answered; `failed`: it certainly has no effect and never will. */
  async write<T>(request: Request<T>): Promise<Outcome<T>> {
    this.counts.requests += 1;
    const deadline = performance.now() + this.options.timeoutMs;
    for (;;) {
      const opened = await this.opened(deadline);
      if (opened.kind !== 'ok') return { kind: 'failed', error: opened.error };
      const numbers = opened.value;
      const seq = await this.number(numbers, deadline);
      if (seq === null) return this.noRoom();
      const end = await this.ask({ request, numbers, seq, deadline, inDoubt: false });
      numbers.done(seq);
      if (end !== 'not executed') return end;
    }
  }

  /** Tells the cell that the session is not needed any more. What is under way is then in doubt. */
  async close(): Promise<void> {
    const numbers = this.current;
    this.current = null;
    if (numbers === null || this.caller.isClosed) return;
    await this.caller.call(
      {
        path: SESSION_PATHS.close,
        message: codecs.closeSessionRequest.encode({ session: numbers.session }),
        writes: false,
        decode: codecs.closeSessionResponse.decode,
      },
      this.options.attemptMs,
    );
  }

  /** The session, opened now if there is none. One that was opened and whose answer is lost is never used. */
  private async opened(deadline: number): Promise<Outcome<Numbers>> {
    const { current } = this;
    if (current !== null) return { kind: 'ok', value: current, endpoint: '' };
    this.opening ??= this.open(Math.max(1, deadline - performance.now())).finally(() => {
      this.opening = null;
    });
    return this.opening;
  }

  private async open(timeoutMs: number): Promise<Outcome<Numbers>> {
    await this.leader?.seek();
    const outcome = await this.caller.call(
      {
        path: SESSION_PATHS.open,
        message: codecs.openSessionRequest.encode({}),
        // Asked twice it opens two, of which one is ended unused: no harm.
        writes: false,
        decode: codecs.openSessionResponse.decode,
      },
      timeoutMs,
    );
    if (outcome.kind !== 'ok') return outcome;
    const { session, window } = outcome.value;
    this.counts.sessions += 1;
    this.current = new Numbers(session, Math.max(1, Math.min(Number(window), this.options.pipeline)));
    return { ...outcome, value: this.current };
  }

  private async number(numbers: Numbers, deadline: number): Promise<number | null> {
    for (;;) {
      const seq = numbers.take();
      if (seq !== null) return seq;
      if (!(await numbers.room(deadline - performance.now()))) return null;
    }
  }

  private noRoom(): Outcome<never> {
    const message = `${this.options.pipeline} requests were under way, and none was over in time`;
    const endpoint = this.caller.endpoints[this.caller.current] ?? '';
    return { kind: 'failed', error: { cause: 'timed out', code: null, message, endpoint } };
  }

  /** 'not executed': its session is unknown, and no attempt before can have been executed. */
  private async ask<T>(asked: Asked<T>): Promise<Outcome<T> | 'not executed'> {
    const { request, numbers, seq, deadline } = asked;
    let wait = this.options.backOffMs;
    for (;;) {
      const at = this.caller.current;
      const attemptMs = Math.min(deadline - performance.now(), this.options.attemptMs);
      const metadata = {
        ...{ [SESSION_KEY]: numbers.session, [SEQ_KEY]: String(seq), [LOW_KEY]: String(numbers.low) },
      };
      const attempt = await this.caller.attempt(at, { ...request, metadata }, attemptMs);
      if ('outcome' in attempt) {
        if (asked.inDoubt) this.counts.answeredAfterDoubt += 1;
        return attempt.outcome;
      }
      const { reply } = attempt;
      const error = failure(reply, this.caller.endpoints[at] ?? '');
      const ended = this.judge(asked, reply);
      if (ended === 'not executed') return ended;
      if (ended === 'failed') return { kind: 'failed', error };
      // Half of it at random: those that lost the same leader do not come back together.
      const pause = wait * (0.5 + Math.random() / 2);
      if (ended === 'over' || deadline - performance.now() <= pause + LEAST_MS || this.caller.isClosed)
        return { kind: asked.inDoubt ? 'unknown' : 'failed', error };
      this.counts.retries += 1;
      if (ended === 'elsewhere') this.leave(at);
      await sleep(pause);
      wait = Math.min(2 * wait, this.options.mostBackOffMs);
    }
  }

  /** What the end of an attempt means for its request. */
  private judge<T>(
    asked: Asked<T>,
    reply: Unanswered,
  ): 'failed' | 'not executed' | 'over' | 'elsewhere' | 'here' {
    if (reply.kind !== 'status') {
      if (reply.kind !== 'not sent') asked.inDoubt = true;
      return 'elsewhere';
    }
    const { code, message } = reply;
    if (message === SESSION_TEXTS.unknown) {
      if (this.current === asked.numbers) {
        this.current = null;
        this.counts.evicted += 1;
      }
      return asked.inDoubt ? 'over' : 'not executed';
    }
    if (message === SESSION_TEXTS.above) return 'here';
    if (message === SESSION_TEXTS.below) return 'over';
    if (code === CODE.resourceExhausted && message === TOO_MANY) return 'elsewhere';
    // The store's own refusal: kept in the row, or made of the request alone, so that all attempts had it.
    if (REFUSING.includes(code)) return 'failed';
    if (!CERTAIN.includes(message)) asked.inDoubt = true;
    return code === CODE.unavailable || code === CODE.deadlineExceeded ? 'elsewhere' : 'over';
  }

  private leave(at: number): void {
    this.caller.leave(at);
    void this.leader?.seek();
  }
}

/** An attempt with less time than this says nothing: it would only be in doubt. */
const LEAST_MS = 50;

const TOO_MANY = 'etcdserver: too many requests';

function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
