/** Is a recorded run a behaviour of the spec? Merges the files of a trace and has TLC replay them. */
import { readText } from '../merge/start-file.js';
import { MergeError } from '../merge/failure.js';
import { eventOfStep, merge, mergedLines, type Merged, type MergedHeader } from '../merge/merge.js';
import { parseMerged } from '../merge/merged-file.js';
import { ballotText, type Scalars, type Step } from '../merge/steps.js';
import type { TlcLookup } from '../tlc/find.js';
import { replay, type Difference, type Replay, type ReplayOptions } from './replay.js';
import { findTraces, type TraceInput } from './inputs.js';
import type { RejectedTrace, Undecided, Validation, Verdict } from './verdict.js';

export interface ValidateOptions extends Omit<ReplayOptions, 'tlc'> {
  /** What findTlc() found. */
  readonly tlc: TlcLookup;
}

/** Validates scenario folders, merged files and raw files; raw files given together are one trace. */
export async function validateTraces(
  paths: readonly string[],
  options: ValidateOptions,
  done: (one: Validation) => void = () => undefined,
): Promise<readonly Validation[]> {
  const all: Validation[] = [];
  for (const input of findTraces(paths)) {
    const one = await validateTrace(input, options);
    all.push(one);
    done(one);
  }
  return all;
}

/** Validates one trace. */
export async function validateTrace(input: TraceInput, options: ValidateOptions): Promise<Validation> {
  const { name } = input;
  const read = input.merged === undefined ? merge(input.files) : readMerged(input.merged);
  if ('failure' in read) return { name, notes: [], ...read.failure };
  const { merged } = read;
  const { notes } = merged;
  const { tlc } = options;
  if ('missing' in tlc) return { name, notes, verdict: 'not run', reason: tlc.missing };
  const run = { ...options, tlc };
  const result = await replay(replayLines(merged, 0), run);
  const verdict = judge(merged, result);
  if (verdict.verdict !== 'rejected' || verdict.differs !== undefined) return { name, notes, ...verdict };
  const { messages, held } = await replay(replayLines(merged, result.distinct), run);
  const why = { ...(messages !== undefined && { messages }), ...(held !== undefined && { held }) };
  return { name, notes, ...verdict, ...why };
}

/** The lines that TLC reads; `explain` is 0, or the step that was refused and ends this shorter trace. */
function replayLines({ header, steps, notes }: Merged, explain: number): readonly string[] {
  const some = explain === 0 ? steps : steps.slice(0, explain);
  const asked = { ...header, steps: some.length, explain };
  return mergedLines({ header: asked, steps: some, notes });
}

function readMerged(path: string): ReturnType<typeof merge> {
  try {
    return { merged: parseMerged(path, readText(path)) };
  } catch (error) {
    if (error instanceof MergeError) return { failure: error.failure };
    throw error;
  }
}

/** TLC's exit code decides; the guards against a vacuous pass turn what looks too good into `undecided`. */
export function judge(merged: Merged, result: Replay): Verdict {
  const { header } = merged;
  const { verdict, distinct, depth, modeAsExpected, seconds } = result;
  if (verdict === 'deadlock') return rejection(merged, result);
  if (verdict !== 'ok')
    return undecided(`TLC gave no verdict: ${result.complaint || `it ended as ${verdict}`}`);
  if (!modeAsExpected) return undecided('TLC did not say that it searched breadth first with one worker');
  if (distinct !== header.steps + 1 || depth !== header.steps + 1) {
    return undecided(`TLC reached depth ${depth}, where ${header.steps + 1} is the end of the trace`);
  }
  // Counted here and not read off the header, which may be that of a file from elsewhere.
  const events = merged.steps.filter((step) => 'post' in step).length;
  const chosen = merged.steps.filter(({ action }) => action === 'Choose').length;
  if (events === 0) return undecided('the trace has no event');
  if (chosen === 0) return undecided('nothing was chosen: the trace shows too little');
  return {
    verdict: 'accepted',
    steps: header.steps,
    events,
    chosen,
    replicas: header.members.length,
    seconds,
  };
}

const undecided = (reason: string): Undecided => ({ verdict: 'undecided', reason });

/** States 1 to k were reached, so the k-th step is the one that was not taken. */
function rejection({ header, steps }: Merged, { distinct, differs }: Replay): RejectedTrace | Undecided {
  const step = steps[distinct - 1];
  if (step === undefined)
    return undecided(`TLC stopped in state ${distinct}, which no step of the trace explains`);
  const event = eventOfStep(header, step);
  if (event === undefined || !('r' in step))
    return undecided('TLC refused a Forget step: the merge is wrong');
  const before = stateBefore(steps, distinct - 1, step.r);
  return {
    verdict: 'rejected',
    class: differs === undefined ? 'guard' : classOf(differs),
    event,
    reason: reasonOf(step.action, differs),
    ...(differs !== undefined && { differs }),
    logged: JSON.stringify(step),
    ...(before !== undefined && { before: scalarsText(before, header) }),
  };
}

const POST = ['promised', 'role', 'prefix', 'learnt', 'applied', 'waiting', 'snapshot', 'accepted', 'known'];

function classOf({ what }: Difference): RejectedTrace['class'] {
  if (what === 'agreement') return 'invariant';
  if (what.startsWith('recovered')) return 'guard';
  return POST.includes(what) ? 'post-state' : 'ids';
}

function reasonOf(action: string, differs: Difference | undefined): string {
  if (differs === undefined) {
    return `the spec does not allow ${action} in this state, with these arguments and messages`;
  }
  const { what } = differs;
  if (what === 'agreement') return 'agreement: another value of the slot is known elsewhere';
  if (what.startsWith('recovered')) {
    return 'recovered: its log begins anew at a step that was neither on its disk nor waiting for a sync';
  }
  return `${what}: differs from the spec`;
}

function stateBefore(steps: readonly Step[], from: number, r: string): Scalars | undefined {
  for (let i = from - 1; i >= 0; i -= 1) {
    const step = steps[i];
    if (step !== undefined && 'post' in step && step.r === r) return step.post;
  }
  return undefined;
}

function scalarsText(post: Scalars, header: MergedHeader): string {
  const { promised, role, prefix, learnt, applied, waiting, snapshot } = post;
  const ballot = (b: number): string => (b === 0 ? 'nothing' : `${ballotText(b, header.members)} (${b})`);
  return (
    `${role}, promised ${ballot(promised)}, prefix ${prefix} learnt up to ${ballot(learnt)}, ` +
    `applied ${applied}, ${waiting} steps waiting, snapshot of slot ${snapshot}`
  );
}
