/** The client that asks again: what it writes is executed at most once, whatever is lost on the way. */
import type { Request } from './caller.js';
import { Client, DEFAULTS, type ClientOptions } from './client.js';
import { LeaderFinder } from './leader.js';
import type { Outcome } from './outcome.js';
import { Session, type SessionCounts, type SessionOptions } from './session.js';

export interface SessionClientOptions extends ClientOptions, Partial<SessionOptions> {
  /** Whether requests are put to the leader itself, where it is known; true if absent. */
  readonly findLeader?: boolean;
}

const SESSION_DEFAULTS = { ...DEFAULTS, mostBackOffMs: 500, pipeline: 64 };

export class SessionClient extends Client {
  private readonly session: Session;

  /** Opens its session with the first request that may write. */
  constructor(options: SessionClientOptions) {
    super(options);
    const leader = options.findLeader === false ? null : new LeaderFinder(this.caller);
    this.session = new Session(this.caller, { ...SESSION_DEFAULTS, ...options }, leader);
  }

  get counts(): Readonly<SessionCounts> {
    return this.session.counts;
  }

  /** Ends the session at the cell, then as close(). Without it the cell ends the session in its time. */
  async end(): Promise<void> {
    await this.session.close();
    this.close();
  }

  protected override write<T>(request: Request<T>): Promise<Outcome<T>> {
    return this.session.write(request);
  }
}
