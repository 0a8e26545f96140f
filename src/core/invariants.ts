/**
 * Cheap assertions, always on, in two lists: invariants of a state and of a step. Each bears the name of
 * the spec's invariant that it serves, and sees what one replica can see of it; src/core/scan.ts sees a
 * whole cell.
 */
import { compareBallots } from './ballot.js';
import { configurationOf, isQuorum } from './configuration.js';
import { NO_FAULTS } from './faults.js';
import type { Accepted } from './messages.js';
import type { State } from './state.js';
import type { Transition } from './transition.js';
import type { Ballot, Slot } from './types.js';

/** The code is wrong, so the replica must stop: what it would do next rests on a mistake. */
export class InvariantViolated extends Error {
  override readonly name = 'InvariantViolated';
  constructor(
    readonly invariant: string,
    what: string,
  ) {
    super(`${invariant}: not so: ${what}`);
  }
}

interface Invariant<Holds> {
  readonly name: string;
  readonly what: string;
  readonly holds: Holds;
}

export const STATE_INVARIANTS: readonly Invariant<(state: State) => boolean>[] = [
  {
    name: 'TypeOK',
    what: 'exactly the slots behind the snapshot are known, and they were learnt at some ballot',
    holds: ({ known, prefix, learnt, snapshot: { upTo } }) =>
      known.size === prefix - upTo &&
      (prefix === upTo || known.has(prefix)) &&
      (learnt === null) === (prefix === 0),
  },
  {
    name: 'TypeOK',
    what: 'a follower has no attempt of its own, a candidate or leader has one',
    holds: ({ role, attempt }) => (role === 'follower') === (attempt === null),
  },
  {
    name: 'CutIsCut',
    what: 'what a snapshot covers is not in the log again',
    holds: ({ accepted, snapshot }) => (accepted.minKey() ?? Infinity) > snapshot.upTo,
  },
  {
    name: 'AppliedIsKnown',
    what: 'what is applied is known',
    holds: ({ applied, prefix }) => 0 <= applied && applied <= prefix,
  },
  {
    name: 'OneValue',
    what: 'a candidate or leader acts in the ballot of its own promise',
    holds: ({ role, promised, self }) => role === 'follower' || promised?.member === self,
  },
  {
    name: 'Agreement',
    what: 'a leader knows nothing that was learnt above its ballot',
    holds: ({ role, promised, learnt }) => role !== 'leader' || compareBallots(learnt, promised) <= 0,
  },
  {
    name: 'PromiseIsDurable',
    what: 'the last waiting or synced record carries the promise in force',
    holds: ({ promised, unsynced, durable }) =>
      compareBallots((unsynced.at(-1)?.record ?? durable)?.promised ?? null, promised) === 0,
  },
];

export const STEP_INVARIANTS: readonly Invariant<(before: State, t: Transition) => boolean>[] = [
  {
    name: 'PromiseIsDurable',
    what: 'a promise is never taken back',
    holds: (before, { state }) => compareBallots(before.promised, state.promised) <= 0,
  },
  {
    name: 'Agreement',
    what: 'the known prefix only grows',
    holds: (before, { state }) =>
      before.prefix <= state.prefix && compareBallots(before.learnt, state.learnt) <= 0,
  },
  {
    name: 'NothingLost',
    what: 'a snapshot gives way only to one that covers more',
    holds: (before, { state }) => before.snapshot.upTo <= state.snapshot.upTo,
  },
  {
    name: 'VoteIsDurable',
    what: 'a vote gives way only to one of a higher ballot',
    holds: (before, { effects }) =>
      effects.every((effect) => {
        if (effect.kind !== 'append' || effect.record.body.kind !== 'accept') return true;
        const { slot, ballot } = effect.record.body;
        return compareBallots(before.accepted.get(slot)?.ballot ?? null, ballot) < 0;
      }),
  },
  {
    name: 'PrepareIsDurable',
    what: 'no Prepare, Promise or Accept leaves before its ballot is durable',
    holds: (_before, { state, effects }) =>
      effects.every((effect) => {
        if (effect.kind !== 'send') return true;
        const { message } = effect.outgoing;
        if (message.type !== 'Prepare' && message.type !== 'Promise' && message.type !== 'Accept')
          return true;
        return compareBallots(state.durable?.promised ?? null, message.ballot) >= 0;
      }),
  },
  {
    name: 'VoteIsDurable',
    what: 'no Accepted leaves before its vote is durable',
    holds: (_before, t) => votesAreDurable(t),
  },
  {
    name: 'ChosenOnce',
    what: 'what is chosen has the votes of a quorum',
    holds: (before, { action }) => {
      if (action?.name !== 'Choose') return true;
      const voters = before.attempt?.open.get(action.slot)?.accepteds.keys() ?? [];
      return isQuorum(voters, configurationOf(before, action.slot));
    },
  },
];

function votesAreDurable({ state, effects }: Transition): boolean {
  const left: Accepted[] = [];
  for (const effect of effects)
    if (effect.kind === 'send' && effect.outgoing.message.type === 'Accepted')
      left.push(effect.outgoing.message);
  if (left.length === 0) return true;
  /** The first vote that waits in a slot; those behind it are of higher ballots. */
  const waiting = new Map<Slot, Ballot>();
  for (const { record } of state.unsynced)
    if (record.body.kind === 'accept' && !waiting.has(record.body.slot))
      waiting.set(record.body.slot, record.body.ballot);
  return left.every(({ slot, ballot }) => {
    if (slot <= state.snapshot.upTo) return true;
    const voted = compareBallots(state.accepted.get(slot)?.ballot ?? null, ballot) >= 0;
    const waits = waiting.get(slot);
    return voted && (waits === undefined || compareBallots(waits, ballot) > 0);
  });
}

/** Throws InvariantViolated. Silent where a fault is planted: then others must notice. */
export function assertStep(before: State, transition: Transition): void {
  if (before.faults !== NO_FAULTS) return;
  for (const { name, what, holds } of STATE_INVARIANTS)
    if (!holds(transition.state)) throw new InvariantViolated(name, what);
  for (const { name, what, holds } of STEP_INVARIANTS)
    if (!holds(before, transition)) throw new InvariantViolated(name, what);
}
