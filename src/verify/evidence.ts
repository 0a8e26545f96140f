/** What the recorded events show beside being allowed: how many there are, who led, what was re-proposed. */
import * as E from 'fp-ts/lib/Either.js';
import { readFileSync } from 'node:fs';
import type { ActionName } from '../core/step-types.js';
import { decodeLine } from '../trace/format.js';
import type { TraceEvent } from '../trace/format.js';

export interface Evidence {
  readonly files: number;
  /** Events in the files, to be compared with how many were validated. */
  readonly events: number;
  /** How often each action was taken. */
  readonly actions: ReadonlyMap<ActionName, number>;
  /** Ballots at which some replica became leader, in the order of the files. */
  readonly ballotsThatLed: readonly string[];
  /**
   * Proposals of a value that a promise counted for the proposal reports as accepted at a lower ballot. What
   * an earlier leader began, a later one finished.
   */
  readonly reproposals: number;
  /** Reads under the lease at processes that were killed: their files have no end. */
  readonly leasedReadsOfKilled: number;
}

type Said = NonNullable<TraceEvent['said']>;

/** Reads every complete line of the trace files. */
export function gather(files: readonly string[]): Evidence {
  const starts = files.map(readFile);
  const events = starts.flatMap((start) => start.events);
  const actions = new Map<ActionName, number>();
  for (const { action } of events) actions.set(action, (actions.get(action) ?? 0) + 1);
  const said = promises(events);
  const led = events.flatMap((event) =>
    event.action === 'BecomeLeader' && event.ballot !== undefined ? [event.ballot] : [],
  );
  return {
    files: files.length,
    events: events.length,
    actions,
    ballotsThatLed: [...new Set(led)],
    reproposals: events.filter((event) => isReproposal(event, said)).length,
    leasedReadsOfKilled: starts
      .filter(({ ended }) => !ended)
      .flatMap((start) => start.events)
      .filter(({ action }) => action === 'ReadLocally').length,
  };
}

interface Start {
  readonly events: readonly TraceEvent[];
  /** Whether its process stopped of itself. */
  readonly ended: boolean;
}

/** One file; a last line that a kill tore has no newline and is left out. */
function readFile(file: string): Start {
  const texts = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  const lines = texts.map(decodeLine).flatMap((line) => (E.isRight(line) ? [line.right] : []));
  return {
    events: lines.flatMap((line) => (line.kind === 'event' ? [line.event] : [])),
    ended: lines.at(-1)?.kind === 'end',
  };
}

/** What each Promise says, by every id that its event made: of those one is the Promise's. */
function promises(events: readonly TraceEvent[]): ReadonlyMap<string, Said> {
  const said = new Map<string, Said>();
  for (const event of events) {
    if (event.said === undefined) continue;
    for (const id of event.made ?? []) said.set(id, event.said);
  }
  return said;
}

function isReproposal(event: TraceEvent, said: ReadonlyMap<string, Said>): boolean {
  if (event.action !== 'Propose') return false;
  return (event.from ?? []).some((id) =>
    (said.get(id)?.accepted ?? []).some(
      ([slot, ballot, value]) => slot === event.slot && ballot !== event.ballot && value === event.value,
    ),
  );
}
