/** Reads among the requests: they take no place in the log and belong to no epoch. */
import { describe, expect, it } from 'vitest';
import { replicaOptions } from '../../src/driver/options.js';
import type { Answer } from '../../src/driver/ports.js';
import { Requests } from '../../src/driver/requests.js';
import { SimClock } from '../../src/sim/clock.js';
import { A, B, ballot, C } from '../contract/samples.js';

const OP = Uint8Array.of(1);
const OK = { ok: true, result: OP, slot: 1, round: 1, epoch: 4, by: 'lease' } as const;

/** Nobody's mark is executed yet, so that commands wait. */
function setup() {
  const forwarded: { to: string; id: string; read: boolean }[] = [];
  const reign = { epoch: 0, marked: null as ReturnType<typeof ballot> | null };
  const requests = new Requests({
    ...{ member: A, start: 1, clock: new SimClock(), options: replicaOptions({}), reign: () => reign },
    forward: (to, { id }, read) => {
      forwarded.push({ to, id, read });
      return true;
    },
  });
  const answers: Answer[] = [];
  const read = (): void => requests.submit(OP, (answer) => answers.push(answer), 'read');
  return { requests, reign, forwarded, answers, read };
}
const READ = `${A}/1/c1`;

describe('a read', () => {
  it('is in no batch, and is taken once by who leads', () => {
    const { requests, read, answers } = setup();
    read();
    expect([requests.batch(), requests.hasWaiting(), requests.hasReads]).toEqual([null, false, true]);
    const taken = requests.takeReads();
    expect(taken.map(({ id }) => id)).toEqual([READ]);
    expect(requests.takeReads()).toEqual([]);
    requests.putBack(taken);
    for (const one of requests.takeReads()) requests.answerRead(one, OK);
    expect([answers, requests.size]).toEqual([[OK], 0]);
  });

  it('is passed on at once, where commands wait for the mark, and again to who leads next', () => {
    const { requests, read, forwarded, answers } = setup();
    read();
    requests.submit(OP, () => undefined);
    requests.route(B);
    requests.route(B);
    expect(forwarded).toEqual([{ to: B, id: READ, read: true }]);
    requests.route(C);
    expect(forwarded.slice(1)).toEqual([{ to: C, id: READ, read: true }]);
    requests.answered(READ, 0, OK);
    expect(answers).toEqual([OK]);
  });

  it('is read here once this member leads', () => {
    const { requests, read, forwarded } = setup();
    read();
    requests.route(B);
    requests.leads(A);
    expect(requests.takeReads().map(({ id }) => id)).toEqual([READ]);
    expect(forwarded).toHaveLength(1);
  });

  it('is put again when its link breaks, and no command that went over another one is given up', () => {
    const { requests, read, reign, forwarded } = setup();
    reign.marked = ballot(1, B);
    const reasons: Answer[] = [];
    requests.submit(OP, (answer) => reasons.push(answer));
    requests.route(B);
    read();
    requests.route(C);
    requests.giveUpOn(C);
    requests.route(C);
    const id = `${A}/1/c2`;
    expect(forwarded.slice(1)).toEqual([
      { to: C, id, read: true },
      { to: C, id, read: true },
    ]);
    expect(reasons).toEqual([]);
    requests.giveUpOn(B);
    expect(reasons).toEqual([{ ok: false, reason: 'timed out' }]);
  });

  it('outlives an epoch, here and where it was passed on to', () => {
    const { requests, read, answers } = setup();
    read();
    const passed: Answer[] = [];
    requests.submitPassedOn(B, { id: `${B}/1/c1`, op: OP, epoch: 0, read: true }, (one) => passed.push(one));
    requests.beginAnew(1);
    for (const one of requests.takeReads()) requests.answerRead(one, OK);
    expect([answers, passed]).toEqual([[OK], [OK]]);
  });
});
