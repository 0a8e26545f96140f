/**
 * A little world of cores: a network that loses, repeats and reorders, disks that lose any unsynced
 * suffix at a crash. Every choice is an operation, so a run is a list of operations and nothing else.
 */
import {
  configurationOf,
  initialState,
  nextInternal,
  peersOf,
  recoverRecord,
  recoverState,
  step,
  type Faults,
  type State,
  type Transition,
} from '../../src/core/index.js';
import type { Message } from '../../src/core/messages.js';
import { CellScan, type Violation } from '../../src/core/scan.js';
import type { Effect, Input, Outgoing } from '../../src/core/step-types.js';
import { leavingEarly } from '../../src/driver/early.js';
import type { Birth, LogRecord, Member, Slot, Value } from '../../src/core/types.js';

export type Op =
  | { readonly op: 'deliver' | 'repeat' | 'lose'; readonly i: number }
  | { readonly op: 'campaign' | 'propose' | 'heartbeat' | 'restart'; readonly r: number }
  | { readonly op: 'persist' | 'crash'; readonly r: number; readonly n: number }
  /** Everything in flight to a replica is lost. */
  | { readonly op: 'cut'; readonly r: number }
  /** Syncs and delivers in order, n times: good weather for a while. */
  | { readonly op: 'settle'; readonly n: number };

/** What a disk must give back once the record is synced. */
export interface Durable {
  readonly promised: State['promised'];
  readonly learnt: State['learnt'];
  readonly prefix: Slot;
  readonly accepted: readonly unknown[];
  readonly known: readonly unknown[];
}

export function durableOf(state: State): Durable {
  const { promised, learnt, prefix } = state;
  return { promised, learnt, prefix, accepted: state.accepted.toArray(), known: state.known.toArray() };
}

export interface Site {
  readonly member: Member;
  start: number;
  /** The beat of heal() at which a leader was last heard. */
  heard: number;
  memory: State | null;
  /** Every record appended, synced or not, and what memory was right after it. */
  log: LogRecord[];
  snapshots: Durable[];
  /** The fold of the synced records. */
  disk: State;
  synced: number;
}

export function birthOf(count: number, alpha: number): Birth {
  const members = Array.from({ length: count }, (_, i) => `r${i + 1}.${'abcdefgh'.charAt(i).repeat(8)}`);
  return { cell: 'test', members, alpha, leaseMs: 0, driftPerMille: 10 };
}

export function batch(n: number): Value {
  return { kind: 'batch', epoch: 0, commands: [{ id: `c${n}`, op: Uint8Array.of(n & 255, n >> 8) }] };
}

export class World {
  readonly sites: readonly Site[];
  readonly flying: { readonly from: Member; readonly to: Member; readonly message: Message }[] = [];
  readonly applied = new Map<Member, Slot[]>();
  readonly actions = new Map<string, number>();
  readonly #scan: CellScan;
  /** Values proposed again at a higher ballot. */
  reproposals = 0;
  #values = 0;
  #beat = 0;
  readonly #proposed = new Set<Value>();

  constructor(
    readonly birth: Birth,
    readonly faults: Partial<Faults> = {},
    /** Those that no configuration names yet. */
    joiners: readonly Member[] = [],
  ) {
    const begin = [...birth.members, ...joiners].map((member) => initialState(member, 1, birth, faults));
    this.sites = begin.map((state) => ({
      member: state.self,
      start: 1,
      heard: 0,
      memory: state,
      log: [],
      snapshots: [],
      disk: state,
      synced: 0,
    }));
    const [first] = begin;
    if (first === undefined) throw new Error('a world needs a replica');
    this.#scan = new CellScan((slot) => configurationOf(first, slot), birth.alpha);
  }

  get prefix(): Slot {
    return Math.max(...this.sites.map(({ memory, disk }) => (memory ?? disk).prefix));
  }

  violations(): Violation[] {
    return this.#scan.violations(this.sites);
  }

  run(op: Op): void {
    switch (op.op) {
      case 'deliver':
      case 'repeat':
      case 'lose':
        return this.#network(op.op, op.i);
      case 'campaign':
      case 'heartbeat':
        return this.feed(this.#site(op.r), { kind: op.op });
      case 'propose':
        return this.feed(this.#leader(op.r), { kind: 'propose', value: batch(++this.#values) });
      case 'persist': {
        const site = this.#site(op.r);
        const waiting = site.memory?.unsynced.length ?? 0;
        if (waiting > 0) this.feed(site, { kind: 'persist', count: 1 + (op.n % waiting) });
        return;
      }
      case 'crash':
        return this.#crash(this.#site(op.r), op.n);
      case 'restart':
        return this.#restart(this.#site(op.r));
      case 'cut':
        return this.#cut(this.#site(op.r).member);
      case 'settle':
        return this.settle(op.n);
    }
  }

  settle(n: number): void {
    const idle = (): boolean => this.sites.every(({ memory }) => (memory?.unsynced.length ?? 0) === 0);
    for (let i = 0; i < n && !(this.flying.length === 0 && idle()); i++) {
      for (const site of this.sites) {
        const count = site.memory?.unsynced.length ?? 0;
        if (count > 0) this.feed(site, { kind: 'persist', count });
      }
      this.#network('deliver', 0);
    }
  }

  /** One input, then every internal action that it enables: a turn of the driver. */
  feed(site: Site, input: Input): void {
    for (let next: Input | null = input; next !== null;) {
      if (site.memory === null) return;
      this.#took(site, step(site.memory, next));
      const internal = nextInternal(site.memory);
      next = internal === null ? null : { kind: 'internal', internal };
    }
  }

  #site(r: number): Site {
    const site = this.sites[r % this.sites.length];
    if (site === undefined) throw new Error('no such replica');
    return site;
  }

  /**
   * Good weather at last: all are up and nothing is lost. Heartbeats go on, who hears no leader
   * campaigns, the r-th first, and a value is proposed to a leader at each beat.
   */
  heal(r: number, beats = 40): void {
    this.sites.forEach((site) => this.#restart(site));
    this.sites.forEach((site) => (site.heard = 0));
    for (this.#beat = 1; this.#beat <= beats; this.#beat++) {
      this.sites.forEach((site, i) => {
        const patience = 3 + 2 * ((i + r) % this.sites.length);
        if (site.memory?.role !== 'leader' && this.#beat - site.heard > patience) {
          site.heard = this.#beat;
          this.feed(site, { kind: 'campaign' });
        }
      });
      this.settle(300);
      this.run({ op: 'propose', r });
      this.settle(300);
      for (const one of this.sites) this.feed(one, { kind: 'heartbeat' });
    }
    this.settle(1000);
  }

  /** One of those that lead, if any does. */
  #leader(r: number): Site {
    const leaders = this.sites.filter(({ memory }) => memory?.role === 'leader');
    return leaders[r % Math.max(1, leaders.length)] ?? this.#site(r);
  }

  #took(site: Site, { state, effects, action }: Transition): void {
    site.memory = state;
    if (action !== null) this.actions.set(action.name, (this.actions.get(action.name) ?? 0) + 1);
    if (action?.name === 'Propose') {
      if (action.value.kind === 'batch' && this.#proposed.has(action.value)) this.reproposals += 1;
      this.#proposed.add(action.value);
    }
    for (const effect of effects) this.#execute(site, state, effect);
    for (; site.synced < site.log.length - state.unsynced.length; site.synced++) this.#sync(site);
  }

  #execute(site: Site, state: State, effect: Effect): void {
    if (effect.kind === 'append') {
      site.log.push(effect.record);
      site.snapshots.push(durableOf(state));
      for (const one of leavingEarly(state, effect.held)) this.#send(site, state, one);
    } else if (effect.kind === 'send') this.#send(site, state, effect.outgoing);
    else if (effect.kind === 'heard') site.heard = this.#beat;
    else if (effect.kind === 'apply') {
      const slots = this.applied.get(site.member) ?? [];
      this.applied.set(site.member, [...slots, effect.slot]);
    }
  }

  #send(site: Site, state: State, { to, message }: Outgoing): void {
    this.#scan.left(message);
    const targets = to === 'peers' ? peersOf(state) : [to];
    for (const target of targets) this.flying.push({ from: site.member, to: target, message });
  }

  #sync(site: Site): void {
    const record = site.log[site.synced];
    if (record !== undefined) site.disk = recoverRecord(site.disk, record);
  }

  #network(op: 'deliver' | 'repeat' | 'lose', i: number): void {
    const at = i % Math.max(1, this.flying.length);
    const one = this.flying[at];
    if (one === undefined) return;
    if (op !== 'repeat') this.flying.splice(at, 1);
    const site = this.sites.find(({ member }) => member === one.to);
    if (op !== 'lose' && site !== undefined)
      this.feed(site, { kind: 'message', from: one.from, message: one.message });
  }

  #cut(member: Member): void {
    for (let i = this.flying.length - 1; i >= 0; i--)
      if (this.flying[i]?.to === member) this.flying.splice(i, 1);
  }

  /** The first n waiting steps are on disk after all; the rest is gone. */
  #crash(site: Site, n: number): void {
    if (site.memory === null) return;
    const kept = site.synced + (n % (site.memory.unsynced.length + 1));
    for (; site.synced < kept; site.synced++) this.#sync(site);
    site.memory = null;
    site.log = site.log.slice(0, kept);
    site.snapshots = site.snapshots.slice(0, kept);
  }

  #restart(site: Site): void {
    if (site.memory !== null) return;
    site.start += 1;
    this.applied.set(site.member, []);
    this.#took(site, recoverState(site.member, site.start, this.birth, site.log, this.faults));
  }
}
