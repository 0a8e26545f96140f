/**
 * Exactly-once, after spec/Sessions.tla: what must become of each command of a session is told from the log
 * alone, once and apart from the store, and what the store of each replica did with it is compared with that.
 * Names of invariants are those of the spec; EndedUnused is the rule of the session keeper (DIVERGENCES.md).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Slot } from '../../core/types.js';
import { compareBytes } from '../../store/bytes.js';
import { comparePlaces, formatPlace, type Place } from '../../store/place.js';
import { decodeCommand, decodeCommandResult, looksLikeSession } from '../../store/session-codec.js';
import {
  isSessionRefusal,
  type EvictSession,
  type SessionError,
  type SessionRequest,
} from '../../store/session-commands.js';

/** What a store did with one command of a batch. */
export interface Done {
  readonly op: Uint8Array;
  readonly result: Uint8Array;
  /** Whether it made a revision. */
  readonly changed: boolean;
}

/** What must become of a command of a session. */
type Due =
  | { readonly kind: 'opened' }
  | { readonly kind: 'ended'; readonly evicted: boolean }
  | { readonly kind: 'new' | 'again'; readonly request: string }
  | { readonly kind: 'refused'; readonly request: string; readonly error: SessionError };

interface Row {
  low: number;
  used: Place;
  readonly answered: Set<number>;
}

/** The first answer to a number, and where it was executed. */
interface First {
  readonly at: string;
  readonly answer: Uint8Array;
}

/** What became of the commands of sessions, by the log. */
export type Became = 'opened' | 'ended' | 'new' | 'again' | SessionError;

export class ExactlyOnceCheck {
  /** What is wrong; empty is good. */
  readonly wrong: string[] = [];
  readonly counts: Record<Became, number> = {
    ...{ opened: 0, ended: 0, new: 0, again: 0 },
    ...{ 'unknown session': 0, 'below the window': 0, 'above the window': 0 },
  };
  private readonly table = new Map<string, Row>();
  private readonly firsts = new Map<string, First>();
  /** By slot and index; a slot without a command of a session is absent. */
  private readonly log = new Map<Slot, readonly ({ readonly op: Uint8Array; readonly due: Due } | null)[]>();
  private slot: Slot = 0;
  /** Up to which slot those had executed who proposed to end a session, at most. */
  private readonly seen = new Map<string, Slot>();
  /** Sessions whose owners asked for their end. */
  private readonly closed = new Set<string>();

  constructor(private readonly window: number) {}

  /** A replica executed the batch of a slot, as the first in the cell or after others. */
  executed(slot: Slot, done: readonly Done[]): void {
    if (slot === this.slot + 1) {
      this.slot = slot;
      const commands = done.map(({ op }, index) => {
        const due = this.rule(op, { slot, index });
        return due === null ? null : { op, due };
      });
      if (commands.some((one) => one !== null)) this.log.set(slot, commands);
    }
    const commands = this.log.get(slot);
    if (commands === undefined) return;
    for (const [index, one] of done.entries()) {
      const command = commands[index] ?? null;
      // That all execute the same commands is for other checkers.
      if (command !== null && same(command.op, one.op))
        this.compare(command.due, one, formatPlace({ slot, index }));
    }
  }

  /** A leader that has executed the slots up to that one puts forward an eviction. */
  proposed(op: Uint8Array, upTo: Slot): void {
    const decoded = decodeCommand(op);
    if (E.isLeft(decoded) || decoded.right.kind !== 'evict') return;
    const name = formatPlace(decoded.right.session);
    this.seen.set(name, Math.max(upTo, this.seen.get(name) ?? 0));
  }

  /** A client asks for the end of its session. */
  closes(session: Place): void {
    this.closed.add(formatPlace(session));
  }

  /** The answer to a number, if it was executed. */
  answerTo(session: Place, seq: number): Uint8Array | undefined {
    return this.firsts.get(nameOf(session, seq))?.answer;
  }

  /** A client was answered. */
  told(session: Place, seq: number, answer: Uint8Array): void {
    const request = nameOf(session, seq);
    const first = this.firsts.get(request);
    if (first === undefined) this.say('ExactlyOnce', `${request} was answered, and nobody executed it`);
    else if (!same(first.answer, answer))
      this.say('SameAnswer', `${request}, executed at ${first.at}, was answered otherwise`);
  }

  /** A client that waits for the answer to a number was told that it is below the window. */
  toldBelow(session: Place, seq: number): void {
    this.say('Retryable', `${nameOf(session, seq)} has no answer yet, and was trimmed`);
  }

  /** What must become of a command: executes it on the table. */
  private rule(op: Uint8Array, at: Place): Due | null {
    if (!looksLikeSession(op)) return null;
    const decoded = decodeCommand(op);
    if (E.isLeft(decoded)) return null;
    const command = decoded.right;
    switch (command.kind) {
      case 'open':
        this.table.set(formatPlace(at), { low: 1, used: at, answered: new Set() });
        this.counts.opened += 1;
        return { kind: 'opened' };
      case 'evict':
        return { kind: 'ended', evicted: this.evict(command, at) };
      case 'request':
        return this.request(command, at);
      default:
        return null;
    }
  }

  private evict({ session, used }: EvictSession, at: Place): boolean {
    const name = formatPlace(session);
    const row = this.table.get(name);
    if (row === undefined || (used !== null && comparePlaces(row.used, used) !== 0)) return false;
    this.table.delete(name);
    this.counts.ended += 1;
    const seen = this.seen.get(name) ?? 0;
    if (row.used.slot > seen && !this.closed.has(name)) {
      const use = `it was used at ${formatPlace(row.used)}, and whoever ended it had seen slot ${seen}`;
      this.say('EndedUnused', `session ${name} was ended at ${formatPlace(at)}: ${use}`);
    }
    return true;
  }

  private request({ session, seq, low }: SessionRequest, at: Place): Due {
    const request = nameOf(session, seq);
    const row = this.table.get(formatPlace(session));
    if (row === undefined) return this.refused(request, 'unknown session');
    const least = Math.max(row.low, low);
    if (seq < least) return this.refused(request, 'below the window');
    if (seq >= least + this.window) return this.refused(request, 'above the window');
    const kind = row.answered.has(seq) ? 'again' : 'new';
    this.counts[kind] += 1;
    row.low = least;
    row.used = at;
    for (const one of row.answered) if (one < least) row.answered.delete(one);
    row.answered.add(seq);
    return { kind, request };
  }

  private refused(request: string, error: SessionError): Due {
    this.counts[error] += 1;
    return { kind: 'refused', request, error };
  }

  private compare(due: Due, done: Done, at: string): void {
    switch (due.kind) {
      case 'new':
        this.compareNew(due.request, done, at);
        break;
      case 'again':
        this.compareAgain(due.request, done, at);
        break;
      default:
        this.compareOther(due, done, at);
    }
  }

  private compareNew(request: string, { result }: Done, at: string): void {
    const first = this.firsts.get(request);
    if (first !== undefined) {
      if (!same(first.answer, result))
        this.say('SameAnswer', `${request}, executed at ${at}, has two answers there`);
      return;
    }
    const error = refusalOf(result);
    if (error === null) this.firsts.set(request, { at, answer: result });
    else this.say('RefusedIsEvicted', `${request} was refused at ${at} (${error}), and must be executed`);
  }

  private compareAgain(request: string, { result, changed }: Done, at: string): void {
    const first = this.firsts.get(request);
    if (first === undefined) return;
    if (changed) this.say('ExactlyOnce', `${request} was executed at ${first.at} and again at ${at}`);
    else if (!same(first.answer, result))
      this.say('SameAnswer', `${request}, executed at ${first.at}, has another answer at ${at}`);
  }

  private compareOther(due: Exclude<Due, { kind: 'new' | 'again' }>, done: Done, at: string): void {
    const decoded = decodeCommandResult(done.result);
    if (E.isLeft(decoded)) return this.say('SessionsDiffer', `no result of a command of a session at ${at}`);
    const result = decoded.right;
    if (due.kind === 'opened') {
      const opened = result.kind === 'opened' && formatPlace(result.session) === at;
      if (!opened) this.say('SessionsDiffer', `no session was opened at ${at}`);
    } else if (due.kind === 'ended') {
      if (result.kind !== 'evicted' || result.evicted !== due.evicted)
        this.say('StatesAgree', `a session ${due.evicted ? 'is not' : 'is'} ended at ${at}`);
    } else if (!isSessionRefusal(result) || done.changed)
      this.say('ExactlyOnce', `${due.request} was executed at ${at}, and must be refused: ${due.error}`);
    else if (result.error !== due.error)
      this.say(
        'RefusedIsEvicted',
        `${due.request} was refused at ${at} (${result.error}), not: ${due.error}`,
      );
  }

  private say(invariant: string, what: string): void {
    this.wrong.push(`${invariant}: ${what}`);
  }
}

/** As `12.0#3`: number 3 of session 12.0. */
const nameOf = (session: Place, seq: number): string => `${formatPlace(session)}#${seq}`;

const same = (a: Uint8Array, b: Uint8Array): boolean => a === b || compareBytes(a, b) === 0;

function refusalOf(result: Uint8Array): SessionError | null {
  const decoded = decodeCommandResult(result);
  return E.isRight(decoded) && isSessionRefusal(decoded.right) ? decoded.right.error : null;
}
