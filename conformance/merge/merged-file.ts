/** Reads a file that `decree trace merge` wrote. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { closeSync, openSync, readSync } from 'node:fs';
import { firstProblem, Natural, schemaHash, Word } from '../../src/trace/format.js';
import { invalid } from './failure.js';
import { MERGED_VERSION, type Merged, type MergedHeader } from './merge.js';
import type { Step } from './steps.js';

const HeaderCodec = t.strict(
  {
    kind: t.literal('merged'),
    version: Natural,
    schema: t.string,
    cell: t.string,
    members: t.array(Word),
    birth: t.array(Word),
    configurations: t.array(t.tuple([Word, t.array(Word)])),
    marks: t.array(Word),
    alpha: Natural,
    leaseMs: Natural,
    marginMs: Natural,
    steps: Natural,
    events: Natural,
    chosen: Natural,
    files: t.array(t.string),
  },
  'MergedHeader',
);

const Place = { r: Word, file: Natural, line: Natural };
const Mark = t.tuple([Natural, Natural]);
const Votes = t.array(t.tuple([Natural, Natural, Word]));
const ReplicaStepCodec = t.intersection([
  t.type({
    ...Place,
    action: Word,
    start: Natural,
    seq: Natural,
    from: t.array(Word),
    made: t.array(Word),
    released: t.array(Word),
    post: t.type({
      promised: Natural,
      role: Word,
      prefix: Natural,
      learnt: Natural,
      applied: Natural,
      waiting: Natural,
      snapshot: Natural,
    }),
    accepted: Votes,
    known: t.array(t.tuple([Natural, Word])),
    full: t.boolean,
    above: Natural,
  }),
  t.partial({
    ballot: Natural,
    slot: Natural,
    value: Word,
    outcome: Word,
    voted: Natural,
    upTo: Natural,
    first: Natural,
    last: Natural,
    persisted: Mark,
    clock: Natural,
    epoch: Natural,
    refused: t.boolean,
    entry: t.keyof({ mark: null, command: null, other: null }),
    of: Natural,
    learnt: Natural,
    digest: Word,
    inForce: t.array(t.tuple([Natural, Word])),
    said: t.type({ prefix: Natural, accepted: Votes }),
  }),
]);
const StepCodec = t.union([
  ReplicaStepCodec,
  t.type({ ...Place, action: t.literal('Crash'), recovered: Mark }),
  t.type({
    action: t.literal('Forget'),
    gone: t.array(Word),
    floors: t.array(t.tuple([Word, Natural])),
    settled: Natural,
  }),
]);

/** Throws MergeError. */
export function parseMerged(path: string, text: string): Merged {
  const lines = text.split('\n');
  if (lines.pop() !== '') throw invalid(path, lines.length + 1, 'the last line is torn');
  const [first, ...rest] = lines.map((line, i) => parse(path, i + 1, line));
  const read = HeaderCodec.decode(first);
  if (E.isLeft(read)) throw invalid(path, 1, firstProblem(read.left));
  const header: MergedHeader = read.right;
  if (header.version !== MERGED_VERSION || header.schema !== schemaHash()) {
    throw invalid(path, 1, 'merged by another version of this program: merge it again');
  }
  if (header.steps !== rest.length) {
    throw invalid(path, lines.length, `${rest.length} steps, the header counts ${header.steps}`);
  }
  const steps = rest.map((value, i): Step => {
    const step = StepCodec.decode(value);
    if (E.isLeft(step)) throw invalid(path, i + 2, firstProblem(step.left));
    return step.right as Step;
  });
  return { header, steps, notes: [] };
}

function parse(path: string, line: number, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(path, line, 'not a line of JSON');
  }
}

/** The first few bytes of a file; empty if it cannot be read. */
export function firstLineOf(path: string): string {
  const head = Buffer.alloc(64);
  try {
    const fd = openSync(path, 'r');
    try {
      return head.toString('utf8', 0, readSync(fd, head, 0, head.length, 0));
    } finally {
      closeSync(fd);
    }
  } catch {
    return '';
  }
}
