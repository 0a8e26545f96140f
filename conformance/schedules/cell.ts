/**
 * A cell of real cores that a schedule drives. There is no driver and no network: each step is one input,
 * and a message that has left reaches whom the schedule says, however often and late.
 */
import {
  configurationOf,
  initialState,
  recoverRecord,
  recoverState,
  step,
  type Faults,
  type State,
  type Transition,
} from '../../src/core/index.js';
import { mayRepropose } from '../../src/core/guards.js';
import type { Message } from '../../src/core/messages.js';
import { CellScan, type Violation } from '../../src/core/scan.js';
import type { Input, Internal, Outgoing } from '../../src/core/step-types.js';
import type { LogRecord, Member } from '../../src/core/types.js';
import type { Durable, Header, ScheduleStep, SpecMessage, SpecReplica } from './codec.js';
import { Names } from './names.js';

interface Site {
  readonly r: string;
  readonly member: Member;
  start: number;
  /** null where it is down. */
  memory: State | null;
  /** Slots executed when it was last up. */
  applied: number;
  /** Every record appended, and how many of them are synced. */
  log: LogRecord[];
  synced: number;
  /** The fold of the synced records. */
  disk: State;
}

interface Left {
  readonly row: SpecMessage;
  readonly from: Member;
  readonly message: Message;
}

export class CoreCell {
  readonly names: Names;
  readonly #sites: ReadonlyMap<string, Site>;
  /** What has left, by the spec's row as text. */
  readonly #left = new Map<string, Left>();
  readonly #scan: CellScan;

  constructor(
    header: Header,
    readonly faults: Partial<Faults> = {},
  ) {
    this.names = new Names(header);
    const { birth } = this.names;
    const sites = header.replicas.map((r): [string, Site] => {
      const memory = initialState(this.names.member(r), 1, birth, faults);
      const { self: member } = memory;
      return [r, { r, member, start: 1, memory, applied: 0, log: [], synced: 0, disk: memory }];
    });
    this.#sites = new Map(sites);
    const anyone = initialState(birth.members[0] ?? '', 1, birth);
    this.#scan = new CellScan((slot) => configurationOf(anyone, slot));
  }

  /** Gives the input of a step. Says why the code did not use it; undefined where it did. */
  take(one: ScheduleStep): string | undefined {
    const site = this.#site(one.r);
    const refused = this.#act(site, one);
    const waiting = site.memory?.unsynced.length ?? 0;
    if (one.synced === true && waiting > 0) this.#feed(site, { kind: 'persist', count: waiting });
    return refused;
  }

  /** The cell in the words of the spec: its replicas, and what has left, by its row as text. */
  replicas(): ReadonlyMap<string, SpecReplica> {
    return new Map([...this.#sites].map(([r, site]) => [r, this.#replica(site)]));
  }

  sent(): ReadonlyMap<string, unknown> {
    return this.#left;
  }

  /** What CellScan finds, and known values that no quorum voted for. */
  violations(): Violation[] {
    return [...this.#scan.violations([...this.#sites.values()]), ...this.#knownIsChosen()];
  }

  #site(r: string): Site {
    const site = this.#sites.get(r);
    if (site === undefined) throw new Error(`the schedule names no replica ${r}`);
    return site;
  }

  #act(site: Site, one: ScheduleStep): string | undefined {
    switch (one.action) {
      case 'Campaign':
        return this.#campaign(site, one.ballot ?? 0);
      case 'HandlePrepare':
      case 'HandleAccept':
      case 'HandleChosen':
      case 'HandleReject':
        return this.#deliver(site, one.message);
      case 'BecomeLeader':
        this.#count(site, one.promises);
        return this.#internal(site, { name: 'BecomeLeader' });
      case 'Propose':
        return this.#propose(site, one);
      case 'Choose':
        this.#countVotes(site, one.slot ?? 0, one.voters ?? []);
        return this.#internal(site, { name: 'Choose', slot: one.slot ?? 0 });
      case 'Announce':
        return this.#internal(site, { name: 'Announce' });
      case 'SendEntries':
        return this.#asked(site, one.first ?? 0);
      case 'HandleCatchUp':
        return this.#catchUp(site, one.entries ?? []);
      case 'Apply':
        return this.#internal(site, { name: 'Apply', slot: one.slot ?? 0 });
      case 'Persist':
        return this.#feed(site, { kind: 'persist', count: one.count ?? 0 });
      case 'Crash':
        return this.#crash(site, one.count ?? 0);
      case 'Restart':
        return this.#restart(site);
    }
  }

  /**
   * The code takes the round above all that it saw; the spec any ballot above the promise. A receipt of a
   * ballot that is nobody's business tells the replica of a round, and changes nothing else.
   */
  #campaign(site: Site, b: number): string | undefined {
    this.names.owns(b, site.r);
    const other = this.#other(site);
    if (b > 1) {
      const ballot = { round: b - 1, member: other };
      const id = `${other}/0/0/0`;
      this.#feed(site, {
        kind: 'message',
        from: other,
        message: { type: 'Accepted', id, ballot, slot: 1, from: other },
      });
    }
    return this.#feed(site, { kind: 'campaign' });
  }

  #propose(site: Site, one: ScheduleStep): string | undefined {
    this.#count(site, one.promises);
    const { memory } = site;
    return memory !== null && mayRepropose(memory)
      ? this.#internal(site, { name: 'Propose', slot: one.slot ?? 0 })
      : this.#feed(site, { kind: 'propose', value: this.names.value(one.value ?? '') });
  }

  #count(site: Site, promises: readonly SpecMessage[] = []): void {
    for (const promise of promises) this.#deliver(site, promise);
  }

  /** All that those members said of the slot up to the leader's ballot. */
  #countVotes(site: Site, slot: number, voters: readonly string[]): void {
    const ballot = this.names.number(site.memory?.promised ?? null);
    for (const { row } of [...this.#left.values()])
      if (row[0] === 'accepted' && row[2] === slot && row[1] <= ballot && voters.includes(row[3]))
        this.#deliver(site, row);
  }

  #asked(site: Site, first: number): string | undefined {
    return this.#feed(site, {
      kind: 'message',
      from: this.#other(site),
      message: { type: 'CatchUp', first },
    });
  }

  /** The spec's entries are facts one by one: some that follow each other make a message. */
  #catchUp(site: Site, entries: readonly SpecMessage[]): string | undefined {
    const parts = entries.flatMap((row) => (row[0] === 'entry' ? [row] : [])).sort((a, b) => a[1] - b[1]);
    const [first] = parts;
    const left = first === undefined ? undefined : this.#left.get(JSON.stringify(first));
    const gone = parts.every((row) => this.#left.has(JSON.stringify(row)));
    if (first === undefined || left?.message.type !== 'Entries' || !gone) return 'no such entries have left';
    const values = parts.map(([, , value]) => this.names.value(value));
    const message = { ...left.message, first: first[1], values };
    return this.#feed(site, { kind: 'message', from: this.#sender(site, left), message });
  }

  #other(site: Site): Member {
    return this.names.birth.members.find((member) => member !== site.member) ?? '';
  }

  #deliver(site: Site, row: SpecMessage | undefined): string | undefined {
    const left = this.#left.get(JSON.stringify(row));
    if (left === undefined) return 'no such message has left';
    return this.#feed(site, { kind: 'message', from: this.#sender(site, left), message: left.message });
  }

  /** Entries and Reject name no sender in the spec: what one said oneself, another may have said too. */
  #sender(site: Site, { from, message }: Left): Member {
    const nameless = message.type === 'Entries' || message.type === 'Reject';
    return nameless && from === site.member ? this.#other(site) : from;
  }

  #internal(site: Site, internal: Internal): string | undefined {
    return this.#feed(site, { kind: 'internal', internal });
  }

  #feed(site: Site, input: Input): string | undefined {
    if (site.memory === null) return 'down';
    const transition = step(site.memory, input);
    this.#took(site, transition);
    return transition.ignored;
  }

  #took(site: Site, { state, effects }: Transition): void {
    site.memory = state;
    site.applied = state.applied;
    for (const effect of effects) {
      if (effect.kind === 'append') {
        site.log.push(effect.record);
        if (this.faults.holdNothing === true) for (const one of effect.held) this.#send(site, one);
      } else if (effect.kind === 'send') this.#send(site, effect.outgoing);
    }
    this.#sync(site, site.log.length - state.unsynced.length);
  }

  #send(site: Site, { message }: Outgoing): void {
    this.#scan.left(message);
    for (const row of this.names.rows(message)) {
      const key = JSON.stringify(row);
      if (!this.#left.has(key)) this.#left.set(key, { row, from: site.member, message });
    }
  }

  #sync(site: Site, upTo: number): void {
    for (const record of site.log.slice(site.synced, upTo)) site.disk = recoverRecord(site.disk, record);
    site.synced = upTo;
  }

  /** The first n waiting steps were synced and their messages left; the rest is gone. */
  #crash(site: Site, n: number): string | undefined {
    const refused = n === 0 ? undefined : this.#feed(site, { kind: 'persist', count: n });
    if (site.memory === null) return 'down';
    site.memory = null;
    site.log = site.log.slice(0, site.synced);
    return refused;
  }

  #restart(site: Site): string | undefined {
    if (site.memory !== null) return 'up';
    site.start += 1;
    this.#took(site, recoverState(site.member, site.start, this.names.birth, site.log, this.faults));
    return undefined;
  }

  #replica({ memory, disk, applied }: Site): SpecReplica {
    const queue = [this.#durable(disk, [])];
    let state = disk;
    for (const { record, held } of memory?.unsynced ?? []) {
      state = recoverRecord(state, record);
      queue.push(this.#durable(state, held));
    }
    const { known, prefix, learnt } = memory ?? disk;
    return {
      queue,
      known: this.names.known(known),
      prefix,
      learnt: this.names.number(learnt),
      role: memory?.role ?? 'down',
      applied,
    };
  }

  #durable(state: State, held: readonly Outgoing[]): Durable {
    const rows = held.flatMap(({ message }) => this.names.rows(message));
    const sorted = new Map(rows.map((row) => [JSON.stringify(row), row] as const));
    return {
      promised: this.names.number(state.promised),
      accepted: this.names.votes(state.accepted),
      known: this.names.known(state.known),
      prefix: state.prefix,
      learnt: this.names.number(state.learnt),
      out: [...sorted].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row),
    };
  }

  #knownIsChosen(): Violation[] {
    const rows = [...this.#left.values()].map(({ row }) => row);
    const chosen = (slot: number, value: string): boolean =>
      rows.some((accept) => {
        if (accept[0] !== 'accept' || accept[2] !== slot || accept[3] !== value) return false;
        const votes = rows.filter((row) => row[0] === 'accepted' && row[1] === accept[1] && row[2] === slot);
        return 2 * votes.length > this.#sites.size;
      });
    return [...this.replicas()].flatMap(([r, { known }]) =>
      known.flatMap(([slot, value]) =>
        chosen(slot, value)
          ? []
          : [
              {
                invariant: 'KnownIsChosen',
                what: `${r} knows ${value} in slot ${slot}, and it is not chosen`,
              },
            ],
      ),
    );
  }
}
