/** Requests of clients: who proposes them, how often, and what their answers tell. */
import { describe, expect, it } from 'vitest';
import type { Ballot, Command, Value } from '../../src/core/types.js';
import { replicaOptions, type ReplicaOptions } from '../../src/driver/options.js';
import { PassedOn } from '../../src/driver/passed-on.js';
import type { Answer } from '../../src/driver/ports.js';
import type { Applied } from '../../src/driver/request.js';
import { Requests, SPARE, TRIES } from '../../src/driver/requests.js';
import { SimClock } from '../../src/sim/clock.js';
import { A, B, ballot, C } from '../contract/samples.js';

const op = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));
const OK = { ok: true, result: op('done'), slot: 1, round: 1, epoch: 0 } as const;

const setup = (options: Partial<ReplicaOptions> = {}) => {
  const clock = new SimClock();
  const forwarded: { to: string; id: string; epoch: number }[] = [];
  const link = { up: true };
  /** Of all that was applied; B is the master, as far as that says. */
  const reign: { epoch: number; marked: Ballot } = { epoch: 0, marked: ballot(1, B) };
  const requests = new Requests({
    member: A,
    start: 3,
    clock,
    options: replicaOptions(options),
    reign: () => reign,
    forward: (to, { id, epoch }) => {
      if (link.up) forwarded.push({ to, id, epoch });
      return link.up;
    },
  });
  const answers: (Answer | null)[] = [];
  const submit = (text: string): void => {
    const at = answers.push(null) - 1;
    requests.submit(op(text), (answer) => {
      expect(answers[at], 'answered once').toBeNull();
      answers[at] = answer;
    });
  };
  const passOn = (id: string): void => {
    const at = answers.push(null) - 1;
    requests.submitPassedOn(B, { id, op: op('x'), epoch: 0 }, (answer) => {
      answers[at] = answer;
    });
  };
  return { clock, reign, forwarded, link, requests, answers, submit, passOn };
};

const noop = (slot: number): Applied => ({ slot, value: { kind: 'noop' }, epoch: 0, refused: false });
const commandsOf = (value: Value | null): readonly Command[] =>
  value?.kind === 'batch' ? value.commands : [];
const reasons = (answers: readonly (Answer | null)[]): readonly (string | null)[] =>
  answers.map((answer) => (answer === null ? null : answer.ok ? 'ok' : answer.reason));

describe('batches', () => {
  it('hold what waits, in order, under ids of this member and start, and each command once', () => {
    const { requests, submit } = setup();
    for (const text of ['a', 'b', 'c']) submit(text);
    const batch = requests.batch();
    expect(commandsOf(batch).map(({ id }) => id)).toEqual([`${A}/3/c1`, `${A}/3/c2`, `${A}/3/c3`]);
    requests.proposed(1, batch ?? { kind: 'noop' });
    expect(requests.batch()).toBeNull();
    submit('d');
    expect(commandsOf(requests.batch()).map(({ op: bytes }) => Buffer.from(bytes).toString())).toEqual(['d']);
  });

  it('are cut by the number of commands and by bytes; a larger command goes alone', () => {
    const { requests, submit } = setup({ batchCommands: 3, batchBytes: 100 });
    for (const text of ['a', 'b', 'c', 'd', 'x'.repeat(200), 'e', 'f'.repeat(60), 'g'.repeat(60)])
      submit(text);
    const sizes: number[] = [];
    for (let batch = requests.batch(); batch !== null; batch = requests.batch()) {
      sizes.push(commandsOf(batch).length);
      requests.proposed(sizes.length, batch);
    }
    expect(sizes).toEqual([3, 1, 1, 2, 1]);
  });

  it('leave out what was answered meanwhile', () => {
    const { requests, submit, clock, answers } = setup({ requestTimeoutMs: 100 });
    submit('a');
    clock.run(60);
    submit('b');
    clock.run(60);
    expect(reasons(answers)).toEqual(['timed out', null]);
    const batch = requests.batch();
    expect(commandsOf(batch).length).toBe(1);
    requests.proposed(1, batch ?? { kind: 'noop' });
    expect(requests.hasWaiting()).toBe(false);
  });
});

describe('the queue', () => {
  it('keeps none of those that time out while nothing is proposed', () => {
    const { requests, submit, clock } = setup({ requestTimeoutMs: 100, pendingLimit: 50 });
    for (let n = 0; n < 2_000; n++) {
      submit('x');
      clock.run(10);
    }
    const { pending, waiting } = requests.queues();
    expect(pending).toBeLessThanOrEqual(10);
    expect(waiting).toBeLessThanOrEqual(2 * 10 + SPARE + 1);
    expect(commandsOf(requests.batch()).length).toBe(pending);
  });
});

describe('answers', () => {
  it('come at the execution, by id, whoever proposed the command and in whatever slot', () => {
    const { requests, submit, answers } = setup();
    submit('a');
    requests.route(B);
    const value: Value = { kind: 'batch', epoch: 0, commands: [{ id: `${A}/3/c1`, op: op('a') }] };
    requests.applied({ slot: 9, value, epoch: 0, refused: false }, [op('done')], 4);
    expect(answers).toEqual([{ ok: true, result: op('done'), slot: 9, round: 4, epoch: 0 }]);
    requests.answered(`${A}/3/c1`, 0, OK);
    expect(requests.size).toBe(0);
  });

  it('say that the leader changed if another value was chosen in the slot of the proposal', () => {
    const { requests, submit, answers } = setup();
    submit('a');
    requests.proposed(5, requests.batch() ?? { kind: 'noop' });
    requests.applied(noop(4), [], 2);
    expect(reasons(answers)).toEqual([null]);
    requests.applied(noop(5), [], 2);
    expect(reasons(answers)).toEqual(['leader changed']);
  });

  it('wait for the execution when the leader is deposed after it proposed, and time out', () => {
    const { requests, submit, answers, clock, forwarded } = setup({ requestTimeoutMs: 1_000 });
    submit('a');
    requests.proposed(5, requests.batch() ?? { kind: 'noop' });
    requests.route(B);
    requests.route(null);
    clock.run(999);
    expect([reasons(answers), forwarded]).toEqual([[null], []]);
    clock.run(1);
    expect(reasons(answers)).toEqual(['timed out']);
  });

  it('are refused beyond the limit, until others are answered', () => {
    const { requests, submit, answers } = setup({ pendingLimit: 2 });
    for (const text of ['a', 'b', 'c']) submit(text);
    expect(reasons(answers)).toEqual([null, null, 'too many requests']);
    const batch = requests.batch();
    requests.proposed(1, batch ?? { kind: 'noop' });
    const value = batch ?? { kind: 'noop' };
    requests.applied({ slot: 1, value, epoch: 0, refused: false }, [op('1'), op('2')], 1);
    submit('d');
    expect(reasons(answers)).toEqual(['ok', 'ok', 'too many requests', null]);
  });

  it('are all given when the replica stops', () => {
    const { requests, submit, answers } = setup();
    submit('a');
    submit('b');
    requests.proposed(1, requests.batch() ?? { kind: 'noop' });
    submit('c');
    requests.stop();
    submit('d');
    expect(reasons(answers)).toEqual(['stopping', 'stopping', 'stopping', 'stopping']);
  });
});

describe('another epoch', () => {
  const began = (one: ReturnType<typeof setup>, epoch: number, by = B): void => {
    one.reign.epoch = epoch;
    one.reign.marked = ballot(epoch + 1, by);
    one.requests.beginAnew(epoch);
  };

  it('begins the handling of what was passed on anew, with the epoch and to who leads now', () => {
    const one = setup();
    const { requests, submit, answers, forwarded } = one;
    submit('a');
    requests.route(B);
    requests.route(C);
    expect(forwarded.length).toBe(1);
    began(one, 1, C);
    requests.route(C);
    expect(forwarded).toEqual([
      { to: B, id: `${A}/3/c1`, epoch: 0 },
      { to: C, id: `${A}/3/c1`, epoch: 1 },
    ]);
    const refusal = { ok: false, reason: 'no leader' } as const;
    requests.answered(`${A}/3/c1`, 0, refusal);
    expect(answers, 'that it was not executed in the former says nothing').toEqual([null]);
    requests.answered(`${A}/3/c1`, 1, refusal);
    expect(answers).toEqual([refusal]);
  });

  it('is that of the next batch, and a batch has one', () => {
    const one = setup();
    const { requests, submit, passOn, answers } = one;
    submit('a');
    requests.proposed(7, requests.batch() ?? { kind: 'noop' });
    began(one, 1, A);
    passOn(`${B}/1/c1`);
    submit('b');
    const epochs: (readonly [number, number])[] = [];
    for (let value = requests.batch(); value?.kind === 'batch'; value = requests.batch()) {
      epochs.push([value.epoch, value.commands.length]);
      requests.proposed(7 + epochs.length, value);
    }
    expect(epochs).toEqual([
      [1, 1],
      [0, 1],
      [1, 1],
    ]);
    requests.applied(noop(7), [], 2);
    expect(answers, 'its former slot says nothing of it').toEqual([null, null, null]);
  });

  it('is waited for: nothing is put while a mark is applied and not yet executed, or another leads', () => {
    const { requests, submit, forwarded, reign } = setup();
    submit('a');
    reign.epoch = 1;
    expect(requests.hasWaiting()).toBe(false);
    requests.route(B);
    requests.beginAnew(1);
    requests.route(C);
    expect(forwarded).toEqual([]);
    expect(requests.hasWaiting()).toBe(true);
    requests.route(B);
    expect(forwarded).toEqual([{ to: B, id: `${A}/3/c1`, epoch: 1 }]);
  });

  it('begins it anew a few times only, and then it is certain not to happen', () => {
    const one = setup();
    one.submit('a');
    for (let epoch = 1; epoch <= TRIES; epoch++) {
      one.requests.route(B);
      began(one, epoch);
      expect(reasons(one.answers)).toEqual([null]);
    }
    one.requests.route(B);
    began(one, TRIES + 1);
    expect(reasons(one.answers)).toEqual(['leader changed']);
  });

  it('ends what holds for its epoch alone, and what another passed on, which asks again itself', () => {
    const one = setup();
    const { requests, answers, passOn } = one;
    const decided: Answer[] = [];
    requests.submit(op('evict'), (answer) => decided.push(answer), 'command once');
    passOn(`${B}/1/c1`);
    began(one, 1, A);
    expect([reasons(decided), answers, requests.size]).toEqual([['leader changed'], [null], 0]);
    requests.submitPassedOn(B, { id: `${B}/1/c1`, op: op('x'), epoch: 1 }, () => undefined);
    expect(commandsOf(requests.batch()).map(({ id }) => id)).toEqual([`${B}/1/c1`]);
  });

  it('that a snapshot brought leaves uncertain what was put before, and not what waits', () => {
    const one = setup();
    const { requests, submit, answers, reign } = one;
    submit('proposed');
    requests.proposed(3, requests.batch() ?? { kind: 'noop' });
    submit('proposed later');
    requests.proposed(8, requests.batch() ?? { kind: 'noop' });
    submit('waits');
    reign.epoch = 1;
    requests.installed({ upTo: 5, epoch: 1 });
    expect(reasons(answers)).toEqual(['timed out', 'timed out', null]);
    expect(requests.batch()).toMatchObject({ epoch: 1, commands: [{ op: op('waits') }] });
  });

  it('after a snapshot of the same epoch leaves uncertain what has no answer yet', () => {
    const one = setup();
    one.submit('a');
    one.requests.route(B);
    one.requests.installed({ upTo: 5, epoch: 0 });
    expect(one.answers).toEqual([null]);
    began(one, 1);
    expect(reasons(one.answers)).toEqual(['timed out']);
  });

  it('of who passes a request on replaces the former request, which is not proposed any more', () => {
    const one = setup();
    one.passOn(`${B}/1/c1`);
    one.requests.submitPassedOn(B, { id: `${B}/1/c1`, op: op('x'), epoch: 1 }, () => undefined);
    const value = one.requests.batch();
    expect(value).toMatchObject({ epoch: 1, commands: [{ id: `${B}/1/c1` }] });
    one.requests.proposed(3, value ?? { kind: 'noop' });
    expect(one.requests.batch()).toBeNull();
  });
});

describe('without leading', () => {
  it('a request is passed on once, to the leader, and its answer comes back', () => {
    const { requests, submit, answers, forwarded } = setup();
    submit('a');
    requests.route(B);
    requests.route(B);
    requests.route(null);
    expect(forwarded).toEqual([{ to: B, id: `${A}/3/c1`, epoch: 0 }]);
    expect(requests.batch(), 'it is not proposed here, too').toBeNull();
    requests.answered(`${A}/3/c1`, 0, OK);
    requests.answered(`${A}/3/c1`, 0, { ok: false, reason: 'no leader' });
    expect(answers).toEqual([OK]);
  });

  it('one that was passed on is never passed on again', () => {
    const { requests, answers, forwarded, passOn } = setup();
    passOn(`${B}/1/c1`);
    requests.route('c.00000003');
    expect([reasons(answers), forwarded]).toEqual([['no leader'], []]);
    passOn(`${B}/1/c2`);
    requests.route(null);
    expect(reasons(answers)).toEqual(['no leader', 'no leader']);
  });

  it('a request waits while the link to the leader is down, then is passed on or given up', () => {
    const { requests, submit, answers, forwarded, link, clock } = setup({ leaderWaitMs: 300 });
    link.up = false;
    submit('a');
    requests.route(B);
    clock.run(299);
    submit('b');
    requests.route(B);
    expect([reasons(answers), forwarded]).toEqual([[null, null], []]);
    clock.run(1);
    requests.route(B);
    expect(reasons(answers)).toEqual(['no leader', null]);
    link.up = true;
    requests.route(B);
    expect(forwarded).toEqual([{ to: B, id: `${A}/3/c2`, epoch: 0 }]);
  });

  it('what was passed on is uncertain at once when the link breaks', () => {
    const { requests, submit, answers, forwarded } = setup();
    submit('a');
    requests.route(B);
    requests.giveUpOn(C);
    requests.route(null);
    requests.route(C);
    expect([answers.at(-1), forwarded.length]).toEqual([null, 1]);
    requests.giveUpOn(B);
    expect(reasons(answers).at(-1)).toBe('timed out');
    requests.answered(`${A}/3/c1`, 0, OK);
    submit('d');
    requests.giveUpOn(B);
    expect(answers.at(-1), 'what waits goes on waiting').toBeNull();
    expect(requests.size).toBe(1);
  });

  it('a request waits for a leader for the set time, then it is certain not to happen', () => {
    const { requests, submit, answers, clock } = setup({ leaderWaitMs: 300 });
    submit('a');
    clock.run(299);
    requests.route(null);
    expect(reasons(answers)).toEqual([null]);
    clock.run(1);
    requests.route(null);
    expect(reasons(answers)).toEqual(['no leader']);
    requests.route(B);
    expect(requests.batch()).toBeNull();
  });

  it('a request does not wait where the set time is 0', () => {
    const { requests, submit, answers } = setup({ leaderWaitMs: 0 });
    submit('a');
    requests.route(null);
    expect(reasons(answers)).toEqual(['no leader']);
  });

  it('a repeated request is taken once, also after its answer', () => {
    const { requests, answers, passOn } = setup();
    passOn(`${B}/1/c1`);
    passOn(`${B}/1/c1`);
    expect(commandsOf(requests.batch()).length).toBe(1);
    requests.route(null);
    passOn(`${B}/1/c1`);
    expect(requests.batch()).toBeNull();
    expect(reasons(answers)).toEqual(['no leader', null, null]);
  });
});

describe('PassedOn', () => {
  it('takes each id once, in any order, of its own sender only', () => {
    const passedOn = new PassedOn();
    const take = (n: number, start = 1, epoch = 0): boolean => passedOn.take(B, `${B}/${start}/c${n}`, epoch);
    expect([take(2), take(1), take(2), take(1), take(3)]).toEqual([true, true, false, false, true]);
    expect(passedOn.take(A, `${B}/1/c9`, 0)).toBe(false);
    expect(passedOn.take(B, 'nonsense', 0)).toBe(false);
    expect([take(1, 1, 1), take(1, 1, 1), take(1)], 'again in a later epoch').toEqual([true, false, false]);
    expect([take(1, 2), take(1, 2), take(4, 1)], 'a later start counts anew').toEqual([true, false, false]);
  });

  it('takes nothing that is too old to tell, and forgets what it need not know', () => {
    const passedOn = new PassedOn();
    let taken = 0;
    for (let n = 0; n < 100_000; n++) if (passedOn.take(B, `${B}/1/c${n}`, 0)) taken += 1;
    expect(taken).toBe(100_000);
    for (const n of [0, 50_000, 79_999, 80_000, 99_999])
      expect(passedOn.take(B, `${B}/1/c${n}`, 0)).toBe(false);
  });
});
