/** How the words of a schedule map to those of the code: members, ballots, values, messages. */
import { NOOP, type State } from '../../src/core/index.js';
import type { Message } from '../../src/core/messages.js';
import type { Ballot, Birth, Member, SlotMap, Value, Vote } from '../../src/core/types.js';
import type { Header, SpecMessage } from './codec.js';

export class Names {
  readonly birth: Birth;
  readonly #member = new Map<string, Member>();
  readonly #replica = new Map<Member, string>();
  readonly #owner = new Map<number, Member>();

  constructor(readonly header: Header) {
    header.replicas.forEach((r, i) => {
      const member = `${r}.${'abcdefgh'.charAt(i).repeat(8)}`;
      this.#member.set(r, member);
      this.#replica.set(member, r);
    });
    const members = [...this.#replica.keys()].sort();
    this.birth = { cell: 'schedule', members, alpha: header.alpha, leaseMs: 0, driftPerMille: 10 };
  }

  member(r: string): Member {
    const member = this.#member.get(r);
    if (member === undefined) throw new Error(`the schedule names no replica ${r}`);
    return member;
  }

  replica(member: Member): string {
    return this.#replica.get(member) ?? member;
  }

  /** A campaign of the schedule: from here on the spec's ballot b is round b of that member. */
  owns(b: number, r: string): void {
    this.#owner.set(b, this.member(r));
  }

  /**
   * The spec's ballot: the round, where the member is the one that campaigned in it. Another member's
   * ballot of that round is none of the spec's; it reads as round.n, n the place of the member, so that
   * it equals none.
   */
  number(ballot: Ballot | null): number {
    if (ballot === null) return 0;
    const { round, member } = ballot;
    if (this.#owner.get(round) === member) return round;
    return Number(`${round}.${this.header.replicas.indexOf(this.replica(member)) + 1}`);
  }

  value(name: string): Value {
    if (name === this.header.noop) return NOOP;
    return { kind: 'batch', epoch: 0, commands: [{ id: name, op: new TextEncoder().encode(name) }] };
  }

  nameOf(value: Value): string {
    return value.kind !== 'batch' ? this.header.noop : value.commands.map(({ id }) => id).join('+');
  }

  votes(votes: SlotMap<Vote> | readonly (readonly [number, Vote])[]): [number, number, string][] {
    const rows = 'toArray' in votes ? votes.toArray() : votes;
    return rows.map(([slot, { ballot, value }]) => [slot, this.number(ballot), this.nameOf(value)]);
  }

  known(known: State['known']): [number, string][] {
    return known.toArray().map(([slot, value]) => [slot, this.nameOf(value)]);
  }

  /** The messages of the spec that the code's message is; Entries are one for each value, CatchUp is none. */
  rows(m: Message): SpecMessage[] {
    switch (m.type) {
      case 'Prepare':
        return [['prepare', this.number(m.ballot), this.replica(m.ballot.member), m.first]];
      case 'Promise':
        return [['promise', this.number(m.ballot), this.replica(m.from), m.prefix, this.votes(m.accepted)]];
      case 'Accept':
        return [['accept', this.number(m.ballot), m.slot, this.nameOf(m.value)]];
      case 'Accepted':
        return [['accepted', this.number(m.ballot), m.slot, this.replica(m.from)]];
      case 'Chosen':
        return [['chosen', this.number(m.ballot), m.upTo]];
      case 'Entries':
        return m.values.map((value, i) => ['entry', m.first + i, this.nameOf(value), this.number(m.learnt)]);
      case 'Reject':
        return [['reject', this.number(m.ballot)]];
      case 'LeaseRequest':
      case 'Grant':
      case 'Release':
      case 'ReadRound':
      case 'Confirm':
      case 'CatchUp':
        return [];
    }
  }
}
