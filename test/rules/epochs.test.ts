/** The rules of epochs, one by one: spec/Epochs.tla. */
import type { FaultName, Faults } from '../../src/core/index.js';
import type { Accept, Message } from '../../src/core/messages.js';
import type { Ballot, Mark, Slot, Value, Vote } from '../../src/core/types.js';
import { A, B, ballot, batch, C } from '../contract/samples.js';
import { Probe } from '../driver/probe.js';
import { rule } from './rule.js';

const probe = (faults: Partial<Faults>): Probe => new Probe({ faults }).run();
const markOf = (of: Ballot): Mark => ({ kind: 'mark', ballot: of });

/** B leads at that ballot and has these values chosen, in the slots from 1 on. */
function chosen(run: Probe, of: Ballot, ...values: readonly Value[]): void {
  const accept = (value: Value, i: number): Message => {
    return { type: 'Accept', id: `${of.member}/1/${i}/0`, ballot: of, slot: i + 1, value };
  };
  run.receive(of.member, ...values.map(accept));
  run.receive(of.member, {
    ...{ type: 'Chosen', id: `${of.member}/1/99/0`, ballot: of, upTo: values.length },
  });
  run.syncAll();
}

/** A leads, by B's promise that reports these votes. */
function lead(run: Probe, accepted: readonly (readonly [Slot, Vote])[] = []): Ballot {
  run.clock.runUntil(() => run.replica.status().role === 'candidate', 2_000);
  run.clock.run(0);
  run.syncAll();
  const mine = run.replica.status().promised;
  if (mine === null) throw new Error('no campaign');
  run.receive(B, { type: 'Promise', id: `${B}/1/0/0`, ballot: mine, from: B, accepted, prefix: 0 });
  return mine;
}

/** What A proposed so far, each once. */
function proposals(run: Probe): readonly Accept[] {
  const all = run.sent.flatMap(({ to, frame }) => (to === B && frame.kind === 'parts' ? frame.parts : []));
  const accepts = all.flatMap((part) => (part.type === 'Accept' ? [part] : []));
  return [...new Map(accepts.map((one) => [one.id, one])).values()];
}

function votes(run: Probe, slot: Slot): void {
  const { promised } = run.replica.status();
  run.receive(B, { type: 'Accepted', id: `${B}/1/5${slot}/0`, ballot: promised ?? ballot(1), slot, from: B });
  run.syncAll();
}

rule<FaultName>(
  'a command is executed in the epoch in which its handling began or not at all',
  { epochUnchecked: 'executed: late', epochCheckedAtPropose: 'executed: late' },
  (faults) => {
    const run = probe(faults);
    chosen(run, ballot(1, B), batch('early'), markOf(ballot(1, B)), batch('late'));
    const [first, ...others] = run.journal.entries().map(({ op }) => Buffer.from(op).toString());
    if (first !== 'early') return `not executed: ${String(first)}`;
    return others.length === 0 ? null : `executed: ${others.join()}`;
  },
);

rule<FaultName>(
  'a command that was passed on keeps the epoch in which its handling began',
  { epochTaggedAtPropose: 'of epoch 1' },
  (faults) => {
    const run = probe(faults);
    run.lead();
    run.replica.receive(B, { kind: 'forward', id: `${B}/1/c1`, op: Uint8Array.of(1), epoch: 0 });
    run.clock.run(0);
    const value = proposals(run).at(-1)?.value;
    if (value?.kind !== 'batch') return 'not proposed';
    return value.epoch === 0 ? null : `of epoch ${value.epoch}`;
  },
);

rule<FaultName>(
  'a mark that is proposed again makes nobody master',
  { markMakesReproposer: 'master in epoch 1' },
  (faults) => {
    const run = probe(faults);
    lead(run, [[1, { ballot: ballot(1, '0.00000000'), value: markOf(ballot(1, '0.00000000')) }]]);
    run.grant();
    votes(run, 1);
    const { epoch, master } = run.replica.status();
    if (epoch !== 1) return `${epoch} marks`;
    return master === 0 ? null : `master in epoch ${master}`;
  },
);

rule<FaultName>(
  'a mark makes its sender master only as long as it leads',
  { markMakesSender: 'master in epoch 1' },
  (faults) => {
    const run = probe(faults);
    const mine = lead(run);
    chosen(run, { round: mine.round + 1, member: B }, markOf(mine));
    const { epoch, master, role } = run.replica.status();
    if (epoch !== 1 || role !== 'follower') return `${epoch} marks, ${role}`;
    return master === 0 ? null : `master in epoch ${master}`;
  },
);

rule<FaultName>('a leader proposes one mark of its ballot', { markedTwice: '2 marks' }, (faults) => {
  const run = probe(faults);
  const mine = lead(run);
  run.replica.receive(C, { kind: 'saved', prefix: 0, saved: 0 });
  run.clock.run(0);
  const marks = proposals(run).filter(({ value }) => value.kind === 'mark');
  if (marks.length !== 1) return `${marks.length} marks under way`;
  run.grant();
  votes(run, 1);
  const { master, leader } = run.replica.status();
  if (master !== 1 || leader !== A) return `master in epoch ${master} at ${mine.round}`;
  return null;
});

rule<FaultName>(
  'a mark makes its leader master only if it holds the lease by then',
  { markNeedsNoLease: 'master in epoch 1' },
  (faults) => {
    const run = probe(faults);
    lead(run);
    votes(run, 1);
    const { master } = run.replica.status();
    if (master !== 0) return `master in epoch ${master}`;
    run.grant();
    votes(run, 2);
    return run.replica.status().master === 2 ? null : 'never master';
  },
);

rule<FaultName>(
  'a lease that ran out ends the mastership: behind a gap there is another mark',
  { lapseKeepsMark: 'master in epoch 1 without a lease' },
  (faults) => {
    const run = probe(faults);
    lead(run);
    run.grant();
    votes(run, 1);
    if (run.replica.status().master !== 1) return 'not master';
    run.clock.run(run.birth.leaseMs);
    run.syncAll();
    const { master, role } = run.replica.status();
    if (role !== 'leader') return `a ${role}`;
    if (master !== 0) return `master in epoch ${master} without a lease`;
    run.grant();
    if (run.replica.status().master !== 0) return 'master again by the same mark';
    votes(run, 2);
    return run.replica.status().master === 2 ? null : 'never master again';
  },
);
