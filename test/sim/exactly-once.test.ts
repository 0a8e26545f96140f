/** The checker of exactly-once: what a right store does passes, and each wrong thing is named. */
import { describe, expect, it } from 'vitest';
import { ExactlyOnceCheck, type Done } from '../../src/sim/checks/exactly-once.js';
import { encodeResult } from '../../src/store/codec.js';
import type { SessionError, StoreCommand } from '../../src/store/session-commands.js';
import { encodeCommand, encodeCommandResult } from '../../src/store/session-codec.js';
import { Store } from '../../src/store/store.js';
import { SessionTable } from '../../src/store/sessions.js';
import { put } from '../store/make.js';

const WINDOW = 4;
const S = { slot: 1, index: 0 };
const OPEN: StoreCommand = { kind: 'open' };
const ask = (seq: number, low = 1): StoreCommand => ({
  ...{ kind: 'request', session: S, seq, low },
  operation: put('key', `${seq}`),
});
const evict = (used: { slot: number; index: number } | null): StoreCommand => ({
  ...{ kind: 'evict', session: S, used },
});

/** What a right store does, a command a slot from slot 1 on. */
function rightly(...commands: readonly StoreCommand[]): Done[] {
  const store = new Store(undefined, new SessionTable(WINDOW));
  return commands.map((command, i) => {
    const before = store.revision;
    const op = encodeCommand(command);
    const result = store.apply(op, { slot: i + 1, index: 0 });
    return { op, result, changed: store.revision !== before };
  });
}

/** The check after these, with one of them done otherwise, at a first replica or at one that comes later. */
function checked(done: readonly Done[], otherwise: Partial<Done> = {}, first = true): ExactlyOnceCheck {
  const check = new ExactlyOnceCheck(WINDOW);
  check.closes(S);
  const wrong = done.map((one, i) => (i === done.length - 1 ? { ...one, ...otherwise } : one));
  (first ? wrong : done).forEach((one, i) => check.executed(i + 1, [one]));
  if (!first) wrong.forEach((one, i) => check.executed(i + 1, [one]));
  return check;
}

const refused = (error: SessionError): Partial<Done> => ({
  ...{ result: encodeResult({ kind: 'refused', revision: 9, error }), changed: false },
});
const executed: Partial<Done> = {
  ...{ result: encodeResult({ kind: 'put', revision: 9, previous: null }), changed: true },
};

describe('what a right store does', () => {
  const done = rightly(OPEN, ask(1), ask(3), ask(1), ask(7), ask(4, 4), ask(1), evict(null), ask(4, 4));

  it('passes, at the first replica and at the others', () => {
    const check = checked(done);
    done.forEach((one, i) => check.executed(i + 1, [one]));
    expect(check.wrong).toEqual([]);
    expect(check.counts).toEqual({
      ...{ opened: 1, ended: 1, new: 3, again: 1 },
      ...{ 'unknown session': 1, 'below the window': 1, 'above the window': 1 },
    });
  });

  it('gives the first answer to a number, and none to one that was refused', () => {
    const check = checked(done);
    expect(check.answerTo(S, 3)).toEqual(done[2]?.result);
    expect(check.answerTo(S, 7)).toBeUndefined();
  });

  it('is no matter of commands without a session, nor of another order in a batch', () => {
    const plain = rightly(put('a', '1'), put('a', '2'));
    const check = checked(plain, executed);
    const [open, ...rest] = rightly(OPEN, ask(1), ask(2)) as [Done, Done, Done];
    const other = new ExactlyOnceCheck(WINDOW);
    other.executed(1, [open]);
    other.executed(2, rest);
    other.executed(2, rest.toReversed());
    expect([check.wrong, other.wrong]).toEqual([[], []]);
  });
});

const ended = (evicted: boolean): Partial<Done> => ({
  result: encodeCommandResult({ kind: 'evicted', revision: 1, evicted }),
});

describe.each([
  [
    'a number executed twice',
    [OPEN, ask(1), ask(1)],
    executed,
    /^ExactlyOnce: 1\.0#1 .*2\.0 and again at 3\.0/,
  ],
  [
    'another answer to a retry',
    [OPEN, ask(1), ask(1)],
    { ...executed, changed: false },
    /^SameAnswer: 1\.0#1, executed at 2\.0, has another answer at 3\.0/,
  ],
  [
    'a number below the window executed',
    [OPEN, ask(1), ask(2, 2), ask(1)],
    executed,
    /^ExactlyOnce: 1\.0#1 .* must be refused: below the window/,
  ],
  ['a number above the window executed', [OPEN, ask(5)], executed, /^ExactlyOnce: .*: above the window/],
  [
    'a request executed after the end of its session',
    [OPEN, ask(1), evict(null), ask(2)],
    executed,
    /^ExactlyOnce: 1\.0#2 was executed at 4\.0, and must be refused: unknown session/,
  ],
  [
    'a refusal for another reason',
    [OPEN, ask(5)],
    refused('unknown session'),
    /^RefusedIsEvicted: .* not: above the window/,
  ],
  ['a session that was not opened', [OPEN], executed, /^SessionsDiffer: no session was opened at 1\.0/],
  [
    'a session in use that was ended',
    [OPEN, ask(1), evict(S)],
    ended(true),
    /^StatesAgree: a session is ended/,
  ],
  [
    'a session that was not ended',
    [OPEN, ask(1), evict(null)],
    ended(false),
    /^StatesAgree: .* is not ended/,
  ],
] as const)('%s', (_, commands, otherwise, says) => {
  it.each([true, false])('is noticed, at the first replica: %s', (first) => {
    const done = rightly(...commands);
    expect(checked(done, otherwise, first).wrong).toEqual([expect.stringMatching(says)]);
    expect(checked(done, {}, first).wrong).toEqual([]);
  });
});

describe('a live session', () => {
  it('whose request is refused by the first replica is noticed', () => {
    const { wrong } = checked(rightly(OPEN, ask(1)), refused('unknown session'));
    expect(wrong).toEqual([expect.stringMatching(/^RefusedIsEvicted: 1\.0#1 was refused at 2\.0/)]);
  });

  it('whose request has another answer at another replica is noticed', () => {
    const { wrong } = checked(rightly(OPEN, ask(1)), executed, false);
    expect(wrong).toEqual([expect.stringMatching(/^SameAnswer: 1\.0#1, executed at 2\.0, has two answers/)]);
  });

  it('is ended by who has seen its last use, or by its client', () => {
    const used = { slot: 2, index: 0 };
    const done = rightly(OPEN, ask(1), evict(used));
    const run = (tell: (check: ExactlyOnceCheck) => void): readonly string[] => {
      const check = new ExactlyOnceCheck(WINDOW);
      tell(check);
      done.forEach((one, i) => check.executed(i + 1, [one]));
      return check.wrong;
    };
    const proposal = encodeCommand(evict(used));
    expect(run((check) => check.proposed(proposal, 2))).toEqual([]);
    expect(run((check) => check.closes(S))).toEqual([]);
    expect(run((check) => check.proposed(proposal, 1))).toEqual([
      expect.stringMatching(/^EndedUnused: session 1\.0 was ended at 3\.0: it was used at 2\.0/),
    ]);
  });
});

describe('what a client is told', () => {
  const done = rightly(OPEN, ask(1), ask(2, 2));
  const answer = (i: number): Uint8Array => done[i]?.result ?? new Uint8Array();

  it.each([
    ['the answer', 1, answer(1), []],
    [
      'that of another number',
      1,
      answer(2),
      [/^SameAnswer: 1\.0#1, executed at 2\.0, was answered otherwise/],
    ],
    ['an answer to what nobody executed', 3, answer(1), [/^ExactlyOnce: 1\.0#3 was answered, and nobody/]],
  ])('%s', (_, seq, bytes, says) => {
    const check = checked(done);
    check.told(S, seq, bytes);
    expect(check.wrong).toEqual(says.map((text) => expect.stringMatching(text) as unknown));
  });

  it('that a number without an answer was trimmed', () => {
    const check = checked(done);
    check.toldBelow(S, 1);
    expect(check.wrong).toEqual([expect.stringMatching(/^Retryable: 1\.0#1 has no answer yet/)]);
  });
});
