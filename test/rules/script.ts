/** A few cores and the words for a scenario: who says what to whom, what is lost, who dies. */
import type { Faults, State } from '../../src/core/index.js';
import type { Message } from '../../src/core/messages.js';
import type { Member, NamedConfiguration, Value } from '../../src/core/types.js';
import { batch, birthOf, World, type Site } from '../core/world.js';

/** A replica by its place: the birth record names the first of them. */
export type Who = 'a' | 'b' | 'c' | 'd' | 'e';

type Type = Message['type'];

const LETTERS = 'abcde';

export const memberOf = (who: Who): Member => {
  const place = LETTERS.indexOf(who);
  return `r${place + 1}.${who.repeat(8)}`;
};

/** A configuration as a value. */
export const naming = (members: readonly Who[]): NamedConfiguration => ({
  ...{ kind: 'configuration', id: `change to ${members.join('')}`, members: members.map(memberOf) },
  ...{ learners: [], addresses: {} },
});

export interface Shape {
  /** Members of the birth record; 3 if absent. */
  readonly replicas?: number;
  readonly alpha?: number;
  /** Replicas beside them. */
  readonly joiners?: readonly Who[];
}

export class Script {
  readonly world: World;

  constructor(faults: Partial<Faults>, { replicas = 3, alpha = 4, joiners = [] }: Shape = {}) {
    this.world = new World(birthOf(replicas, alpha), faults, joiners.map(memberOf));
  }

  state(who: Who): State {
    const { memory, disk } = this.site(who);
    return memory ?? disk;
  }

  /** Delivers what is on its way from one to another, of these types or of all; the receiver then syncs. */
  pass(from: Who, to: Who, ...types: readonly Type[]): this {
    return this.passUnsynced(from, to, ...types).sync(to);
  }

  passUnsynced(from: Who, to: Who, ...types: readonly Type[]): this {
    for (const one of this.flying(from, to, types))
      this.world.run({ op: 'deliver', i: this.world.flying.indexOf(one) });
    return this;
  }

  /** What is on its way from one to another never arrives. */
  lose(from: Who, to: Who, ...types: readonly Type[]): this {
    for (const one of this.flying(from, to, types))
      this.world.run({ op: 'lose', i: this.world.flying.indexOf(one) });
    return this;
  }

  /** Everything that waits is synced, and what a replica says to itself arrives. */
  sync(who: Who): this {
    const site = this.site(who);
    for (let count = this.waiting(site); count > 0; count = this.waiting(site)) {
      this.world.feed(site, { kind: 'persist', count });
      this.passUnsynced(who, who);
    }
    return this.passUnsynced(who, who);
  }

  campaign(who: Who): this {
    this.world.feed(this.site(who), { kind: 'campaign', ordered: true });
    return this;
  }

  /** A ballot with the promises of these. */
  lead(who: Who, ...voters: readonly Who[]): this {
    this.campaign(who).sync(who);
    for (const voter of voters) this.pass(who, voter, 'Prepare').pass(voter, who, 'Promise');
    return this;
  }

  /** Proposes the n-th batch, or that value. */
  propose(who: Who, value: number | Value): this {
    const what = typeof value === 'number' ? batch(value) : value;
    this.world.feed(this.site(who), { kind: 'propose', value: what });
    return this;
  }

  /** The same, and what the leader and these voted is counted. */
  choose(who: Who, value: number | Value, ...voters: readonly Who[]): this {
    this.propose(who, value).sync(who);
    for (const voter of voters) this.pass(who, voter, 'Accept').pass(voter, who, 'Accepted');
    return this;
  }

  heartbeat(who: Who): this {
    this.world.feed(this.site(who), { kind: 'heartbeat' });
    return this;
  }

  /** Dies, with the first `kept` unsynced steps on the disk, and comes back. */
  restart(who: Who, kept = 0): this {
    const r = LETTERS.indexOf(who);
    this.world.run({ op: 'crash', r, n: kept });
    this.world.run({ op: 'restart', r });
    return this;
  }

  /** A question for known values, which left long ago. */
  askedBy(who: Who, of: Who): this {
    const message = { type: 'CatchUp', first: this.state(who).prefix + 1 } as const;
    this.world.feed(this.site(of), { kind: 'message', from: memberOf(who), message });
    return this;
  }

  /** The invariants of the spec that do not hold, with what was seen; null if all do. */
  finding(): string | null {
    const found = this.world.violations().map(({ invariant, what }) => `${invariant}: ${what}`);
    return found.length === 0 ? null : found.join('; ');
  }

  private site(who: Who): Site {
    const found = this.world.sites.find(({ member }) => member === memberOf(who));
    if (found === undefined) throw new Error(`no replica ${who}`);
    return found;
  }

  private waiting({ memory }: Site): number {
    return memory?.unsynced.length ?? 0;
  }

  private flying(from: Who, to: Who, types: readonly Type[]): World['flying'] {
    const [sender, receiver] = [memberOf(from), memberOf(to)];
    return this.world.flying.filter(
      (one) =>
        one.from === sender &&
        one.to === receiver &&
        (types.length === 0 || types.includes(one.message.type)),
    );
  }
}
