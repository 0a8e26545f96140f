/**
 * The table of sessions the naive way: plain maps under text keys, copied at each command, after the text of
 * spec/Sessions.tla and not after the store. What is executed is a counter: the answer to a request is its
 * place in the order of execution, so that another execution has another answer.
 */
import type { SessionCommand } from '../../src/store/session-commands.js';
import { formatPlace, type Place } from '../../src/store/place.js';

interface ModelRow {
  readonly low: number;
  readonly used: string;
  readonly answers: Readonly<Record<number, number>>;
}

export interface SessionModel {
  readonly executed: number;
  readonly table: Readonly<Record<string, ModelRow>>;
}

export const NO_SESSIONS: SessionModel = { executed: 0, table: {} };

export type Said =
  | { readonly opened: string }
  | { readonly evicted: boolean }
  | { readonly answer: number; readonly again: boolean }
  | { readonly refused: string };

export function apply(
  model: SessionModel,
  command: SessionCommand,
  at: Place,
  window: number,
): [Said, SessionModel] {
  const here = formatPlace(at);
  const { table } = model;
  if (command.kind === 'open') {
    const row = { low: 1, used: here, answers: {} };
    return [{ opened: here }, { ...model, table: { ...table, [here]: row } }];
  }
  const session = formatPlace(command.session);
  const row = table[session];
  if (command.kind === 'evict') {
    const meant = command.used === null || row?.used === formatPlace(command.used);
    if (row === undefined || !meant) return [{ evicted: false }, model];
    const rest = Object.entries(table).filter(([name]) => name !== session);
    return [{ evicted: true }, { ...model, table: Object.fromEntries(rest) }];
  }
  if (row === undefined) return [{ refused: 'unknown session' }, model];
  const { seq } = command;
  const low = Math.max(row.low, command.low);
  if (seq < low) return [{ refused: 'below the window' }, model];
  if (seq >= low + window) return [{ refused: 'above the window' }, model];
  const kept = Object.fromEntries(Object.entries(row.answers).filter(([n]) => Number(n) >= low));
  const known = row.answers[seq];
  const answer = known ?? model.executed + 1;
  const answers = { ...kept, [seq]: answer };
  return [
    { answer, again: known !== undefined },
    {
      executed: known === undefined ? answer : model.executed,
      table: { ...table, [session]: { low, used: here, answers } },
    },
  ];
}
