/**
 * The table of sessions: a row for each, with the answers to a window of its numbers. Part of the replicated
 * state: it changes with the log alone, by no clock and no count of a replica's own. The words are those of
 * spec/Sessions.tla: Trim, Outcome, Serve, Window.
 */
import type { Digest } from './digest.js';
import { NO_STORE_FAULTS, type StoreFaults } from './faults.js';
import { placeMap, type PlaceMap } from './ordered-map.js';
import { comparePlaces, formatPlace, type Place } from './place.js';
import type { EvictSession, SessionError, SessionRequest } from './session-commands.js';

/** How many numbers of a session are kept at once. The same everywhere and for ever: it decides answers. */
export const SESSION_WINDOW = 128;

/** An answer that is kept; numbers ascend in a row. */
export interface Kept {
  readonly seq: number;
  readonly answer: Uint8Array;
}

/** Never changed; a change makes another row. */
interface Row {
  /** Numbers below are answered and forgotten. */
  readonly low: number;
  /** Where a request of the session was served last, or where it was opened. */
  readonly used: Place;
  readonly answers: readonly Kept[];
}

export interface SavedRow extends Row {
  readonly session: Place;
}

/** What becomes of a request. */
export type Outcome =
  | { readonly kind: 'new' }
  | { readonly kind: 'again'; readonly answer: Uint8Array }
  | { readonly kind: 'refused'; readonly error: SessionError };

/** For planted mistakes: what a replica decides by on its own. */
export interface Own {
  /** How many sessions it keeps. */
  readonly limit: number;
  /** Its clock, in milliseconds, and how long a session may be silent by it. */
  readonly now: () => number;
  readonly silenceMs: number;
}

const NOTHING_OWN: Own = { limit: Infinity, now: () => 0, silenceMs: Infinity };

/** What whoever decides about evictions may see of the table. */
export type SessionsView = Pick<SessionTable, 'size' | 'newestUse' | 'byUse'>;

export class SessionTable {
  private table: PlaceMap<Row> = placeMap();
  /** From the last use of a session to the session: a place serves one session only. */
  private uses: PlaceMap<Place> = placeMap();
  /** Planted (evictionByOwnClock): when each session was used last. */
  private readonly ownTimes: Map<string, number> | null;

  constructor(
    readonly window = SESSION_WINDOW,
    private readonly faults: StoreFaults = NO_STORE_FAULTS,
    private readonly own = NOTHING_OWN,
  ) {
    this.ownTimes = faults.evictionByOwnClock ? new Map() : null;
  }

  /** A table like this without a row. */
  emptied(): SessionTable {
    return new SessionTable(this.window, this.faults, this.own);
  }

  /** For a snapshot: it shares memory with this one until either changes. */
  frozen(): SessionTable {
    return this.faults.sessionsNotInSnapshot ? this.emptied() : this.clone();
  }

  /** Takes a row from a snapshot; false for one to which no log leads. */
  add({ session, ...row }: SavedRow): boolean {
    if (this.table.has(session) || this.uses.has(row.used) || !isSound(row, this.window)) return false;
    this.put(session, row);
    return true;
  }

  get size(): number {
    return this.table.size;
  }

  /** Where any session was used last; null in an empty table. */
  get newestUse(): Place | null {
    return this.uses.maxKey() ?? null;
  }

  /** Sessions with their last uses, the least recently used first. */
  *byUse(): Iterable<{ readonly session: Place; readonly used: Place }> {
    for (const [used, session] of this.uses.entries()) yield { session, used };
  }

  /** Rows in the order in which they were opened. */
  *rows(): Iterable<SavedRow> {
    for (const [session, row] of this.table.entries()) yield { session, ...row };
  }

  /** The name of the session that is opened there. */
  open(at: Place): Place {
    const session = this.faults.sessionNameReused ? { slot: this.size + 1, index: 0 } : at;
    this.put(session, { low: 1, used: at, answers: [] });
    if (this.faults.evictionByCount) this.keepOnly(this.own.limit);
    return session;
  }

  /** True where a session was ended. */
  evict({ session, used }: EvictSession): boolean {
    const row = this.table.get(session);
    if (row === undefined) return false;
    const usedSince = used !== null && comparePlaces(row.used, used) !== 0;
    if (usedSince && !this.faults.evictionInUse) return false;
    this.table.delete(session);
    this.uses.delete(row.used);
    return true;
  }

  outcome(request: SessionRequest): Outcome {
    const { session, seq, low } = request;
    this.endSilent();
    const found = this.table.get(session) ?? this.unknown();
    if (found === undefined) return { kind: 'refused', error: 'unknown session' };
    const row = this.trimmed(found, low);
    if (seq < row.low) return { kind: 'refused', error: 'below the window' };
    if (seq >= row.low + this.window && !this.faults.aboveExecuted)
      return { kind: 'refused', error: 'above the window' };
    const kept = row.answers.find((one) => one.seq === seq);
    if (kept === undefined && this.isOld(row, seq)) return { kind: 'refused', error: 'below the window' };
    if (kept === undefined || this.faults.retryExecutesAgain) return { kind: 'new' };
    const { answer } = (this.faults.retryGetsNewest ? row.answers.at(-1) : null) ?? kept;
    return { kind: 'again', answer };
  }

  /** The row of a request that was served, at a place, now or before: it is trimmed and keeps the answer. */
  served({ session, seq, low }: SessionRequest, at: Place, answer: Uint8Array): void {
    const row = this.table.get(session) ?? { low: 1, used: at, answers: [] };
    this.uses.delete(row.used);
    const { answers, ...trimmed } = this.trimmed(row, low);
    this.put(session, { ...trimmed, used: at, answers: this.with(answers, { seq, answer }) });
  }

  clone(): SessionTable {
    const copy = this.emptied();
    copy.table = this.table.clone();
    copy.uses = this.uses.clone();
    return copy;
  }

  addTo(digest: Digest): void {
    digest.number(this.size);
    for (const { session, low, used, answers } of this.rows()) {
      for (const { slot, index } of [session, used]) digest.number(slot).number(index);
      digest.number(low).number(answers.length);
      for (const { seq, answer } of answers) digest.number(seq).bytes(answer);
    }
  }

  private put(session: Place, row: Row): void {
    this.table.set(session, row);
    this.uses.set(row.used, session);
    this.ownTimes?.set(formatPlace(session), this.own.now());
  }

  /** A row moves up to low, and never back. */
  private trimmed(row: Row, low: number): Row {
    if (this.faults.belowExecuted)
      return { ...row, low, answers: row.answers.filter((one) => one.seq >= low) };
    if (low <= row.low || this.faults.lowIgnored) return row;
    return { ...row, low, answers: row.answers.filter(({ seq }) => seq >= low) };
  }

  private with(answers: readonly Kept[], kept: Kept): readonly Kept[] {
    if (this.faults.sessionRowNotKept) return [kept];
    const others = answers.filter(({ seq }) => seq !== kept.seq);
    const after = others.findIndex(({ seq }) => seq > kept.seq);
    return after === -1 ? [...others, kept] : others.toSpliced(after, 0, kept);
  }

  /** Planted (lastNumberOnly). */
  private isOld({ answers }: Row, seq: number): boolean {
    return this.faults.lastNumberOnly && seq < (answers.at(-1)?.seq ?? 0);
  }

  /** Planted (unknownSessionOpened): a row for who has none. */
  private unknown(): Row | undefined {
    return this.faults.unknownSessionOpened
      ? { low: 1, used: { slot: 0, index: 0 }, answers: [] }
      : undefined;
  }

  /** Planted (evictionByOwnClock). */
  private endSilent(): void {
    if (this.ownTimes === null) return;
    const since = this.own.now() - this.own.silenceMs;
    for (const { session } of [...this.byUse()])
      if ((this.ownTimes.get(formatPlace(session)) ?? 0) < since)
        this.evict({ kind: 'evict', session, used: null });
  }

  /** Planted (evictionByCount). */
  private keepOnly(limit: number): void {
    for (const { session } of [...this.byUse()].slice(0, Math.max(0, this.size - limit)))
      this.evict({ kind: 'evict', session, used: null });
  }
}

function isSound({ low, answers }: Row, window: number): boolean {
  const inWindow = ({ seq }: Kept): boolean => seq >= low && seq < low + window;
  const ascends = ({ seq }: Kept, i: number): boolean => i === 0 || seq > (answers[i - 1]?.seq ?? 0);
  return low >= 1 && answers.every((kept, i) => inWindow(kept) && ascends(kept, i));
}
