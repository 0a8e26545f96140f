/**
 * Full scans, for tests and the simulator: the invariants of spec/PaxosReplica.tla over a whole cell and
 * all messages that ever left, with the spec's names and definitions. What the spec's `sent` holds is
 * kept in indexes, so that a scan after each step stays cheap. A scan mutates nothing that it is shown.
 */
import { compareBallots, formatBallot } from './ballot.js';
import { isQuorum } from './configuration.js';
import type { Chosen, Message, MessageId } from './messages.js';
import type { State } from './state.js';
import type { Ballot, Configuration, Member, Slot, SnapshotHandle, Value } from './types.js';
import { sameValue } from './value.js';

/** What was looked at of one replica's memory, or of its disk. Known slots are never unknown again there. */
interface Progress {
  start: number;
  prefix: Slot;
}

/** One replica as the scan sees it. A replica that is down has no memory. */
export interface Scanned {
  readonly member: Member;
  readonly memory: State | null;
  /** The fold of the synced records: the head of the spec's queue. */
  readonly disk: Pick<State, 'promised' | 'accepted' | 'known' | 'prefix' | 'snapshot'>;
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
  /** The values known by whoever knew them first. */
  readonly #known = new Map<Slot, Value>();
  /** The digest of the snapshot of each slot that was seen first. */
  readonly #snapshots = new Map<Slot, string>();
  /** Those that were looked at. */
  readonly #handles = new WeakSet<SnapshotHandle>();
  readonly #progress = new Map<string, Progress>();
  readonly #led = new Set<string>();
  /** The id of the Prepare of each ballot. */
  readonly #campaigns = new Map<string, MessageId>();
  /** Up to here all is chosen, or was said to be. */
  #upTo: Slot = 0;
  #reproposals = 0;

  /** Configurations that were chosen, as the votes tell, and their slots. */
  readonly #changes = new Map<Slot, Configuration>();

  /** `first` governs until a chosen configuration does, `alpha` slots later; without one none ever does. */
  constructor(
    readonly first: (slot: Slot) => Configuration,
    readonly alpha = Infinity,
  ) {}

  /** What governs a slot (spec: MembersAt of TheChosen). */
  configurationOf(slot: Slot): Configuration {
    if (this.#changes.size === 0) return this.first(slot);
    const before = [...this.#changes.keys()].filter((at) => at + this.alpha <= slot);
    return this.#changes.get(Math.max(...before)) ?? this.first(slot);
  }

  /** How many configurations were chosen, beside the first. */
  get changes(): number {
    return this.#changes.size;
  }

  /** In how many ballots a leader proposed or announced. */
  get ballotsThatLed(): number {
    return this.#led.size;
  }

  /** How often a value that is no no-op was proposed again, in its slot, at a higher ballot. */
  get reproposals(): number {
    return this.#reproposals;
  }

  /** A message left a replica (spec: it joins `sent`). */
  left(message: Message): void {
    switch (message.type) {
      case 'Prepare':
        this.#raise(message.ballot.member, 'prepare', message.ballot);
        this.#campaign(message.ballot, message.id);
        return;
      case 'Promise':
        this.#raise(message.from, 'promise', message.ballot);
        return;
      case 'Accept':
        this.#led.add(formatBallot(message.ballot));
        this.#propose(message.slot, message.ballot, message.value);
        return;
      case 'Accepted':
        // A vote raises the promise to its ballot, in the same record.
        this.#raise(message.from, 'promise', message.ballot);
        this.#vote(message.from, message.slot, message.ballot);
        return;
      case 'Chosen':
        this.#led.add(formatBallot(message.ballot));
        this.#saidChosen(message);
        return;
      case 'Entries':
      case 'Reject':
      case 'CatchUp':
        return;
    }
  }

  /** Everything that is violated now; empty is good. */
  violations(replicas: readonly Scanned[]): Violation[] {
    for (const one of replicas) {
      this.#agreement(one);
      if (one.memory !== null) this.#counted(one.memory);
    }
    return [...this.#said, ...replicas.flatMap((one) => this.durable(one))];
  }

  /** A ballot is campaigned for once; a repeated Prepare has the id of the first. */
  #campaign(ballot: Ballot, id: MessageId): void {
    const text = formatBallot(ballot);
    const first = this.#campaigns.get(text);
    if (first === undefined) this.#campaigns.set(text, id);
    else if (first !== id) this.#say('OneValue', `${text} is campaigned for twice`);
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
      if (value.kind !== 'noop' && [...inSlot.values()].some((other) => sameValue(other.value, value)))
        this.#reproposals += 1;
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
      if (low.value.kind === 'configuration') this.#changes.set(slot, low.value);
      for (const high of proposals)
        if (compareBallots(low.ballot, high.ballot) < 0 && !sameValue(low.value, high.value)) {
          const [a, b] = [formatBallot(low.ballot), formatBallot(high.ballot)];
          this.#say('ChosenOnce', `slot ${slot}: chosen at ${a}, another value proposed at ${b}`);
        }
    }
  }

  /** What is said to be chosen is, at the moment when that leaves. */
  #saidChosen({ ballot, upTo }: Chosen): void {
    for (; this.#upTo < upTo; this.#upTo++) {
      const slot = this.#upTo + 1;
      const proposals = [...(this.#proposals.get(slot)?.values() ?? [])];
      if (!proposals.some(({ voters }) => isQuorum(voters, this.configurationOf(slot))))
        this.#say('KnownIsChosen', `${formatBallot(ballot)} says that slot ${slot} is chosen, and it is not`);
    }
  }

  /** Whoever a leader counts for a slot has voted for it at the leader's ballot. */
  #counted({ self, attempt, promised }: State): void {
    if (attempt === null || promised === null || attempt.open.size === 0) return;
    for (const [slot, { accepteds }] of attempt.open.entries()) {
      const voters = this.#votersOf(slot, promised);
      for (const member of accepteds.keys())
        if (!voters.has(member))
          this.#say('KnownIsChosen', `${self} counts a vote of ${member} for slot ${slot}`);
    }
  }

  /** A quorum voted for the value at one ballot. */
  #isChosen(slot: Slot, value: Value): boolean {
    const proposals = [...(this.#proposals.get(slot)?.values() ?? [])];
    const configuration = this.configurationOf(slot);
    return proposals.some((one) => sameValue(one.value, value) && isQuorum(one.voters, configuration));
  }

  #say(invariant: string, what: string): void {
    if (!this.#said.some((one) => one.what === what)) this.#said.push({ invariant, what });
  }

  /**
   * What left one replica and is not on its disk. Votes that are found there are looked at no more: a vote
   * gives way only to one of a higher ballot.
   */
  durable({ member, disk }: Pick<Scanned, 'member' | 'disk'>): Violation[] {
    const found: Violation[] = [];
    const left = this.#promised.get(member);
    if (compareBallots(disk.promised, left?.prepare ?? null) < 0)
      found.push({ invariant: 'PrepareIsDurable', what: `${member}: disk below its Prepare` });
    if (compareBallots(disk.promised, left?.promise ?? null) < 0)
      found.push({ invariant: 'PromiseIsDurable', what: `${member}: disk below its Promise` });
    const voted = this.#voted.get(member) ?? new Map<Slot, Ballot>();
    for (const [slot, ballot] of voted)
      if (slot <= disk.snapshot.upTo || compareBallots(disk.accepted.get(slot)?.ballot ?? null, ballot) >= 0)
        voted.delete(slot);
      else found.push({ invariant: 'VoteIsDurable', what: `${member}: disk lacks its vote in slot ${slot}` });
    return found;
  }

  /** No two replicas know different values of a slot; what a replica knows has no gap. */
  #agreement({ member, memory, disk }: Scanned): void {
    const { known, prefix, snapshot, accepted } = memory ?? disk;
    const seen = this.#progressOf(memory === null ? `${member} disk` : member, memory?.start ?? 0);
    const { upTo } = snapshot;
    if (known.size !== prefix - upTo)
      this.#say('NothingLost', `${member}: not all behind slot ${upTo} is known`);
    if ((accepted.minKey() ?? Infinity) <= upTo)
      this.#say('CutIsCut', `${member}: a vote at or below its snapshot of slot ${upTo}`);
    this.#sameSnapshot(member, snapshot);
    if (memory !== null && memory.applied > prefix)
      this.#say('AppliedIsKnown', `${member}: applied slot ${memory.applied}`);
    for (let slot = Math.max(seen.prefix, upTo) + 1; slot <= prefix; slot++) {
      const value = known.get(slot);
      const other = this.#known.get(slot);
      if (value === undefined) this.#say('TypeOK', `${member}: slot ${slot} is not known`);
      else if (other === undefined) {
        this.#known.set(slot, value);
        if (!this.#isChosen(slot, value))
          this.#say('KnownIsChosen', `${member} knows slot ${slot}: not chosen`);
      } else if (!sameValue(other, value))
        this.#say('Agreement', `${member} knows another value of slot ${slot}`);
    }
    seen.prefix = prefix;
  }

  /** Whoever has a snapshot of a slot has the same state in it, and it says who governs the next slots. */
  #sameSnapshot(member: Member, snapshot: SnapshotHandle): void {
    if (this.#handles.has(snapshot)) return;
    this.#handles.add(snapshot);
    const { upTo, digest, inForce } = snapshot;
    for (let slot = upTo + 1; this.#changes.size + inForce.length > 0 && slot <= upTo + this.alpha; slot++) {
      const named = inForce.findLast((change) => change.slot + this.alpha <= slot)?.configuration;
      const said = (named ?? this.first(slot)).members.join(' ');
      if (said !== this.configurationOf(slot).members.join(' '))
        this.#say('Settled', `${member}: its snapshot of slot ${upTo} says that ${said} govern slot ${slot}`);
    }
    const first = this.#snapshots.get(upTo);
    if (first === undefined) this.#snapshots.set(upTo, digest);
    else if (first !== digest) this.#say('Agreement', `${member} has another snapshot of slot ${upTo}`);
  }

  #progressOf(what: string, start: number): Progress {
    let seen = this.#progress.get(what);
    if (seen === undefined) this.#progress.set(what, (seen = { start, prefix: 0 }));
    if (seen.start !== start) Object.assign(seen, { start, prefix: 0 });
    return seen;
  }
}

/** What one state says of itself in full, where the cheap assertions look at its ends only. */
export function scanState(state: State): Violation[] {
  const { self, known, prefix, applied, snapshot } = state;
  const found: Violation[] = [];
  for (let slot = snapshot.upTo + 1; slot <= prefix; slot++)
    if (!known.has(slot)) found.push({ invariant: 'TypeOK', what: `${self}: slot ${slot} is not known` });
  if (known.size !== prefix - snapshot.upTo)
    found.push({ invariant: 'TypeOK', what: `${self}: known beyond the prefix` });
  for (let slot = snapshot.upTo + 1; slot <= applied; slot++)
    if (!known.has(slot)) found.push({ invariant: 'AppliedIsKnown', what: `${self}: applied slot ${slot}` });
  return found;
}
