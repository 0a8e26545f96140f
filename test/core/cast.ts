/** Three members and short ways to bring one of them into a state, each by real steps. */
import {
  initialState,
  nextInternal,
  step,
  type Faults,
  type State,
  type Transition,
} from '../../src/core/index.js';
import type { Accept, Accepted, Message, Prepare, Promise } from '../../src/core/messages.js';
import type { Input, Outgoing } from '../../src/core/step-types.js';
import type { Ballot, Member, Slot, Value, Vote } from '../../src/core/types.js';
import { batch, birthOf } from './world.js';

export const BIRTH = birthOf(3, 4);
export const [A, B, C] = BIRTH.members as [Member, Member, Member];
export const X = batch(1);
export const Y = batch(2);

export const at = (round: number, member: Member): Ballot => ({ round, member });
export const fresh = (self: Member = A, faults: Partial<Faults> = {}): State =>
  initialState(self, 1, BIRTH, faults);

export const from = (member: Member, message: Message): Input => ({ kind: 'message', from: member, message });

export const prepare = (ballot: Ballot, first: Slot = 1): Prepare => ({
  type: 'Prepare',
  id: `${ballot.member}/1/0/0`,
  ballot,
  first,
});

export const promise = (
  ballot: Ballot,
  member: Member,
  accepted: readonly (readonly [Slot, Vote])[] = [],
  prefix: Slot = 0,
): Promise => ({ type: 'Promise', id: `${member}/1/7/0`, ballot, from: member, accepted, prefix });

export const accept = (ballot: Ballot, slot: Slot, value: Value = X): Accept => ({
  type: 'Accept',
  id: `${ballot.member}/1/8/${slot}`,
  ballot,
  slot,
  value,
});

export const accepted = (ballot: Ballot, slot: Slot, member: Member): Accepted => ({
  type: 'Accepted',
  id: `${member}/1/9/${slot}`,
  ballot,
  slot,
  from: member,
});

/** The transition of the last input. */
export function run(state: State, ...inputs: readonly Input[]): Transition {
  let transition: Transition = { state, effects: [], action: null, made: [] };
  for (const input of inputs) transition = step(transition.state, input);
  return transition;
}

/** Everything waiting is synced; messages to oneself are delivered; internal actions are taken. */
export function settle(state: State): State {
  let now = state;
  const inbox: Message[] = [];
  const take = (input: Input): void => {
    const transition = step(now, input);
    now = transition.state;
    for (const { to, message } of sent(transition)) if (to === now.self) inbox.push(message);
  };
  for (;;) {
    const internal = nextInternal(now);
    const mail = inbox.shift();
    if (mail !== undefined) take(from(now.self, mail));
    else if (now.unsynced.length > 0) take({ kind: 'persist', count: now.unsynced.length });
    else if (internal !== null) take({ kind: 'internal', internal });
    else return now;
  }
}

/** A leads the ballot 1@A with the promises of A and B, and has announced it. */
export function leader(report: readonly (readonly [Slot, Vote])[] = [], prefix: Slot = 0): State {
  const candidate = settle(step(fresh(), { kind: 'campaign' }).state);
  return settle(step(candidate, from(B, promise(at(1, A), B, report, prefix))).state);
}

/** The same, with n values chosen by A and B. */
export function leaderWith(n: number): State {
  let state = leader();
  for (let slot = 1; slot <= n; slot++) {
    state = settle(step(state, { kind: 'propose', value: batch(slot) }).state);
    state = settle(step(state, from(B, accepted(at(1, A), slot, B))).state);
  }
  return state;
}

export function sent({ effects }: Transition): Outgoing[] {
  return effects.flatMap((effect) => (effect.kind === 'send' ? [effect.outgoing] : []));
}

export function kinds({ effects }: Transition): string[] {
  return effects.map((effect) => (effect.kind === 'send' ? effect.outgoing.message.type : effect.kind));
}
