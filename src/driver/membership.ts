/**
 * Changes of the configuration, one at a time, at the leader: the new quorum must be reachable and caught up
 * before it is named; no-ops fill the window, so that the configuration comes into force; and the change is
 * answered once a quorum of it has synced a known prefix with every slot below that (spec: Answered). Until
 * then the removed members vote and the leader leads on. Others pass changes on to it.
 */
import { clientBlocked, isQuorum, isVoter, NOOP, type State } from '../core/index.js';
import { nextSlot, NOT_PROMISED, proposeBlocked } from '../core/guards.js';
import type { Change as Known, Member, NamedConfiguration, Slot, Value } from '../core/types.js';
import { changed, dueLearner, promoted } from './changes.js';
import type { Change, ChangeAnswer, Membership, Refusal } from './changes.js';
import type { ReplicaOptions } from './options.js';
import type { Clock, Frame, Transport } from './ports.js';

export interface MembershipPorts {
  readonly clock: Clock;
  readonly transport: Transport;
  readonly options: ReplicaOptions;
  readonly state: () => State;
  /** Who leads as far as is known; null where nobody is known to. */
  readonly leader: () => Member | null;
  /** Steps the core through a proposal; false where it was not taken. */
  readonly propose: (value: Value) => boolean;
  /** Addresses of members that no configuration in the log names. */
  readonly addresses: () => Readonly<Record<Member, string>>;
}

/** A removed leader that the new members do not follow leads no longer: one of them may. */
const STUCK = 5;

type Reply = (answer: ChangeAnswer) => void;

/** What a member said last, and when. */
interface Report {
  readonly prefix: Slot;
  readonly saved: Slot;
  readonly at: number;
}

interface Request {
  readonly id: string;
  readonly change: Change;
  readonly reply: Reply;
  readonly deadline: number;
}

export class MembershipChanges {
  private readonly reports = new Map<Member, Report>();
  /** The change that is asked for here, until it is proposed; then until it is answered. */
  private wanted: Request | null = null;
  private proposed: Request | null = null;
  /** Passed on to the leader. */
  private readonly passedOn = new Map<string, Request>();
  private asked = 0;
  /** The newest change that is known to be answered. */
  private answeredAt: Slot = 0;
  /** Known prefixes at the last heartbeats, the newest first: who is not far behind has caught up. */
  private prefixes: readonly Slot[] = [];
  private fillOn = false;
  /** For how many heartbeats the new members did not promise this leader's ballot. */
  private stuck = 0;

  constructor(private readonly ports: MembershipPorts) {}

  /** Who votes and listens from the newest known configuration on. */
  current(): Membership {
    const { changes, birth } = this.state;
    const newest = changes.at(-1)?.configuration;
    const { members, learners, addresses } = newest ?? {
      members: birth.members,
      learners: [],
      addresses: {},
    };
    return { members, learners, addresses: { ...this.ports.addresses(), ...addresses } };
  }

  /** Puts a change to the cell; the reply comes once, perhaps inside the call. */
  request(change: Change, reply: Reply): void {
    const { self, start, role } = this.state;
    const id = `${self}/${start}/m${++this.asked}`;
    const deadline = this.deadline();
    const request = { id, change, reply, deadline };
    if (role === 'leader') return this.take(request);
    const leader = this.ports.leader();
    if (leader === null || !this.ports.transport.send(leader, { kind: 'change', id, change }))
      return reply(no('no leader'));
    this.passedOn.set(id, request);
  }

  /** A frame of this protocol; true if it was one. */
  receive(from: Member, frame: Frame): boolean {
    switch (frame.kind) {
      case 'saved':
        this.reports.set(from, { ...frame, at: this.ports.clock.now() });
        return true;
      case 'change': {
        const { id, change } = frame;
        const reply = (answer: ChangeAnswer): void => {
          this.ports.transport.send(from, { kind: 'changed', id, answer });
        };
        const deadline = this.deadline();
        if (this.state.role === 'leader') this.take({ id, change, reply, deadline });
        else reply(no('no leader'));
        return true;
      }
      case 'changed':
        this.passedOn.get(frame.id)?.reply(frame.answer);
        this.passedOn.delete(frame.id);
        return true;
      default:
        return false;
    }
  }

  /** Tells the leader, once a heartbeat, what is known here and what of it is on the disk. */
  private report(leader: Member): void {
    const { prefix } = this.state;
    this.ports.transport.send(leader, { kind: 'saved', prefix, saved: savedUpTo(this.state) });
  }

  heartbeat(leader: Member | null): void {
    if (leader !== null && this.state.role !== 'leader') this.report(leader);
    this.prefixes = [this.state.prefix, ...this.prefixes.slice(0, 2)];
    this.fillOn = true;
    this.stuck = proposeBlocked(this.state) === NOT_PROMISED ? this.stuck + 1 : 0;
    const now = this.ports.clock.now();
    for (const request of [...this.passedOn.values()])
      if (request.deadline < now) {
        this.passedOn.delete(request.id);
        request.reply(no('timed out'));
      }
    if (this.wanted !== null && this.wanted.deadline < now) this.end('wanted', no('timed out'));
    if (this.proposed !== null && this.proposed.deadline < now) this.end('proposed', no('timed out'));
  }

  /** At the end of a leader's turn: proposes what is asked for, fills the window, answers. */
  serve(): void {
    const newest = this.newest();
    if (newest !== null) {
      this.answer();
      if (!this.isAnswered(newest)) return this.fill(newest.slot);
    }
    if (this.wanted !== null) this.begin(this.wanted);
    else this.promoteDue();
  }

  /** At the end of another's turn. */
  follows(): void {
    if (this.wanted !== null) this.end('wanted', no('leader changed'));
    this.answer();
  }

  /** A change was asked for and is not proposed yet, for checks of simulated runs. */
  get waits(): boolean {
    return this.wanted !== null;
  }

  stop(): void {
    for (const { reply } of this.passedOn.values()) reply(no('stopping'));
    this.passedOn.clear();
    this.end('wanted', no('stopping'));
    this.end('proposed', no('stopping'));
  }

  /** A leader that was removed: it leads until that change is answered, and then no more. */
  get retired(): boolean {
    const { role, changes } = this.state;
    const newest = changes.at(-1);
    if (role !== 'leader' || newest === undefined) return false;
    if (newest.configuration.members.includes(this.state.self)) return false;
    if (this.early(newest)) return true;
    return !isVoter(this.state) && (this.stuck >= STUCK || this.isAnswered(newest));
  }

  /** A change waits for elections, catch-up and syncs of several members. */
  private deadline(): number {
    return this.ports.clock.now() + 4 * this.ports.options.requestTimeoutMs;
  }

  private get state(): State {
    return this.ports.state();
  }

  private take(request: Request): void {
    if (this.wanted !== null || this.proposed !== null) request.reply(no('a change is under way'));
    else this.wanted = request;
  }

  /** The newest configuration that is proposed or known. */
  private newest(): Known | null {
    const { changes, attempt } = this.state;
    return attempt?.configurations.at(-1) ?? changes.at(-1) ?? null;
  }

  private isAnswered({ slot, configuration }: Known): boolean {
    if (slot <= this.answeredAt) return true;
    const last = slot + this.state.birth.alpha - 1;
    const saving = configuration.members.filter((member) => this.savedBy(member) >= last);
    if (!this.early({ slot }) && !isQuorum(saving, configuration)) return false;
    this.answeredAt = slot;
    return true;
  }

  /** Planted (changeAnsweredEarly). */
  private early({ slot }: Pick<Known, 'slot'>): boolean {
    const { faults, prefix } = this.state;
    return faults.changeAnsweredEarly && prefix >= slot;
  }

  private savedBy(member: Member): Slot {
    if (member === this.state.self) return savedUpTo(this.state);
    return this.reports.get(member)?.saved ?? 0;
  }

  /** Not by an answer of its own: known, and read off what members said. */
  private answer(): void {
    const { proposed } = this;
    if (proposed === null) return;
    const known = this.state.changes.find(({ configuration }) => configuration.id === proposed.id);
    if (known === undefined) {
      const open = this.state.attempt?.configurations.some(
        ({ configuration }) => configuration.id === proposed.id,
      );
      // Perhaps another leader proposes it again: it is not certain that it was not made.
      if (open !== true && this.state.role === 'leader') this.end('proposed', no('leader changed'));
    } else if (this.isAnswered(known)) {
      const { members, learners, addresses } = known.configuration;
      this.end('proposed', { ok: true, slot: known.slot, membership: { members, learners, addresses } });
    }
  }

  private begin(request: Request): void {
    const next = changed(this.current(), request.change);
    if (typeof next === 'string') return this.end('wanted', no(next));
    if (!this.mayName(next)) return this.end('wanted', no('not caught up'));
    if (!this.propose(request.id, next)) return;
    this.wanted = null;
    this.proposed = request;
  }

  private promoteDue(): void {
    const current = this.current();
    const learner = dueLearner(current);
    if (learner === undefined || !this.hasCaughtUp(learner.member)) return;
    const next = promoted(current, learner);
    const { self, start } = this.state;
    if (this.mayName(next)) this.propose(`${self}/${start}/m${++this.asked}`, next);
  }

  /** A quorum of the new members is reachable and has caught up, and so has whoever is new among them. */
  private mayName(next: Membership): boolean {
    if (this.state.faults.namedUnseen) return true;
    const { members } = this.current();
    const sound = next.members.filter((member) => this.hasCaughtUp(member));
    const fresh = next.members.filter((member) => !members.includes(member));
    return isQuorum(sound, next) && fresh.every((member) => sound.includes(member));
  }

  private hasCaughtUp(member: Member): boolean {
    if (member === this.state.self) return true;
    const { clock, options } = this.ports;
    const report = this.reports.get(member);
    if (report === undefined || report.at < clock.now() - options.electionMinMs) return false;
    return report.prefix >= (this.prefixes.at(-1) ?? Infinity);
  }

  private propose(id: string, next: Membership): boolean {
    if (clientBlocked(this.state) !== null) return false;
    const value: NamedConfiguration = { kind: 'configuration', id, ...next };
    return this.ports.propose(value);
  }

  /**
   * No-ops up to the slot before the configuration governs; then one a heartbeat, whose records carry the
   * known prefix to the disks of the new members.
   */
  private fill(slot: Slot): void {
    const last = slot + this.state.birth.alpha - 1;
    if (this.state.faults.windowLeftOpen) return;
    while (nextSlot(this.state) <= last && clientBlocked(this.state) === null) this.ports.propose(NOOP);
    if (!this.fillOn || this.state.prefix < last) return;
    this.fillOn = false;
    if (clientBlocked(this.state) === null && nextSlot(this.state) === this.state.prefix + 1)
      this.ports.propose(NOOP);
  }

  private end(which: 'wanted' | 'proposed', answer: ChangeAnswer): void {
    const request = this[which];
    this[which] = null;
    request?.reply(answer);
  }
}

/** Whether the configuration in force at the end of what a replica knows names it. */
export function standing(state: State): 'member' | 'learner' | 'removed' {
  const { self, changes, birth } = state;
  if (isVoter(state)) return 'member';
  const newest = changes.at(-1)?.configuration ?? { members: birth.members, learners: [] };
  if (newest.members.includes(self) || newest.learners.some(({ member }) => member === self))
    return 'learner';
  return changes.length === 0 ? 'learner' : 'removed';
}

/** The known prefix that a synced record or the snapshot covers (spec: saved). */
const savedUpTo = ({ durable, snapshot }: State): Slot => Math.max(durable?.prefix ?? 0, snapshot.upTo);

const no = (reason: Refusal): ChangeAnswer => ({ ok: false, reason });
