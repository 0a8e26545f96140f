/**
 * Ends sessions that were silent too long, and the least recently used where there are too many: the leader
 * proposes entries that do so (spec/Sessions.tla: Evict). Its clock and options decide when to propose, and
 * nothing else: an entry names the last use that its maker saw, so that a session which was used again lives,
 * and every replica ends it between the same two commands or not at all.
 *
 * What is silent is told by use, not by one timer for each session: a session that was not used since the
 * newest use of a look so long ago was silent all the time. A new leader begins to count anew.
 */
import type { Faults } from '../core/index.js';
import { comparePlaces, type Place } from '../store/place.js';
import { encodeCommand } from '../store/session-codec.js';
import type { SessionsView } from '../store/sessions.js';
import type { ReplicaOptions } from './options.js';
import type { Clock } from './ports.js';

export interface KeeperSetup {
  readonly clock: Clock;
  readonly options: Pick<ReplicaOptions, 'sessionSilenceMs' | 'sessionLimit'>;
  /** The table as it is now. */
  readonly sessions: () => SessionsView;
  /** Whether this replica is master: who was, and is no more, ends no session. */
  readonly leads: () => boolean;
  /** Puts a command into the log that is refused in another epoch; its answer is of no use. */
  readonly propose: (command: Uint8Array) => void;
  /** Planted mistakes; only tests have any. */
  readonly faults?: Partial<Faults>;
}

/** Looks within the time of silence: a session ends at most an eighth of it too late. */
const LOOKS = 8;
/** A limit is looked after at least so often, in milliseconds. */
const MOST_MS = 1_000;
/** Sessions that one look ends, at most. */
const AT_ONCE = 100;

export class SessionKeeper {
  private readonly looks: { readonly at: number; readonly newest: Place }[] = [];
  private cancel: (() => void) | null = null;

  constructor(private readonly setup: KeeperSetup) {}

  start(): void {
    this.stop();
    const { clock, options } = this.setup;
    const every = Math.max(1, Math.min(MOST_MS, Math.floor(options.sessionSilenceMs / LOOKS)));
    const next = (): void => {
      this.cancel = clock.after(every, () => {
        // The next one first: a proposal may end the process.
        next();
        this.look();
      });
    };
    next();
  }

  stop(): void {
    this.cancel?.();
    this.cancel = null;
  }

  private look(): void {
    const { clock, leads } = this.setup;
    if (!leads()) {
      this.looks.length = 0;
      return;
    }
    const now = clock.now();
    const silent = this.silentSince(now);
    const newest = this.setup.sessions().newestUse;
    if (newest !== null) this.looks.push({ at: now, newest });
    this.evict(silent);
  }

  /** Sessions whose last use is at or before this place were silent all the time; null: none was. */
  private silentSince(now: number): Place | null {
    let silent: Place | null = null;
    for (let [first] = this.looks; first !== undefined; [first] = this.looks) {
      if (now - first.at < this.setup.options.sessionSilenceMs) break;
      silent = first.newest;
      if (this.looks.length === 1) break;
      this.looks.shift();
    }
    return silent;
  }

  private evict(silent: Place | null): void {
    const { options, propose } = this.setup;
    const sessions = this.setup.sessions();
    const tooMany = sessions.size - options.sessionLimit;
    const due: Uint8Array[] = [];
    for (const { session, used } of sessions.byUse()) {
      const isSilent = silent !== null && comparePlaces(used, silent) <= 0;
      if (due.length >= AT_ONCE || (!isSilent && due.length >= tooMany)) break;
      due.push(encodeCommand({ kind: 'evict', session, used: this.restsOn(used) }));
    }
    for (const command of due) propose(command);
  }

  /** The last use that an eviction names. */
  private restsOn(used: Place): Place | null {
    return this.setup.faults?.evictionRestsOnNothing === true ? null : used;
  }
}
