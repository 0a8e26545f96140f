/**
 * TLC's time per step grows with what a state holds, so the merge says when something can be dropped:
 * - a message, after the last step that names its id;
 * - of a replica, accepted and known entries up to a floor: slots within its durable prefix that no later
 * step of
 *   it names (HandleAccept, SendEntries, Apply, a Restart near its end);
 * - the value decided for a slot, when no later step makes that slot known to another replica.
 * The guards of the spec need messages that are there, never messages that are not, so that dropping one can
 * only reject more. Where an absent vote would allow something (HandleAccept), the trace spec demands that
 * the slot is above the floor; and it demands that a floor is within the durable prefix.
 */
import type { CrashStep, ForgetStep, ReplicaStep, Step } from './steps.js';

/** So many steps lie between two Forget steps: each costs a pass over what is kept. */
const EVERY = 50;
/** A Restart is compared with the spec in so many slots below its prefix; below them with what was logged. */
const RESTART_WINDOW = 1_000;

type Counted = ReplicaStep | CrashStep;

/** The steps with Forget steps between them. */
export function insertForget(steps: readonly Counted[]): readonly Step[] {
  const last = lastMentions(steps);
  const floors = lowestNamed(steps);
  const settled = lowestLearnt(steps);
  const durable = new DurablePrefixes();
  const current = new Map<string, number>();
  let settledNow = 0;
  const out: Step[] = [];
  let gone: string[] = [];
  for (const [i, step] of steps.entries()) {
    out.push(step);
    durable.take(step);
    for (const id of last.get(i) ?? []) gone.push(id);
    if ((i + 1) % EVERY !== 0 || i + 1 === steps.length) continue;
    const raised: [string, number][] = [];
    for (const [r, named] of floors) {
      const floor = Math.min(durable.of(r), (named[i + 1] ?? Infinity) - 1);
      if (floor <= (current.get(r) ?? 0)) continue;
      current.set(r, floor);
      raised.push([r, floor]);
    }
    settledNow = Math.max(settledNow, Math.min(highest(durable), (settled[i + 1] ?? Infinity) - 1));
    const forget: ForgetStep = { action: 'Forget', gone, floors: raised, settled: settledNow };
    if (gone.length > 0 || raised.length > 0) out.push(forget);
    gone = [];
  }
  return out;
}

/** The ids that each step is the last to name. */
function lastMentions(steps: readonly Counted[]): ReadonlyMap<number, readonly string[]> {
  const last = new Map<string, number>();
  for (const [i, step] of steps.entries()) {
    if (!('from' in step)) continue;
    for (const ids of [step.made, step.released, step.from]) for (const id of ids) last.set(id, i);
  }
  const at = new Map<number, string[]>();
  for (const [id, i] of last) {
    const ids = at.get(i);
    if (ids === undefined) at.set(i, [id]);
    else ids.push(id);
  }
  return at;
}

/** Per replica and step: the lowest slot that this or a later step of the replica names. */
function lowestNamed(steps: readonly Counted[]): ReadonlyMap<string, Float64Array> {
  const named = new Map<string, Float64Array>();
  const lowest = new Map<string, number>();
  for (const { r } of steps)
    if (!named.has(r)) named.set(r, new Float64Array(steps.length + 1).fill(Infinity));
  for (let i = steps.length - 1; i >= 0; i -= 1) {
    const step = steps[i];
    if (step !== undefined) lowest.set(step.r, Math.min(lowest.get(step.r) ?? Infinity, slotOf(step)));
    for (const [r, values] of named) values[i] = lowest.get(r) ?? Infinity;
  }
  return named;
}

function slotOf(step: Counted): number {
  if (!('seq' in step)) return Infinity;
  if (step.action === 'Restart') return Math.max(1, step.post.prefix - RESTART_WINDOW + 1);
  return Math.min(step.slot ?? Infinity, step.first ?? Infinity);
}

/** Per step: the lowest slot that this or a later step adds to a known prefix. */
function lowestLearnt(steps: readonly Counted[]): Float64Array {
  const learnt = new Float64Array(steps.length + 1).fill(Infinity);
  const prefixes = new Map<string, number>();
  for (const [i, step] of steps.entries()) {
    if (!('post' in step)) continue;
    const before = prefixes.get(step.r) ?? 0;
    const after = step.post.prefix;
    // What comes with a snapshot becomes known as a whole, and is compared by its digest.
    if (step.action !== 'Restart' && step.action !== 'InstallSnapshot' && after > before)
      learnt[i] = before + 1;
    prefixes.set(step.r, after);
  }
  for (let i = steps.length - 1; i >= 0; i -= 1) {
    learnt[i] = Math.min(learnt[i] ?? Infinity, learnt[i + 1] ?? Infinity);
  }
  return learnt;
}

/** The known prefix in the last record that is on the disk of each replica. */
class DurablePrefixes {
  private readonly durable = new Map<string, number>();
  private readonly waiting = new Map<string, { seq: number; prefix: number }[]>();
  private readonly last = new Map<string, number>();

  take(step: Counted): void {
    if (!('post' in step)) return;
    const { r, seq, post } = step;
    const queue = this.waiting.get(r) ?? [];
    this.waiting.set(r, queue);
    if (step.action === 'Restart') {
      queue.length = 0;
      this.durable.set(r, post.prefix);
    } else if (step.persisted !== undefined) {
      const [, upTo] = step.persisted;
      while (queue[0] !== undefined && queue[0].seq <= upTo) this.durable.set(r, queue.shift()?.prefix ?? 0);
    } else if (post.waiting > (this.last.get(r) ?? 0)) {
      queue.push({ seq, prefix: post.prefix });
    }
    this.last.set(r, post.waiting);
  }

  of(r: string): number {
    return this.durable.get(r) ?? 0;
  }

  all(): readonly number[] {
    return [...this.durable.values()];
  }
}

function highest(durable: DurablePrefixes): number {
  return Math.max(0, ...durable.all());
}
