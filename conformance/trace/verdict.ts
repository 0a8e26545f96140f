/** What `decree validate` says of one trace, as data and as text. */
import type { EventRef, RejectionClass } from '../merge/failure.js';
import type { Difference } from './replay.js';

export interface Accepted {
  readonly verdict: 'accepted';
  readonly events: number;
  /** With the inserted Crash and Forget steps; TLC's depth is one more. */
  readonly steps: number;
  readonly replicas: number;
  readonly chosen: number;
  readonly seconds: number;
}

export interface RejectedTrace {
  readonly verdict: 'rejected';
  readonly class: RejectionClass;
  readonly event: EventRef;
  readonly reason: string;
  /** Where one field differs: what the spec allows and what was logged. */
  readonly differs?: Difference;
  /**
   * Where the guard is false: the messages that the event names, and the votes held in its slot, as TLC has
   * them.
   */
  readonly messages?: string;
  readonly held?: string;
  /** The event as it was logged, and the state of the replica before it. */
  readonly logged?: string;
  readonly before?: string;
}

/** No verdict: a budget ran out, or the trace shows too little. Never green. */
export interface Undecided {
  readonly verdict: 'undecided';
  readonly reason: string;
}

export interface InvalidTrace {
  readonly verdict: 'invalid';
  readonly file: string;
  readonly line?: number;
  readonly reason: string;
}

/** Nobody looked: TLC cannot run here. */
export interface NotRun {
  readonly verdict: 'not run';
  readonly reason: string;
}

export type Verdict = Accepted | RejectedTrace | Undecided | InvalidTrace | NotRun;

export type Validation = Verdict & {
  /** The folder or files as they were given. */
  readonly name: string;
  readonly notes: readonly string[];
};

export function describe(one: Validation): string {
  return [
    `${one.name}: ${one.verdict.toUpperCase()}`,
    ...details(one),
    ...one.notes.map((note) => `note: ${note}`),
  ].join('\n  ');
}

function details(one: Verdict): string[] {
  switch (one.verdict) {
    case 'accepted': {
      const { events, steps, replicas, chosen, seconds } = one;
      const counts = `${events} events of ${replicas} replicas, ${chosen} slots chosen`;
      return [`${counts}; TLC took all ${steps} steps in ${seconds.toFixed(1)} s`];
    }
    case 'rejected': {
      const { event, differs, logged, before, reason, messages, held } = one;
      const { file, line, replica, start, seq, action } = event;
      return [
        `${file}:${line}: ${action} of ${replica}, start ${start}, seq ${seq}`,
        `class ${one.class}: ${reason}`,
        ...(differs === undefined ? [] : [`spec:   ${differs.allowed}`, `logged: ${differs.logged}`]),
        ...(before === undefined ? [] : [`before: ${before}`]),
        ...(held === undefined ? [] : [`held:   ${held}`]),
        ...(messages === undefined ? [] : [`names:  ${messages}`]),
        ...(logged === undefined ? [] : [`event:  ${logged}`]),
      ];
    }
    case 'invalid':
      return [`${one.file}${one.line === undefined ? '' : `:${one.line}`}: ${one.reason}`];
    case 'undecided':
    case 'not run':
      return [one.reason];
  }
}

/** One line for several traces. */
export function summary(all: readonly Validation[]): string {
  const counts = ['accepted', 'rejected', 'undecided', 'invalid', 'not run'].map((verdict) => ({
    verdict,
    count: all.filter((one) => one.verdict === verdict).length,
  }));
  const shown = counts.filter(({ count }) => count > 0).map(({ verdict, count }) => `${count} ${verdict}`);
  return `${all.length} traces: ${shown.join(', ')}`;
}
