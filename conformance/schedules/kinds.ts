/** Kinds of steps: what random runs are kept for, and what a test demands of those that were kept. */
import { INITIAL, type ScheduleStep, type SpecReplica } from './codec.js';

export interface Kind {
  /** The action with its outcome, as the models count them: `HandlePrepare reject`, `Crash losing`. */
  readonly coarse: string;
  /** The same with what the replica was like before. */
  readonly fine: string;
}

/** The kind of each step, in order. */
export function kindsOf(steps: readonly ScheduleStep[]): Kind[] {
  const replicas = new Map<string, SpecReplica>();
  return steps.map((one) => {
    const before = replicas.get(one.r) ?? INITIAL;
    const after = { ...before, ...one.post };
    replicas.set(one.r, after);
    const coarse = coarseOf(one, before, after);
    return { coarse, fine: [coarse, ...circumstances(one, before, after)].join(' ') };
  });
}

/** The runs, in order, that show a fine kind which none before shows. */
export function tellingRuns<Run extends { readonly steps: readonly ScheduleStep[] }>(
  runs: readonly Run[],
): Run[] {
  const seen = new Set<string>();
  return runs.filter(({ steps }) => {
    const before = seen.size;
    for (const { fine } of kindsOf(steps)) seen.add(fine);
    return seen.size > before;
  });
}

function coarseOf(one: ScheduleStep, before: SpecReplica, after: SpecReplica): string {
  switch (one.action) {
    case 'HandlePrepare':
    case 'HandleAccept': {
      if (one.left.some(([type]) => type === 'reject')) return `${one.action} reject`;
      return `${one.action} ${after.queue.length > before.queue.length ? 'new' : 'repeat'}`;
    }
    case 'Crash':
      return before.queue.length === 1 ? 'Crash idle' : one.count === 0 ? 'Crash losing' : 'Crash keeping';
    case 'Persist':
      return one.count === 1 ? 'Persist' : 'Persist many';
    case 'HandleCatchUp':
      return one.entries?.length === 1 ? 'HandleCatchUp' : 'HandleCatchUp many';
    case 'Campaign':
    case 'BecomeLeader':
    case 'Propose':
    case 'Choose':
    case 'Announce':
    case 'HandleChosen':
    case 'SendEntries':
    case 'HandleReject':
    case 'Apply':
    case 'Restart':
      return one.action;
  }
}

const order = (a: number, b: number): string => (a < b ? '<' : a > b ? '>' : '=');

function circumstances(one: ScheduleStep, before: SpecReplica, after: SpecReplica): string[] {
  const memory = before.queue.at(-1);
  const promised = memory?.promised ?? 0;
  const ballot = one.message?.[1];
  const accepted = memory?.accepted ?? [];
  /** A slot that becomes known was voted for otherwise. */
  const otherwise = after.known.some(
    ([slot, value]) => slot > before.prefix && accepted.some(([at, , vote]) => at === slot && vote !== value),
  );
  return [
    `${before.role}-${after.role}`,
    `${before.queue.length === 1 ? 'nothing' : 'something'} waits`,
    `learnt ${order(before.learnt, promised)}`,
    ...(typeof ballot === 'number' ? [`message ${order(ballot, promised)}`] : []),
    ...(otherwise ? ['otherwise'] : []),
    ...(one.action === 'Propose' ? [reportedOf(one)] : []),
  ];
}

/** What the counted promises say of the slot that is proposed. */
function reportedOf({ slot, value, promises = [] }: ScheduleStep): string {
  const rows = promises.flatMap((row) => (row[0] === 'promise' ? row[4] : []));
  const values = new Set(rows.filter(([at]) => at === slot).map(([, , reported]) => reported));
  if (values.size === 0) return rows.some(([at]) => at > (slot ?? 0)) ? 'hole' : 'free';
  return values.size === 1 && values.has(value ?? '') ? 'reported' : 'reported otherwise';
}
