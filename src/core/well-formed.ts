/**
 * What no correct replica says. Types are checked where messages are decoded; this is about their sense.
 */
import type { Message } from './messages.js';
import type { Ballot, Member, Slot } from './types.js';

const isSlot = (slot: Slot): boolean => Number.isSafeInteger(slot) && slot >= 1;
const isPrefix = (slot: Slot): boolean => Number.isSafeInteger(slot) && slot >= 0;

/** What is wrong with the message, or null. */
export function malformed(from: Member, m: Message): string | null {
  const ballot = ballotOf(m);
  if (ballot !== null && !isSlot(ballot.round)) return 'malformed: round';
  switch (m.type) {
    case 'Prepare':
      return m.ballot.member !== from ? 'malformed: sender' : isSlot(m.first) ? null : 'malformed: slot';
    case 'Accept':
      return m.ballot.member !== from ? 'malformed: sender' : isSlot(m.slot) ? null : 'malformed: slot';
    case 'Chosen':
      return m.ballot.member !== from ? 'malformed: sender' : isPrefix(m.upTo) ? null : 'malformed: slot';
    case 'LeaseRequest':
      return m.ballot.member !== from ? 'malformed: sender' : isPrefix(m.at) ? null : 'malformed: time';
    case 'Grant':
      return m.from !== from ? 'malformed: sender' : isPrefix(m.at) ? null : 'malformed: time';
    case 'ReadRound':
      return m.ballot.member !== from ? 'malformed: sender' : isPrefix(m.prefix) ? null : 'malformed: slot';
    case 'Confirm':
      return m.from !== from ? 'malformed: sender' : null;
    case 'Release':
      return m.ballot.member !== from ? 'malformed: sender' : null;
    case 'Promise':
      return m.from !== from ? 'malformed: sender' : isPrefix(m.prefix) ? null : 'malformed: slot';
    case 'Accepted':
      return m.from !== from ? 'malformed: sender' : isSlot(m.slot) ? null : 'malformed: slot';
    case 'Entries':
    case 'CatchUp':
      return isSlot(m.first) ? null : 'malformed: slot';
    case 'Reject':
      return null;
  }
}

function ballotOf(m: Message): Ballot | null {
  if (m.type === 'CatchUp') return null;
  return m.type === 'Entries' ? m.learnt : m.ballot;
}

/** The highest round that the message mentions. */
export function roundOf(m: Message): number {
  return ballotOf(m)?.round ?? 0;
}
