/**
 * Who leads, and whether this replica shall: the timers, the question before a campaign, the silence of a
 * leader that nobody answers, hand-overs, and a ballot raised in quiet moments. What comes of it are inputs
 * of the core; the frames of this file are no messages of the spec (spec/Elections.tla tells of them).
 */
import { configurationOf, isQuorum, isRemoved, isVoter, mayPromise, type State } from '../core/index.js';
import type { Input } from '../core/step-types.js';
import type { Member } from '../core/types.js';
import type { ReplicaOptions } from './options.js';
import type { Clock, Frame, Random, Transport } from './ports.js';
import { Timers } from './timers.js';

export interface LeadershipPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Transport;
  readonly options: ReplicaOptions;
  readonly state: () => State;
  /** Reads the clock for the core: the state after that. */
  readonly readClock: () => State;
  readonly input: (input: Input) => void;
  /** A heartbeat of the parts beside this one; false where a leader shall be silent. */
  readonly beat: () => boolean;
  /** Whether requests wait for an answer. */
  readonly busy: () => boolean;
  /** Whether a member was heard lately and is not far behind. */
  readonly caughtUp: (member: Member) => boolean;
}

/** What came of a hand-over: `made`, or why it was not. */
export type HandOver = 'made' | 'not the leader' | 'no such member' | 'not caught up' | 'timed out';

interface Question {
  readonly n: number;
  /** Who answered that it would promise. */
  readonly free: Set<Member>;
}

interface Wanted {
  readonly to: Member;
  readonly deadline: number;
  readonly reply: (answer: HandOver) => void;
  told: boolean;
}

export class Leadership {
  /** Who leads as far as is known; null where nobody is known to. */
  leader: Member | null = null;
  /** A leader was heard in this turn. */
  heardNow = false;
  /** How often each thing was done. */
  readonly counts = { questions: 0, campaigns: 0, boosts: 0, silences: 0, handOvers: 0 };
  private readonly timers: Timers;
  private question: Question | null = null;
  /** When members last answered this one. */
  private readonly answered = new Map<Member, number>();
  /** Since when this replica leads. */
  private since: number | null = null;
  private raisedAt = -Infinity;
  private wanted: Wanted | null = null;

  constructor(private readonly ports: LeadershipPorts) {
    this.timers = new Timers(ports.clock, ports.random, ports.options, {
      heartbeat: () => this.heartbeat(),
      silence: () => this.silence(),
    });
  }

  start(): void {
    this.timers.start();
  }

  stop(): void {
    this.timers.stop();
    this.endHandOver('timed out');
  }

  heard(leader: Member | null): void {
    this.leader = leader;
    this.heardNow = true;
  }

  endOfTurn(running: boolean): void {
    if (this.heardNow && running) {
      this.timers.heard();
      this.question = null;
    }
    this.heardNow = false;
    this.followHandOver();
  }

  /** A frame of this protocol. */
  receive(from: Member, frame: Frame): void {
    const { clock, transport, state, readClock } = this.ports;
    switch (frame.kind) {
      case 'saved':
        this.answered.set(from, clock.now());
        return;
      case 'question': {
        const now = readClock();
        const free = !isRemoved(now, from) && mayPromise(now, from);
        transport.send(from, { kind: 'reply', n: frame.n, free, prefix: state().prefix });
        return;
      }
      case 'reply':
        this.answered.set(from, clock.now());
        this.learn(from, frame.prefix);
        if (frame.n !== this.question?.n) return;
        if (frame.free) this.question.free.add(from);
        this.consider();
        return;
      case 'lead':
        if (state().role === 'follower' && this.leader === from) this.campaign();
        return;
      default:
    }
  }

  /** Starts a ballot now, whoever leads: a leader raises its own. (Paxos Made Live, 5.2.) */
  campaign(): void {
    this.ports.input({ kind: 'campaign', ordered: true });
  }

  /**
   * Hands the mastership to a member that has caught up: gives the lease up for good, so that the acceptors
   * may promise the other, and tells it to campaign until it does. The reply comes once.
   */
  handOver(to: Member, reply: (answer: HandOver) => void): void {
    const { clock, options, state, caughtUp } = this.ports;
    const now = state();
    if (now.role !== 'leader' || this.wanted !== null) return reply('not the leader');
    if (!configurationOf(now, now.prefix + 1).members.includes(to)) return reply('no such member');
    if (to === now.self) return reply('made');
    if (!caughtUp(to)) return reply('not caught up');
    this.wanted = { to, reply, told: false, deadline: clock.now() + 2 * options.electionMaxMs };
    this.ports.input({ kind: 'release lease' });
  }

  private heartbeat(): void {
    const { state, beat, input } = this.ports;
    const { role } = state();
    this.since = role === 'leader' ? (this.since ?? this.ports.clock.now()) : null;
    if (this.question !== null) this.ask(this.question);
    const loud = beat();
    // Who is alone asks on, so that it is heard again once it is answered.
    if (this.isAlone()) this.fallSilent();
    else if (loud) input({ kind: 'heartbeat' });
    this.raise();
    if (this.wanted !== null) this.tellToLead(this.wanted);
  }

  /** A leader whose messages no quorum answered for an election timeout (spec: Retire). */
  private isAlone(): boolean {
    const { clock, options, state } = this.ports;
    const oldest = clock.now() - options.electionMaxMs;
    if (this.since === null || this.since > oldest || state().faults.deafLeads) return false;
    const answering = [...this.answered].filter(([, at]) => at >= oldest).map(([member]) => member);
    const { self, prefix } = state();
    return !isQuorum([self, ...answering], configurationOf(state(), prefix + 1));
  }

  private fallSilent(): void {
    this.counts.silences += 1;
    this.ask({ n: 0, free: new Set() });
  }

  /** The election timer fired: who may lead asks first whether a quorum hears it and would promise. */
  private silence(): void {
    const { state, input } = this.ports;
    if (state().role === 'leader') return;
    this.leader = null;
    if (!isVoter(state()) || state().faults.campaignsUnasked) return input({ kind: 'campaign' });
    this.counts.questions += 1;
    this.question = { n: this.counts.questions, free: new Set() };
    this.ask(this.question);
    this.consider();
  }

  private ask({ n, free }: Question): void {
    const { transport, state } = this.ports;
    const { self, prefix } = state();
    for (const member of configurationOf(state(), prefix + 1).members)
      if (member !== self && !free.has(member)) transport.send(member, { kind: 'question', n });
  }

  private consider(): void {
    const { state, readClock, input } = this.ports;
    const { self, prefix } = state();
    if (this.question === null || !mayPromise(readClock(), self)) return;
    if (!isQuorum([self, ...this.question.free], configurationOf(state(), prefix + 1))) return;
    this.question = null;
    this.counts.campaigns += 1;
    input({ kind: 'campaign' });
  }

  /** Who is not led is told nothing: it asks the one that knows more. */
  private learn(of: Member, prefix: number): void {
    const first = this.ports.state().prefix + 1;
    if (prefix >= first)
      this.ports.transport.send(of, { kind: 'parts', parts: [{ type: 'CatchUp', first }] });
  }

  /**
   * A leader that has seen a higher round raises its ballot above it in a quiet moment, so that who is back
   * from a partition does not depose it; and one that released its lease in vain does so to have it again.
   */
  private raise(): void {
    const { clock, options, state, busy } = this.ports;
    const { role, attempt, promised, round, unsynced } = state();
    if (role !== 'leader' || attempt === null || this.wanted !== null) return;
    if (clock.now() - this.raisedAt < options.electionMinMs) return;
    const quiet = attempt.open.size === 0 && unsynced.length === 0 && !busy();
    if (!attempt.released && !(quiet && round > (promised?.round ?? 0))) return;
    this.raisedAt = clock.now();
    this.counts.boosts += 1;
    this.campaign();
  }

  private tellToLead(wanted: Wanted): void {
    wanted.told = true;
    this.ports.transport.send(wanted.to, { kind: 'lead' });
  }

  private followHandOver(): void {
    const { wanted } = this;
    if (wanted === null) return;
    const { role, promised, attempt } = this.ports.state();
    if (role === 'leader' && this.ports.clock.now() < wanted.deadline) {
      // Right behind the Release; a heartbeat repeats it.
      if (attempt?.released === true && !wanted.told) this.tellToLead(wanted);
      return;
    }
    const made = role !== 'leader' && promised?.member === wanted.to;
    if (made) this.counts.handOvers += 1;
    this.endHandOver(made ? 'made' : 'timed out');
  }

  private endHandOver(answer: HandOver): void {
    const { wanted } = this;
    this.wanted = null;
    wanted?.reply(answer);
  }
}
