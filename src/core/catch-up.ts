/**
 * Catching up is pulled: who lacks slots asks one member who has them, once, and again only after
 * progress or a heartbeat. Questions change nothing that the spec sees; the answers are SendEntries and
 * HandleCatchUp.
 */
import type { State } from './state.js';
import type { Effect } from './step-types.js';
import { followedBy, to, type Transition } from './transition.js';
import type { Member, Slot } from './types.js';

/**
 * The transition, and a question to `of`, which showed that it knows the slots up to upTo, if it is time
 * for one.
 */
export function askForMore(transition: Transition, of: Member, upTo: Slot): Transition {
  const { state } = transition;
  const { behind } = state;
  if (upTo <= state.prefix || of === state.self) return transition;
  const waiting = behind !== null && behind.asked > state.prefix && behind.last === state.beats;
  if (!waiting) return ask(transition, of, upTo);
  if (of !== behind.of || upTo <= behind.upTo) return transition;
  return { ...transition, state: { ...state, behind: { ...behind, upTo } } };
}

/** On a heartbeat, before it is counted: the question again, if it is older than the heartbeat before. */
export function askAgain(transition: Transition): Transition {
  const { state } = transition;
  const { behind } = state;
  if (behind === null) return transition;
  if (behind.upTo <= state.prefix) return { ...transition, state: { ...state, behind: null } };
  return behind.last < state.beats ? ask(transition, behind.of, behind.upTo) : transition;
}

/** Whether entries were asked for two heartbeats ago or earlier, and none came. */
export function waitsInVain(state: State): boolean {
  const { behind, beats, prefix } = state;
  return behind !== null && behind.upTo > prefix && behind.asked > prefix && beats > behind.since + 1;
}

function ask(transition: Transition, of: Member, upTo: Slot): Transition {
  const { state } = transition;
  const asked = state.prefix + 1;
  const since = state.behind?.asked === asked ? state.behind.since : state.beats;
  const question: Effect = { kind: 'send', outgoing: to(of, { type: 'CatchUp', first: asked }) };
  const next = { ...state, behind: { of, upTo, asked, last: state.beats, since } };
  return followedBy({ ...transition, state: next }, [question]);
}
