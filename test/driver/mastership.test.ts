/** When a leader is master, and how long: the lease that its mark was written for must have no gap. */
import { describe, expect, it } from 'vitest';
import { marginMs } from '../../src/core/index.js';
import type { Slot } from '../../src/core/types.js';
import { B, C } from '../contract/samples.js';
import { Probe, type ProbeSetup } from './probe.js';

/** B answers the Prepare of the ballot that A began last. */
function promise(run: Probe): void {
  run.syncAll();
  const { promised: ballot, prefix } = run.replica.status();
  if (ballot === null) throw new Error('no campaign');
  const id = `${B}/1/${ballot.round}/0`;
  run.receive(B, { type: 'Promise', id, ballot, from: B, accepted: [], prefix });
}

function vote(run: Probe, slot: Slot): void {
  const ballot = run.replica.status().promised;
  if (ballot === null) throw new Error('no ballot');
  run.receive(B, { type: 'Accepted', id: `${B}/1/5${slot}/0`, ballot, slot, from: B });
  run.syncAll();
}

/** A is master in epoch 1 by a lease that it asked for at this moment. */
function master(setup: ProbeSetup = {}): Probe {
  const run = new Probe(setup).run();
  run.clock.runUntil(() => run.replica.status().role === 'candidate', 2_000);
  run.clock.run(0);
  promise(run);
  if (run.birth.leaseMs > 0) run.grant();
  vote(run, 1);
  expect(run.replica.status()).toMatchObject({ role: 'leader', epoch: 1, master: 1 });
  return run;
}

/** The rounds that the marks of A name, in the order in which they were proposed. */
function marks(run: Probe): readonly number[] {
  const parts = run.sent.flatMap(({ to, frame }) => (to === B && frame.kind === 'parts' ? frame.parts : []));
  const rounds = parts.flatMap((part) =>
    part.type === 'Accept' && part.value.kind === 'mark' ? [part.value.ballot.round] : [],
  );
  return [...new Set(rounds)];
}

const leaseOf = (run: Probe): number => run.birth.leaseMs - marginMs(run.birth);

describe('a mastership', () => {
  it('goes on in a ballot raised within the lease, without another mark', () => {
    const run = master();
    const [first = 0] = marks(run);
    run.replica.campaign();
    run.clock.run(0);
    expect(run.replica.status()).toMatchObject({ role: 'candidate', master: 1 });
    promise(run);
    expect(run.replica.status()).toMatchObject({ role: 'leader', master: 1, promised: { round: first + 1 } });
    run.clock.run(50);
    run.grant();
    run.clock.run(leaseOf(run) - 60);
    expect(run.replica.status()).toMatchObject({ role: 'leader', epoch: 1, master: 1 });
    expect(marks(run)).toEqual([first]);
  });

  it('ends if the raised ballot gets its grants too late', () => {
    const run = master();
    const [first = 0] = marks(run);
    run.replica.campaign();
    run.clock.run(0);
    promise(run);
    run.clock.run(leaseOf(run) - 1);
    expect(run.replica.status()).toMatchObject({ role: 'leader', master: 1 });
    run.clock.run(1);
    expect(run.replica.status()).toMatchObject({ role: 'leader', master: 0 });
    run.grant();
    run.clock.run(100);
    expect(run.replica.status()).toMatchObject({ role: 'leader', epoch: 1, master: 0 });
    expect(marks(run)).toEqual([first, first + 1]);
    run.grant();
    vote(run, 2);
    expect(run.replica.status()).toMatchObject({ epoch: 2, master: 2 });
  });

  it('ends with the release of the lease, at once', () => {
    const run = master();
    run.replica.receive(C, { kind: 'saved', prefix: 1, saved: 1 });
    run.replica.leadership.handOver(C, () => undefined);
    run.clock.run(0);
    expect(run.replica.status()).toMatchObject({ role: 'leader', epoch: 1, master: 0 });
    run.clock.run(50);
    expect(marks(run)).toHaveLength(1);
  });

  it('ends with the ballot in a cell without leases: the raised one has its own mark', () => {
    const run = master({ leaseMs: 0 });
    const [first = 0] = marks(run);
    run.replica.campaign();
    run.clock.run(0);
    expect(run.replica.status()).toMatchObject({ role: 'candidate', master: 0 });
    promise(run);
    expect(marks(run)).toEqual([first, first + 1]);
    vote(run, 2);
    expect(run.replica.status()).toMatchObject({ role: 'leader', epoch: 2, master: 2 });
  });

  it('of a leader without a lease is marked once, and again only with the lease', () => {
    const run = new Probe().run();
    run.clock.runUntil(() => run.replica.status().role === 'candidate', 2_000);
    run.clock.run(0);
    promise(run);
    vote(run, 1);
    run.clock.run(350);
    run.syncAll();
    expect(run.replica.status()).toMatchObject({ role: 'leader', epoch: 1, master: 0 });
    const accepts = (): number => run.log.filter((line) => line === 'trace Propose').length;
    const before = accepts();
    run.clock.run(100);
    expect(accepts()).toBe(before);
    run.grant();
    expect(accepts()).toBe(before + 1);
    vote(run, 2);
    expect(run.replica.status()).toMatchObject({ epoch: 2, master: 2 });
  });
});
