/**
 * Which requests were passed on to this replica before. Links may repeat and reorder frames, and a request
 * that is taken twice would be executed twice; so each id counts once, also after its answer is gone. This
 * is memory: a link must not repeat, to a later start, a frame that an earlier start has read.
 */
import type { Member } from '../core/types.js';

/** How far behind the newest one of the same sender a request may arrive; older ones are taken as seen. */
const WINDOW = 20_000;

interface Seen {
  readonly start: number;
  newest: number;
  /** The newest epoch in which each number came. */
  readonly numbers: Map<number, number>;
}

export class PassedOn {
  private readonly senders = new Map<Member, Seen>();

  /**
   * True the first time, and the first time in a later epoch, when it cannot be executed in the former any
   * more; false for a repetition, for what is too old to tell, and for no id of that sender.
   */
  take(from: Member, id: string, epoch: number): boolean {
    const parsed = parseRequestId(id);
    if (parsed === null || parsed.member !== from) return false;
    const { start, number } = parsed;
    let seen = this.senders.get(from);
    if (seen === undefined || seen.start < start) {
      seen = { start, newest: -1, numbers: new Map() };
      this.senders.set(from, seen);
    }
    if (seen.start > start || number <= seen.newest - WINDOW) return false;
    if ((seen.numbers.get(number) ?? -1) >= epoch) return false;
    seen.numbers.set(number, epoch);
    seen.newest = Math.max(seen.newest, number);
    if (seen.numbers.size > 2 * WINDOW) this.trim(seen);
    return true;
  }

  private trim(seen: Seen): void {
    for (const number of seen.numbers.keys()) if (number <= seen.newest - WINDOW) seen.numbers.delete(number);
  }
}

export const requestId = (member: Member, start: number, number: number): string =>
  `${member}/${start}/c${number}`;

function parseRequestId(id: string): { member: Member; start: number; number: number } | null {
  const [, member, start, number] = /^(.+)\/(\d{1,15})\/c(\d{1,15})$/.exec(id) ?? [];
  if (member === undefined || start === undefined || number === undefined) return null;
  return { member, start: Number(start), number: Number(number) };
}
