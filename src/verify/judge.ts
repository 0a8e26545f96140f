/** From what a run did and what the checkers found to the rows of the table. */
import type { CheckReport } from '../../conformance/models/check.js';
import type { Validation } from '../../conformance/trace/verdict.js';
import type { ActionName } from '../core/step-types.js';
import type { HistoryVerdict } from '../history/index.js';
import type { CellRun } from './cell-run.js';
import type { Evidence } from './evidence.js';
import type { ExitName } from '../errors.js';
import { FLOORS } from './options.js';
import { count, seconds, type Row } from './table.js';

/** What the models of the spec showed. */
export function modelRows(report: CheckReport): Row[] {
  return report.results.map(({ model, verdict, distinct, differences, seconds: took }) => ({
    part: 'spec',
    what: model.name,
    found: `${verdict}, ${count(distinct)} states, ${seconds(took)}`,
    ok: differences.length === 0,
  }));
}

/** What the cell did, against the floors. */
export function runRows(run: CellRun, clients: number, evidence: Evidence): Row[] {
  const { workload, blows, replacements, transfers, sessions } = run;
  const { writes, reads, txns, refused, unknown } = workload.counts;
  const times = (action: ActionName): number => evidence.actions.get(action) ?? 0;
  const row = (what: string, found: number, floor: number, more = ''): Row => ({
    part: 'cell',
    what,
    found: `${count(found)} (at least ${count(floor)})${more}`,
    ok: found >= floor,
  });
  const sent = `, in ${count(sessions.sessions)} sessions; ${count(sessions.lost)} answers thrown away`;
  const outages = blows.map(({ outageMs }) => `${outageMs}`).join(', ');
  const moved = transfers.map(({ tookMs }) => `${tookMs}`).join(', ');
  const votes = replacements.map(({ tookMs }) => `${tookMs}`).join(', ');
  return [
    row('clients on shared keys', clients, FLOORS.clients, `, ${seconds(run.seconds)}`),
    row('writes acknowledged', writes, FLOORS.writes),
    row('reads answered', reads, FLOORS.reads),
    row('Txns answered', txns, FLOORS.txns),
    { part: 'cell', what: 'refused, unknown', found: `${count(refused)}, ${count(unknown)}`, ok: null },
    row('writes answered that had been sent before', sessions.answeredAfterDoubt, FLOORS.sentAgain, sent),
    row('leaders killed', blows.length, FLOORS.leaderKills, `, next one after ${outages} ms`),
    row(
      'machines replaced',
      replacements.length,
      FLOORS.replacements,
      `, the new one votes after ${votes} ms`,
    ),
    row('masterships handed over', transfers.length, FLOORS.transfers, `, in ${moved} ms`),
    row('reads under the lease', times('ReadLocally'), FLOORS.leasedReads),
    row('of them at a master that was killed', evidence.leasedReadsOfKilled, FLOORS.leasedReadsOfKilled),
    row('snapshots taken', times('TakeSnapshot'), FLOORS.snapshotsTaken),
    row('caught up by a snapshot', times('InstallSnapshot'), FLOORS.snapshotsInstalled),
    row('ballots that led', evidence.ballotsThatLed.length, FLOORS.ballotsThatLed),
    row('values re-proposed at a higher ballot', evidence.reproposals, FLOORS.reproposals),
  ];
}

/** The verdict on the traces; every event of every start must have been looked at. */
export function traceRows(validation: Validation, evidence: Evidence): Row[] {
  const events = `${count(evidence.events)} events of ${evidence.files} starts`;
  const recorded: Row = { part: 'traces', what: 'recorded', found: events, ok: evidence.events > 0 };
  const verdict = (found: string, ok: boolean | null): Row => ({
    part: 'traces',
    what: 'replayed by TLC',
    found,
    ok,
  });
  switch (validation.verdict) {
    case 'accepted': {
      const { events: replayed, chosen, steps, seconds: took } = validation;
      const found = `${count(replayed)} events in ${count(steps)} steps, ${count(chosen)} slots chosen`;
      return [recorded, verdict(`accepted: ${found}, ${seconds(took)}`, replayed === evidence.events)];
    }
    case 'not run':
      return [recorded, verdict('not run; their order is sound', null)];
    case 'rejected':
    case 'invalid':
    case 'undecided':
      return [recorded, verdict(validation.verdict, false)];
  }
}

export function historyRows(verdict: HistoryVerdict, operations: number, took: number): Row[] {
  const size = `${count(operations)} operations, ${count(verdict.steps)} steps`;
  const found = `${verdict.kind}: ${size}, ${seconds(took)}`;
  return [{ part: 'history', what: 'of the clients', found, ok: verdict.kind === 'linearizable' }];
}

/** One wrong row fails the run; where all that is wrong is a checker's budget, it is undecided. */
export function exitOf(rows: readonly Row[], missing: string | null): ExitName {
  const wrong = rows.filter(({ ok }) => ok === false);
  if (wrong.length === 0) return missing === null ? 'ok' : 'notRun';
  return wrong.every(({ found }) => found.startsWith('undecided')) ? 'undecided' : 'failed';
}

export interface Ending {
  /** Why TLC was not run and how to get it, or null. */
  readonly missing: string | null;
  /** Whether the models of the spec were asked for. */
  readonly models: boolean;
  readonly elapsed: number;
}

/** The last line of a run. */
export function finalLine(exit: ExitName, { missing, models, elapsed }: Ending): string {
  const after = `after ${seconds(elapsed)}`;
  switch (exit) {
    case 'ok': {
      const spec = models ? 'the spec holds in its small models, ' : '';
      return `verified ${after}: ${spec}every event is allowed by the spec, the history is linearizable`;
    }
    case 'notRun':
      return `verified in part ${after}: the history is linearizable; ${missing ?? ''}`;
    case 'undecided':
      return `UNDECIDED ${after}: a checker ran out of its budget`;
    default:
      return `FAILED ${after}: see the rows that say so`;
  }
}
