/**
 * How a handler ends: the three ways in which the spec's actions put messages on their way (Step, Hold
 * and Send), and two that are no action.
 */
import type { Message, MessageId } from './messages.js';
import type { State } from './state.js';
import type { Action, Effect, Outgoing } from './step-types.js';
import type { LogRecord, Member } from './types.js';

export interface Transition {
  readonly state: State;
  /** To be executed in this order. */
  readonly effects: readonly Effect[];
  /** The event; null for receipts that only count, and for what changes nothing that the spec sees. */
  readonly action: Action | null;
  /** The messages that the action made, in the order of action.made. */
  readonly made: readonly Message[];
  /** Why the input was not used. */
  readonly ignored?: string;
}

type Without<A> = A extends unknown ? Omit<A, 'made' | 'released'> : never;
/** An action before its messages are known. */
export type Event = Without<Action>;

/** The id of the n-th message that the next event makes. */
export function messageId(state: State, n: number): MessageId {
  return `${state.self}/${state.start}/${state.seq}/${n}`;
}

export function to(member: Member | 'peers', message: Message): Outgoing {
  return { to: member, message };
}

const sends = (outgoing: readonly Outgoing[]): Effect[] =>
  outgoing.map((one) => ({ kind: 'send', outgoing: one }));

/** Each message once: one to all may go to the sender itself, too. */
function ids(outgoing: readonly Outgoing[]): MessageId[] {
  if (outgoing.length === 0) return [];
  return [...new Set(outgoing.flatMap(({ message }) => (message.type === 'CatchUp' ? [] : [message.id])))];
}

function event(
  state: State,
  what: Event,
  now: readonly Outgoing[],
  held: readonly Outgoing[],
  effects: readonly Effect[],
): Transition {
  const all = [...now, ...held];
  return {
    state: { ...state, seq: state.seq + 1 },
    effects,
    action: { ...what, made: ids(all), released: ids(now) },
    made: all.map(({ message }) => message),
  };
}

/**
 * The new state joins the queue; `held` rests on it, `now` on nothing that is not yet on disk (spec:
 * Step).
 */
export function stepDurably(
  state: State,
  body: LogRecord['body'],
  now: readonly Outgoing[],
  held: readonly Outgoing[],
  what: Event,
): Transition {
  const { promised, prefix, learnt } = state;
  const record = { event: { start: state.start, seq: state.seq }, promised, prefix, learnt, body };
  const next = { ...state, unsynced: [...state.unsynced, { record, held }] };
  return event(next, what, now, held, [{ kind: 'append', record, held }, ...sends(now)]);
}

/**
 * An answer given again leaves at once if nothing waits, else it rests on the last waiting step (spec:
 * Hold).
 */
export function hold(state: State, answer: Outgoing, what: Event): Transition {
  const last = state.unsynced.at(-1);
  if (last === undefined) return sendNow(state, [answer], what);
  const waiting = { ...last, held: [...last.held, answer] };
  const next = { ...state, unsynced: [...state.unsynced.slice(0, -1), waiting] };
  return event(next, what, [], [answer], []);
}

/** Messages that rest on nothing leave at once (spec: Send). */
export function sendNow(state: State, now: readonly Outgoing[], what: Event): Transition {
  return event(state, what, now, [], sends(now));
}

/** A change of what the spec does not see: no event. */
export function quietly(state: State, effects: readonly Effect[] = []): Transition {
  return { state, effects, action: null, made: [] };
}

/** Stale, malformed or unexpected input: a value, never an exception. */
export function ignored(state: State, reason: string): Transition {
  return { state, effects: [], action: null, made: [], ignored: reason };
}

/** The transition with further effects behind its own. */
export function followedBy(transition: Transition, effects: readonly Effect[]): Transition {
  return effects.length === 0 ? transition : { ...transition, effects: [...transition.effects, ...effects] };
}
