/**
 * Catching up is pulled: who lacks slots asks one member who has them, once, and again only after
 * progress or a heartbeat. Questions change nothing that the spec sees; the answers are SendEntries and
 * HandleCatchUp.
 */
import { isRemoved, peersOf } from './configuration.js';
import type { State } from './state.js';
import type { Effect, Outgoing } from './step-types.js';
import { followedBy, ignored, quietly, to, type Transition } from './transition.js';
import type { Member, Slot } from './types.js';

/** A question for what lies behind the known prefix. */
export function question({ prefix }: State, of: Member | 'peers'): Outgoing {
  return to(of, { type: 'CatchUp', first: prefix + 1 });
}

/**
 * The transition, and a question to `of`, which knows the slots up to upTo, unless another one is under
 * way.
 */
export function askForMore(transition: Transition, of: Member, upTo: Slot): Transition {
  const { state } = transition;
  const { behind, prefix } = state;
  if (upTo <= prefix || of === state.self) return transition;
  const underWay = behind !== null && behind.asked > prefix && behind.last === state.beats;
  if (!underWay) return ask(transition, of, upTo);
  if (upTo <= behind.upTo) return transition;
  return { ...transition, state: { ...state, behind: { ...behind, of, upTo } } };
}

/**
 * What tells a deposed leader that it lacks slots: a question for what lies behind those known here. It may
 * hear nobody who leads, and as long as it proposes nothing it is refused nothing.
 */
export function tellMore(state: State, leader: Member, upTo: Slot): readonly Effect[] {
  return upTo >= state.prefix ? [] : [{ kind: 'send', outgoing: question(state, leader) }];
}

/**
 * Who has no vote starts no ballot: where a leader was to be heard and is not, it asks one of the others for
 * what it lacks. So new members come to know that they are, with nobody left who may lead before them.
 */
export function askAround(state: State): Transition {
  const peers = peersOf(state);
  const of = peers[state.asked % peers.length];
  if (of === undefined || isRemoved(state, state.self)) return ignored(state, 'no voting member');
  const asked = quietly({ ...state, asked: state.asked + 1 }, [
    { kind: 'send', outgoing: question(state, of) },
  ]);
  return { ...asked, ignored: 'no voting member' };
}

/** After progress: a question for the slots that are still lacking, to the member that knows most. */
export function askOn(transition: Transition): Transition {
  const furthest = furthestOf(transition.state);
  if (furthest !== null) return ask(transition, furthest.of, furthest.upTo);
  return { ...transition, state: { ...transition.state, behind: null } };
}

/** On a heartbeat, before it is counted: the question again, if it is older than the heartbeat before. */
export function askAgain(transition: Transition): Transition {
  const { behind, beats, prefix } = transition.state;
  const underWay = behind !== null && behind.asked > prefix && behind.last === beats;
  return underWay ? transition : askOn(transition);
}

/**
 * A leader may not propose what a promise that it counted reports as known, and the entries do not come.
 */
export function waitsInVain(state: State): boolean {
  const { attempt, beats, grown, prefix } = state;
  if (attempt === null || beats <= grown + 1) return false;
  return [...attempt.promises.values()].some((counted) => counted.prefix > prefix);
}

/** Who is known to know most, if it is more than this replica knows. */
function furthestOf(state: State): { readonly of: Member; readonly upTo: Slot } | null {
  let furthest: { readonly of: Member; readonly upTo: Slot } | null = state.behind;
  for (const [of, { prefix: upTo }] of state.attempt?.promises ?? [])
    if (of !== state.self && upTo > (furthest?.upTo ?? 0)) furthest = { of, upTo };
  return furthest !== null && furthest.upTo > state.prefix ? furthest : null;
}

function ask(transition: Transition, of: Member, upTo: Slot): Transition {
  const { state } = transition;
  const behind = { of, upTo, asked: state.prefix + 1, last: state.beats };
  return followedBy({ ...transition, state: { ...state, behind } }, [
    { kind: 'send', outgoing: question(state, of) },
  ]);
}
