/** The parts of a replica beside its core, put together: each sees of the loop what it needs. */
import type { Faults, State, Transition } from '../core/index.js';
import type { Input } from '../core/step-types.js';
import type { Value } from '../core/types.js';
import type { DecreeError } from '../errors.js';
import { Executor } from './executor.js';
import { GroupCommit } from './group-commit.js';
import { Leadership } from './leadership.js';
import { Mastership } from './mastership.js';
import { MembershipChanges } from './membership.js';
import { Reads } from './reads.js';
import { Requests } from './requests.js';
import type { ReplicaSetup } from './setup.js';
import { snapshotWork, type SnapshotWork } from './snapshot-work.js';

/** What the loop lends to its parts. */
export interface Loop {
  readonly state: () => State;
  readonly running: () => boolean;
  /** Puts an input into the queue. */
  readonly input: (input: Input) => void;
  /** Steps the core through an input, inside of a turn. */
  readonly advance: (input: Input) => Transition;
  /** The same of a proposal, in a window that is open. */
  readonly propose: (value: Value) => boolean;
  /** A turn of its own for one input. */
  readonly step: (input: Input) => void;
  /** Reads the clock for the core: the state after that. */
  readonly readClock: () => State;
  /** The lease as it is if the clock is read now, without a step. */
  readonly lease: () => State['lease'];
  readonly guarded: (what: string, run: () => void) => void;
  readonly fail: (error: DecreeError) => void;
}

export interface Parts {
  readonly requests: Requests;
  readonly log: GroupCommit;
  readonly executor: Executor;
  readonly reads: Reads;
  readonly membership: MembershipChanges;
  readonly leadership: Leadership;
  readonly mastership: Mastership;
  readonly snapshots: SnapshotWork | null;
}

export function partsOf(setup: ReplicaSetup, faults: Faults, loop: Loop): Parts {
  const { self: member, start, options, ports } = setup;
  const { clock, random, transport, machine } = ports;
  const { state, input } = loop;
  const requests = new Requests({
    ...{ member, start, clock, options, faults },
    forward: (to, command, read) =>
      transport.send(to, { kind: 'forward', ...command, ...(read && { read }) }),
    reign: state,
  });
  const log = new GroupCommit(ports.disk, (count) => input({ kind: 'persist', count }), loop.fail, faults);
  const reads = new Reads({ requests, machine, state, advance: loop.advance });
  const membership: MembershipChanges = new MembershipChanges({
    ...{ clock, transport, options, state, propose: loop.propose },
    leader: () => leadership.leader,
    addresses: () => setup.addresses?.() ?? {},
  });
  const leadership: Leadership = new Leadership({
    ...{ clock, random, transport, options, state, input, readClock: loop.readClock },
    // A removed leader falls silent once its removal is answered: others take over.
    beat: () => {
      membership.heartbeat(leadership.leader);
      reads.heartbeat();
      return !membership.retired;
    },
    busy: () => requests.size > 0,
    caughtUp: (one) => membership.hasCaughtUp(one),
  });
  const mastership = new Mastership({ state, lease: loop.lease, propose: loop.propose });
  const executor = new Executor(machine, requests, mastership, { self: member, faults });
  const snapshots = snapshotWork(setup, loop);
  return { requests, log, executor, reads, membership, leadership, mastership, snapshots };
}
