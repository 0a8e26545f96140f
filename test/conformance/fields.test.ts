/**
 * Every logged field is compared: a step with one field changed, all before it intact, is refused at that
 * step.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { merge, mergedLines, type Merged } from '../../conformance/merge/merge.js';
import type { CrashStep, ReplicaStep, Scalars, Step } from '../../conformance/merge/steps.js';
import { replay } from '../../conformance/trace/replay.js';
import { packageRoot } from '../../src/root.js';
import { describeWithTlc } from './with-tlc.js';

const TRACES = join(packageRoot(), 'traces');
const scenarios = readdirSync(TRACES)
  .filter((name) => name !== 'rejected')
  .map((name): Merged => {
    const result = merge([join(TRACES, name)]);
    if ('failure' in result) throw new Error(JSON.stringify(result.failure));
    return result.merged;
  });

/** The step changed in one field; undefined where it has no such field. */
type Change = (step: ReplicaStep) => Partial<ReplicaStep> | undefined;

const post =
  (change: (post: Scalars) => Partial<Scalars>): Change =>
  (step) => ({ post: { ...step.post, ...change(step.post) } });

const argument =
  (name: 'ballot' | 'slot' | 'upTo' | 'first' | 'last', action: string): Change =>
  (step) => {
    const value = step[name];
    return step.action === action && value !== undefined ? { [name]: value + 1 } : undefined;
  };

const another = (value: string): string => (value === 'noop' ? 'other' : 'noop');

const CHANGES: readonly (readonly [string, Change])[] = [
  ['post.promised', post(({ promised }) => ({ promised: promised + 1 }))],
  ['post.role', post(({ role }) => ({ role: role === 'leader' ? 'follower' : 'leader' }))],
  ['post.prefix', post(({ prefix }) => ({ prefix: prefix + 1 }))],
  ['post.learnt', post(({ learnt }) => ({ learnt: learnt + 1 }))],
  ['post.applied', post(({ applied }) => ({ applied: applied + 1 }))],
  ['post.waiting', post(({ waiting }) => ({ waiting: waiting + 1 }))],
  [
    'a vote of another value',
    ({ accepted: [first] }) => first && { accepted: [[first[0], first[1], another(first[2])]] },
  ],
  [
    'a vote of another ballot',
    ({ accepted: [first] }) => first && { accepted: [[first[0], first[1] - 1, first[2]]] },
  ],
  ['a vote not logged', ({ accepted }) => (accepted.length > 0 ? { accepted: [] } : undefined)],
  [
    'a vote that was not cast',
    ({ accepted }) => (accepted.length === 0 ? { accepted: [[9, 9, 'noop']] } : undefined),
  ],
  [
    'a known value',
    ({ known: [first, ...rest] }) => first && { known: [[first[0], another(first[1])], ...rest] },
  ],
  ['a known value not logged', ({ known }) => (known.length > 0 ? { known: known.slice(1) } : undefined)],
  [
    'a vote of the full state',
    ({ full, accepted }) => (full && accepted.length > 0 ? { accepted: accepted.slice(1) } : undefined),
  ],
  [
    'a known value of the full state',
    ({ full, known }) => (full && known.length > 0 ? { known: known.slice(1) } : undefined),
  ],
  ['ballot of Campaign', argument('ballot', 'Campaign')],
  ['ballot of HandlePrepare', argument('ballot', 'HandlePrepare')],
  ['ballot of BecomeLeader', argument('ballot', 'BecomeLeader')],
  ['ballot of Propose', argument('ballot', 'Propose')],
  ['slot of Propose', argument('slot', 'Propose')],
  ['ballot of HandleAccept', argument('ballot', 'HandleAccept')],
  ['slot of HandleAccept', argument('slot', 'HandleAccept')],
  ['ballot of Choose', argument('ballot', 'Choose')],
  ['slot of Choose', argument('slot', 'Choose')],
  ['ballot of Announce', argument('ballot', 'Announce')],
  ['upTo of Announce', argument('upTo', 'Announce')],
  ['ballot of HandleChosen', argument('ballot', 'HandleChosen')],
  ['upTo of HandleChosen', argument('upTo', 'HandleChosen')],
  ['first of SendEntries', ({ action }) => (action === 'SendEntries' ? { first: 0 } : undefined)],
  ['last of SendEntries', argument('last', 'SendEntries')],
  ['first of HandleCatchUp', argument('first', 'HandleCatchUp')],
  ['last of HandleCatchUp', argument('last', 'HandleCatchUp')],
  ['ballot of HandleReject', argument('ballot', 'HandleReject')],
  ['slot of Apply', argument('slot', 'Apply')],
  [
    'value of Apply',
    ({ action, value }) =>
      action === 'Apply' && value !== undefined ? { value: another(value) } : undefined,
  ],
  [
    'epoch of Apply',
    ({ action, epoch }) => (action === 'Apply' && epoch !== undefined ? { epoch: epoch + 1 } : undefined),
  ],
  ['refused of Apply', ({ entry, refused }) => (entry === 'command' ? { refused: !refused } : undefined)],
  ['refused of a mark', ({ entry }) => (entry === 'mark' ? { refused: true } : undefined)],
  ['outcome', ({ outcome }) => (outcome === 'new' ? { outcome: 'repeat' } : undefined)],
  ['persisted', ({ persisted }) => persisted && { persisted: [persisted[0], persisted[1] + 1] }],
  ['said.prefix', ({ said }) => said && { said: { ...said, prefix: said.prefix + 1 } }],
  [
    'said.accepted',
    ({ said }) => (said && said.accepted.length > 0 ? { said: { ...said, accepted: [] } } : undefined),
  ],
  [
    'a message consumed that none is',
    ({ from, action }) => (action === 'Apply' && from.length === 0 ? { from: ['nobody/1/0/0'] } : undefined),
  ],
  ['a message not named', ({ from }) => (from.length > 0 ? { from: from.slice(1) } : undefined)],
  ['a message not made', ({ made }) => (made.length > 0 ? { made: made.slice(1) } : undefined)],
  ['a message too many', ({ made, r }) => ({ made: [...made, `${r}/9/9/9`] })],
  [
    'a message not released',
    ({ released }) => (released.length > 0 ? { released: released.slice(1) } : undefined),
  ],
  [
    'a message released too early',
    ({ action, made, released }) =>
      action === 'HandleAccept' && released.length === 0 ? { released: made } : undefined,
  ],
];

function scenarioWith(action: string): Merged {
  const found = scenarios.find(({ steps }) => steps.some((step) => step.action === action));
  if (found === undefined) throw new Error(`no recorded scenario has a ${action}`);
  return found;
}

/** The first step, past the first few, that has the field: the steps up to it, it changed. */
function tampered(change: Change): readonly Step[] {
  for (const { steps } of scenarios) {
    for (const [i, step] of steps.entries()) {
      if (!('seq' in step)) continue;
      const changed = change(step);
      if (changed !== undefined && (i >= 12 || step.action === 'BecomeLeader')) {
        return [...steps.slice(0, i), { ...step, ...changed }];
      }
    }
  }
  throw new Error('no recorded scenario has such a step');
}

describeWithTlc('every logged field is compared', (tlc) => {
  const refusedAt = async (steps: readonly Step[]): Promise<number> => {
    const owner = scenarios.find((scenario) => scenario.steps[0] === steps[0]);
    if (owner === undefined) throw new Error('not of a recorded scenario');
    const header = { ...owner.header, steps: steps.length, explain: 0 };
    const { verdict, distinct, complaint } = await replay(mergedLines({ header, steps, notes: [] }), { tlc });
    expect(`${verdict}${complaint}`).toBe('deadlock');
    return distinct;
  };

  it.each(CHANGES)('%s', async (_name, change) => {
    const steps = tampered(change);
    expect(await refusedAt(steps)).toBe(steps.length);
  });

  it('entries that were not sent, at the step that takes them', async () => {
    const { header, steps } = scenarioWith('SendEntries');
    const sent = steps.findIndex(({ action }) => action === 'SendEntries');
    const changed = steps.map((step, i) =>
      'seq' in step && i === sent ? { ...step, first: (step.first ?? 0) + 1 } : step,
    );
    const id = changed.flatMap((step, i) => ('seq' in step && i === sent ? step.made : []))[0] ?? '';
    const taken = steps.findIndex((step) => 'seq' in step && step.from.includes(id));
    expect(await refusedAt(changed.slice(0, header.steps))).toBe(taken + 1);
  });

  it('recovered', async () => {
    const crashes = scenarios.flatMap(({ steps }) =>
      steps.flatMap((step, i) => (step.action === 'Crash' ? [[...steps.slice(0, i), step]] : [])),
    );
    const [first = []] = crashes;
    const crash = first.at(-1) as CrashStep;
    const [start, seq] = crash.recovered;
    const steps: Step[] = [...first.slice(0, -1), { ...crash, recovered: [start, seq - 1] }];
    expect(await refusedAt(steps)).toBe(steps.length);
  });
});
