/**
 * Puts the events of all files into one causal order, never by time of day. Edges: the events of a member in
 * their order, over all its starts; the event that releases an id before every event that names it in `from`.
 * Every linearization is equivalent for the spec, whose actions read one replica and a growing set of
 * messages. The one taken sorts by causal depth, so that replicas advance side by side and little is kept in
 * flight.
 */
import type { TraceEvent } from '../../src/trace/format.js';
import { rejected, type EventRef } from './failure.js';
import type { Scenario } from './scenario.js';
import type { StartFile } from './start-file.js';

export interface OrderedEvent {
  readonly event: TraceEvent;
  readonly member: string;
  readonly file: StartFile;
  readonly line: number;
}

export function refOf({ event, member, file, line }: OrderedEvent): EventRef {
  const { action, seq } = event;
  return { file: file.path, line, replica: member, action, start: file.header.start, seq };
}

/** Position of an event in `all`: members in their order, each member's events in theirs. */
type Place = number;

interface Edges {
  /** What each event waits for. */
  readonly before: readonly (readonly Place[])[];
  readonly after: readonly Place[][];
}

/** All events of the scenario in causal order. Throws MergeError (order). */
export function causalOrder(scenario: Scenario): readonly OrderedEvent[] {
  const all: OrderedEvent[] = [];
  const chained: boolean[] = [];
  for (const member of scenario.members) {
    let first = true;
    for (const file of scenario.starts.get(member) ?? []) {
      for (const { event, line } of file.events) {
        all.push({ event, member, file, line });
        chained.push(!first);
        first = false;
      }
    }
  }
  const edges = findEdges(all, chained);
  const depth = depths(all, edges);
  return all
    .map((event, place) => ({ event, place, depth: depth[place] ?? 0 }))
    .sort((a, b) => a.depth - b.depth || a.place - b.place)
    .map(({ event }) => event);
}

/** Whether the snapshot of that id was taken by the member, not installed. */
export function isTakenBy(member: string, snapshot: string): boolean {
  return snapshot.startsWith(`${member}/`);
}

function findEdges(all: readonly OrderedEvent[], chained: readonly boolean[]): Edges {
  const made = new Set<string>();
  const releasedBy = new Map<string, Place>();
  for (const [place, { event, member }] of all.entries()) {
    for (const id of event.made ?? []) made.add(id);
    // Taken before the process died, which had no time to say so: it is out from here on.
    const { snapshot } = event;
    if (snapshot !== undefined && isTakenBy(member, snapshot.id) && !releasedBy.has(snapshot.id))
      releasedBy.set(snapshot.id, place);
    for (const id of event.released ?? []) if (!releasedBy.has(id)) releasedBy.set(id, place);
  }
  const after: Place[][] = all.map(() => []);
  const before = all.map((one, place) => {
    const waits: Place[] = chained[place] === true ? [place - 1] : [];
    const { from = [], snapshot } = one.event;
    const installed = snapshot !== undefined && !isTakenBy(one.member, snapshot.id) ? [snapshot.id] : [];
    for (const id of [...from, ...installed]) {
      const by = releasedBy.get(id);
      if (by === undefined) {
        const why = made.has(id) ? 'never left its maker' : 'was made by no event';
        throw rejected('order', refOf(one), `uses message ${id}, which ${why}`);
      }
      waits.push(by);
    }
    for (const by of waits) after[by]?.push(place);
    return waits;
  });
  return { before, after };
}

/** The longest chain of causes of each event. */
function depths(all: readonly OrderedEvent[], { before, after }: Edges): readonly number[] {
  const missing = before.map((waits) => waits.length);
  const depth = all.map(() => 0);
  const ready = all.map((_, place) => place).filter((place) => missing[place] === 0);
  let done = 0;
  for (let place = ready.pop(); place !== undefined; place = ready.pop()) {
    done += 1;
    for (const next of after[place] ?? []) {
      depth[next] = Math.max(depth[next] ?? 0, (depth[place] ?? 0) + 1);
      const left = (missing[next] ?? 0) - 1;
      missing[next] = left;
      if (left === 0) ready.push(next);
    }
  }
  if (done < all.length) throw circle(all, before, missing);
  return depth;
}

/** Names the first event on a circle that uses a message from its own future. */
function circle(all: readonly OrderedEvent[], before: Edges['before'], missing: readonly number[]): Error {
  const stuck = (place: Place): boolean => (missing[place] ?? 0) > 0;
  let place = all.findIndex((_, at) => stuck(at));
  const path: Place[] = [];
  while (!path.includes(place)) {
    path.push(place);
    place = before[place]?.find(stuck) ?? place;
  }
  const loop = path.slice(path.indexOf(place)).sort((a, b) => a - b);
  for (const at of loop) {
    const one = all[at];
    const cause = before[at]?.find((by) => loop.includes(by) && by !== at - 1);
    const other = cause === undefined ? undefined : all[cause];
    if (one === undefined || other === undefined) continue;
    const where = `${other.event.action} of ${other.member} (${other.file.path}:${other.line})`;
    return rejected('order', refOf(one), `uses a message that left only with ${where}, which came after it`);
  }
  const one = all[place];
  if (one === undefined) throw new Error('a circle without an event');
  return rejected('order', refOf(one), 'waits for itself');
}
