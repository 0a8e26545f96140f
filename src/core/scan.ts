/**
 * Full scans, for tests and the simulator: the invariants of spec/PaxosReplica.tla over a whole cell and
 * all messages that ever left, with the spec's names and definitions. What the spec's `sent` holds is
 * kept in indexes, so that a scan after each step stays cheap. A scan mutates nothing that it is shown.
 */
import { compareBallots, formatBallot } from './ballot.js';
import { isQuorum } from './configuration.js';
import type { Message } from './messages.js';
import type { State } from './state.js';
import type { Ballot, Configuration, Member, Slot, Value } from './types.js';
import { sameValue } from './value.js';

/** One replica as the scan sees it. A replica that is down has no memory. */
export interface Scanned {
  readonly member: Member;
  readonly memory: State | null;
  /** The fold of the synced records: the head of the spec's queue. */
  readonly disk: Pick<State, 'promised' | 'accepted' | 'known' | 'prefix'>;
}

export interface Violation {
  readonly invariant: string;
  readonly what: string;
}

interface Proposal {
  readonly ballot: Ballot;
  readonly value: Value;
  readonly voters: Set<Member>;
}

export class CellScan {
  /** slot -> ballot as text -> what was proposed there, and who voted for it. */
  readonly #proposals = new Map<Slot, Map<string, Proposal>>();
  readonly #promised = new Map<
    Member,
    { readonly prepare: Ballot | null; readonly promise: Ballot | null }
  >();
  readonly #voted = new Map<Member, Map<Slot, Ballot>>();
  readonly #votes = new Map<string, Set<Member>>();
  readonly #said: Violation[] = [];

  constructor(readonly configurationOf: (slot: Slot) => Configuration) {}

  /** A message left a replica (spec: it joins `sent`). */
  left(message: Message): void {
    switch (message.type) {
      case 'Prepare':
        this.#raise(message.ballot.member, 'prepare', message.ballot);
        return;
      case 'Promise':
        this.#raise(message.from, 'promise', message.ballot);
        return;
      case 'Accept':
        this.#propose(message.slot, message.ballot, message.value);
        return;
      case 'Accepted':
        this.#vote(message.from, message.slot, message.ballot);
        return;
      case 'Chosen':
      case 'Entries':
      case 'Reject':
      case 'CatchUp':
        return;
    }
  }

  /** Everything that is violated now; empty is good. */
  violations(replicas: readonly Scanned[]): Violation[] {
    return [...this.#said, ...replicas.flatMap((one) => this.#durable(one)), ...agreement(replicas)];
  }

  #raise(member: Member, kind: 'prepare' | 'promise', ballot: Ballot): void {
    const before = this.#promised.get(member) ?? { prepare: null, promise: null };
    if (compareBallots(before[kind], ballot) < 0) this.#promised.set(member, { ...before, [kind]: ballot });
  }

  #votersOf(slot: Slot, ballot: Ballot): Set<Member> {
    const key = `${slot} ${formatBallot(ballot)}`;
    const voters = this.#votes.get(key) ?? new Set<Member>();
    this.#votes.set(key, voters);
    return voters;
  }

  #propose(slot: Slot, ballot: Ballot, value: Value): void {
    const inSlot = this.#proposals.get(slot) ?? new Map<string, Proposal>();
    this.#proposals.set(slot, inSlot);
    const before = inSlot.get(formatBallot(ballot));
    if (before === undefined) {
      inSlot.set(formatBallot(ballot), { ballot, value, voters: this.#votersOf(slot, ballot) });
      this.#chosenOnce(slot);
    } else if (!sameValue(before.value, value))
      this.#say('OneValue', `two values proposed in slot ${slot} at ${formatBallot(ballot)}`);
  }

  #vote(member: Member, slot: Slot, ballot: Ballot): void {
    const votes = this.#voted.get(member) ?? new Map<Slot, Ballot>();
    this.#voted.set(member, votes);
    if (compareBallots(votes.get(slot) ?? null, ballot) < 0) votes.set(slot, ballot);
    const voters = this.#votersOf(slot, ballot);
    if (voters.has(member)) return;
    voters.add(member);
    this.#chosenOnce(slot);
  }

  /** What a quorum voted for at a ballot is what every higher ballot proposes. */
  #chosenOnce(slot: Slot): void {
    const proposals = [...(this.#proposals.get(slot)?.values() ?? [])];
    for (const low of proposals) {
      if (!isQuorum(low.voters, this.configurationOf(slot))) continue;
      for (const high of proposals)
        if (compareBallots(low.ballot, high.ballot) < 0 && !sameValue(low.value, high.value)) {
          const [a, b] = [formatBallot(low.ballot), formatBallot(high.ballot)];
          this.#say('ChosenOnce', `slot ${slot}: chosen at ${a}, another value proposed at ${b}`);
        }
    }
  }

  #say(invariant: string, what: string): void {
    if (!this.#said.some((one) => one.what === what)) this.#said.push({ invariant, what });
  }

  #durable({ member, memory, disk }: Scanned): Violation[] {
    const found: Violation[] = [];
    const left = this.#promised.get(member);
    if (compareBallots(disk.promised, left?.prepare ?? null) < 0)
      found.push({ invariant: 'PrepareIsDurable', what: `${member}: disk below its Prepare` });
    if (compareBallots(disk.promised, left?.promise ?? null) < 0)
      found.push({ invariant: 'PromiseIsDurable', what: `${member}: disk below its Promise` });
    for (const [slot, ballot] of this.#voted.get(member) ?? [])
      if (compareBallots(disk.accepted.get(slot)?.ballot ?? null, ballot) < 0)
        found.push({ invariant: 'VoteIsDurable', what: `${member}: disk lacks its vote in slot ${slot}` });
    if (memory !== null) found.push(...scanState(memory));
    return found;
  }
}

/** No two replicas know different values of a slot. */
function agreement(replicas: readonly Scanned[]): Violation[] {
  const found: Violation[] = [];
  const first = new Map<Slot, Value>();
  for (const { member, memory, disk } of replicas)
    for (const [slot, value] of (memory ?? disk).known.entries()) {
      const other = first.get(slot);
      if (other === undefined) first.set(slot, value);
      else if (!sameValue(other, value))
        found.push({ invariant: 'Agreement', what: `${member} knows another value of slot ${slot}` });
    }
  return found;
}

/** What one state says of itself in full, where the cheap assertions look at its ends only. */
export function scanState(state: State): Violation[] {
  const { self, known, prefix, applied } = state;
  const found: Violation[] = [];
  for (let slot = 1; slot <= prefix; slot++)
    if (!known.has(slot)) found.push({ invariant: 'TypeOK', what: `${self}: slot ${slot} is not known` });
  if (known.size !== prefix) found.push({ invariant: 'TypeOK', what: `${self}: known beyond the prefix` });
  for (let slot = 1; slot <= applied; slot++)
    if (!known.has(slot)) found.push({ invariant: 'AppliedIsKnown', what: `${self}: applied slot ${slot}` });
  return found;
}
