/**
 * Ballots: totally ordered, by round and then by member, compared by code units. No ballot is below every
 * ballot.
 */
import type { Ballot } from './types.js';

/** Negative, zero or positive, as for Array.sort. null (no ballot) comes first. */
export function compareBallots(a: Ballot | null, b: Ballot | null): number {
  if (a === null || b === null) return (a === null ? 0 : 1) - (b === null ? 0 : 1);
  if (a.round !== b.round) return a.round < b.round ? -1 : 1;
  if (a.member === b.member) return 0;
  return a.member < b.member ? -1 : 1;
}

export function equalBallots(a: Ballot | null, b: Ballot | null): boolean {
  return compareBallots(a, b) === 0;
}

export function higherBallot(a: Ballot | null, b: Ballot | null): Ballot | null {
  return compareBallots(a, b) < 0 ? b : a;
}

/** `round@member`; the empty string for no ballot. */
export function formatBallot(ballot: Ballot | null): string {
  return ballot === null ? '' : `${ballot.round}@${ballot.member}`;
}

/** The inverse of formatBallot; undefined where the text is neither a ballot nor empty. */
export function parseBallot(text: string): Ballot | null | undefined {
  if (text === '') return null;
  const match = /^([1-9][0-9]{0,14})@(.+)$/s.exec(text);
  const [, round, member] = match ?? [];
  if (round === undefined || member === undefined) return undefined;
  return { round: Number(round), member };
}
