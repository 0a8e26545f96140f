/** Exactly-once: what spec/Sessions.tla demands, of the table of sessions inside the store. */
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { NO_STORE_FAULTS, STORE_FAULT_NAMES, type StoreFaultName } from '../../src/store/faults.js';
import { parsePlace, type Place } from '../../src/store/place.js';
import { decodeCommandResult, encodeCommand } from '../../src/store/session-codec.js';
import type { CommandResult, SessionCommand } from '../../src/store/session-commands.js';
import { SESSION_WINDOW, SessionTable } from '../../src/store/sessions.js';
import { Store } from '../../src/store/store.js';
import { put, range } from './make.js';
import { apply as applyModel, NO_SESSIONS, type Said, type SessionModel } from './session-model.js';

const WINDOW = 3;

/** A step of a run: what a client or a master puts into the log, by small numbers where things collide. */
type Step =
  | { readonly do: 'open' }
  | { readonly do: 'evict'; readonly which: number; readonly stale: boolean | null }
  | { readonly do: 'request'; readonly which: number; readonly seq: number; readonly low: number }
  /** A command of before, once more: late, doubled or out of order. */
  | { readonly do: 'repeat'; readonly back: number }
  /** Another store takes the state over, by a snapshot, and goes on. */
  | { readonly do: 'restore' };

const which = fc.nat({ max: 3 });
const someStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'open' }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('evict' as const),
      which,
      stale: fc.constantFrom(null, true, false),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('request' as const),
      which,
      seq: fc.integer({ min: 1, max: 7 }),
      low: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, fc.integer({ min: 1, max: 6 })),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('repeat' as const), back: fc.nat({ max: 12 }) }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'restore' }) },
);
const someRun = fc.array(fc.tuple(someStep, fc.boolean()), { minLength: 1, maxLength: 40 });

const NOBODY: Place = { slot: 999, index: 0 };

/** Commands with their places, as a log of batches would have them, and the model beside. */
class Run {
  store: Store;
  readonly log: { readonly command: SessionCommand; readonly at: Place }[] = [];
  readonly opened: Place[] = [];
  model: SessionModel = NO_SESSIONS;
  private at: Place = { slot: 1, index: 0 };
  private value = 0;

  constructor(private readonly fault: StoreFaultName | null = null) {
    this.store = this.empty();
  }

  restore(): void {
    const next = this.empty();
    const reader = next.reader();
    const parts = this.store.snapshot();
    for (let part = parts.next(); part.done !== true; part = parts.next()) reader.part(part.value);
    next.restore(reader.end());
    this.store = next;
  }

  private empty(): Store {
    const { fault } = this;
    const faults = fault === null ? NO_STORE_FAULTS : { ...NO_STORE_FAULTS, [fault]: true };
    let now = 0;
    const own = { limit: 1, now: () => now++, silenceMs: 5 };
    return new Store(undefined, new SessionTable(WINDOW, faults, own));
  }

  commandOf(step: Step): SessionCommand {
    const session = 'which' in step ? (this.opened[step.which] ?? NOBODY) : NOBODY;
    switch (step.do) {
      case 'open':
        return { kind: 'open' };
      case 'evict': {
        const row = [...this.store.sessions.byUse()].find((one) => one.session === session);
        const used = step.stale === null ? null : step.stale ? NOBODY : (row?.used ?? NOBODY);
        return { kind: 'evict', session, used };
      }
      case 'request': {
        const { seq, low } = step;
        return { kind: 'request', session, seq, low, operation: put('count', `${this.value++}`) };
      }
      case 'repeat':
        return this.log.at(-1 - step.back)?.command ?? { kind: 'open' };
      case 'restore':
        return { kind: 'open' };
    }
  }

  /** Executes a command in the next slot, or in the same batch as the one before. */
  execute(command: SessionCommand, sameSlot = false): { result: CommandResult; said: Said; raw: Uint8Array } {
    const { slot, index } = this.at;
    this.at = sameSlot ? { slot, index: index + 1 } : { slot: slot + 1, index: 0 };
    this.log.push({ command, at: this.at });
    const raw = this.store.apply(encodeCommand(command), this.at);
    const [said, model] = applyModel(this.model, command, this.at, WINDOW);
    this.model = model;
    const result = decoded(raw);
    if (result.kind === 'opened') this.opened.push(result.session);
    return { result, said, raw };
  }
}

const decoded = (raw: Uint8Array): CommandResult =>
  E.getOrElseW(() => expect.fail('malformed'))(decodeCommandResult(raw));

/** What a result says, in the words of the model: each put makes one revision, from 2 on. */
function saidBy(result: CommandResult): object {
  switch (result.kind) {
    case 'opened':
      return { opened: `${result.session.slot}.${result.session.index}` };
    case 'evicted':
      return { evicted: result.evicted };
    case 'refused':
      return { refused: result.error };
    default:
      return { answer: result.revision - 1 };
  }
}

/** Throws at the first thing that is wrong in the run. */
function check(run: Run, steps: readonly (readonly [Step, boolean])[], met: Map<string, number>): void {
  const answers = new Map<string, Uint8Array>();
  for (const [step, sameSlot] of steps) {
    if (step.do === 'restore') {
      run.restore();
      continue;
    }
    const command = run.commandOf(step);
    const before = { digest: run.store.digest(), revision: run.store.revision };
    const { result, said, raw } = run.execute(command, sameSlot);
    const { again, ...expected } = { again: false, ...said };
    expect(saidBy(result)).toEqual(expected);
    const kind = result.kind === 'refused' ? result.error : again ? 'again' : result.kind;
    met.set(kind, (met.get(kind) ?? 0) + 1);
    if (result.kind === 'refused')
      expect(run.store.digest(), 'a refusal changes nothing').toBe(before.digest);
    if (command.kind === 'request' && result.kind !== 'refused') {
      const key = JSON.stringify([command.session, command.seq]);
      const first = answers.get(key);
      expect(run.store.revision - before.revision, 'ExactlyOnce').toBe(first === undefined ? 1 : 0);
      if (first !== undefined) expect(raw, 'SameAnswer').toEqual(first);
      answers.set(key, raw);
    }
    expect(run.store.revision).toBe(run.model.executed + 1);
    const rows = Object.values(run.model.table);
    expect(run.store.sessions.size).toBe(rows.length);
    for (const { low, answers: kept } of rows) {
      const seqs = Object.keys(kept).map(Number);
      expect(
        seqs.every((seq) => seq >= low && seq < low + WINDOW),
        'WindowBounded',
      ).toBe(true);
    }
  }
}

describe('the table of sessions against a naive model', () => {
  it('keeps ExactlyOnce, SameAnswer, WindowBounded, under late and doubled commands', () => {
    const met = new Map<string, number>();
    fc.assert(
      fc.property(someRun, (steps) => check(new Run(), steps, met)),
      { numRuns: 500 },
    );
    const all = 'above the window|again|below the window|evicted|opened|put|unknown session'.split('|');
    expect([...met.keys()].sort()).toEqual(all);
    expect(Math.min(...met.values())).toBeGreaterThan(0);
  });

  it.each(STORE_FAULT_NAMES)('notices %s', (fault) => {
    const found = fc.check(
      fc.property(someRun, (steps) => check(new Run(fault), steps, new Map())),
      { numRuns: 2_000 },
    );
    expect(found.failed).toBe(true);
  });

  it('is the same in every replica that executes the same, and in a clone, whatever comes after', () => {
    fc.assert(
      fc.property(someRun, someStep, (steps, last) => {
        const run = new Run();
        for (const [step, sameSlot] of steps) run.execute(run.commandOf(step), sameSlot);
        const other = new Store(undefined, new SessionTable(WINDOW));
        for (const { command, at } of run.log) other.apply(encodeCommand(command), at);
        expect(other.digest()).toBe(run.store.digest());
        const clone = run.store.clone();
        run.execute(run.commandOf(last));
        run.execute({ kind: 'open' });
        expect(clone.digest()).toBe(other.digest());
        expect(run.store.digest()).not.toBe(other.digest());
      }),
      { numRuns: 300 },
    );
  });
});

describe('a live session', () => {
  it('gets all it waits for, whatever was late or doubled (Retryable)', () => {
    const anyOrder = fc.array(
      fc.record({ seq: fc.integer({ min: 1, max: 7 }), low: fc.integer({ min: 1, max: 7 }) }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(anyOrder, (sent) => {
        const run = new Run();
        const { result } = run.execute({ kind: 'open' });
        if (result.kind !== 'opened') return expect.fail('not opened');
        const { session } = result;
        const got = new Map<number, string>();
        const lowOf = (): number => [1, 2, 3, 4, 5, 6, 7, 8].find((n) => !got.has(n)) ?? 8;
        const ask = (seq: number, low: number): void => {
          const command = { kind: 'request', session, seq, low, operation: put('a', `${seq}`) } as const;
          const { result: answer } = run.execute(command);
          if (answer.kind !== 'put') return;
          const was = got.get(seq);
          if (was !== undefined) expect(String(answer.revision)).toBe(was);
          got.set(seq, String(answer.revision));
        };
        // No low is above what the client has answers to; copies are sent with the low of any time before.
        for (const { seq, low } of sent) ask(seq, Math.min(low, lowOf()));
        for (let seq = lowOf(); seq <= 7; seq = lowOf()) {
          ask(seq, seq);
          expect(got.has(seq)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('keeps a refusal by the store as the answer, and answers with it again', () => {
    const run = new Run();
    run.execute({ kind: 'open' });
    const session = run.opened[0] as Place;
    const keep = put('a', '', { ignoreValue: true });
    const first = run.execute({ kind: 'request', session, seq: 1, low: 1, operation: keep });
    expect(first.result).toMatchObject({ kind: 'refused', error: 'key not found' });
    run.store.execute(put('a', '1'));
    const again = run.execute({ kind: 'request', session, seq: 1, low: 1, operation: keep });
    expect(again.raw).toEqual(first.raw);
  });

  it('is not ended by who saw it before its last use, and is by its owner', () => {
    const run = new Run();
    run.execute({ kind: 'open' });
    const session = run.opened[0] as Place;
    const [{ used } = { used: NOBODY }] = run.store.sessions.byUse();
    run.execute({ kind: 'request', session, seq: 1, low: 1, operation: put('a', '1') });
    expect(run.execute({ kind: 'evict', session, used }).result).toMatchObject({ evicted: false });
    expect(run.execute({ kind: 'evict', session, used: null }).result).toMatchObject({ evicted: true });
    const late = run.execute({ kind: 'request', session, seq: 2, low: 1, operation: put('a', '2') });
    expect(late.result).toMatchObject({ kind: 'refused', error: 'unknown session' });
  });

  it('gets no answer that is too large to be kept', () => {
    const store = new Store(10_000, new SessionTable());
    store.apply(encodeCommand({ kind: 'open' }), { slot: 1, index: 0 });
    store.execute(put('a', 'x'.repeat(9_000)));
    store.execute(put('b', 'x'.repeat(9_000)));
    const operation = {
      kind: 'multi',
      guards: [],
      success: [put('c', '1'), range('a', { rangeEnd: new Uint8Array([0]) })],
      failure: [],
    } as const;
    const session = { slot: 1, index: 0 };
    const before = store.revision;
    const command = encodeCommand({ kind: 'request', session, seq: 1, low: 1, operation });
    const first = store.apply(command, { slot: 2, index: 0 });
    expect(decoded(first)).toMatchObject({ kind: 'refused', error: 'answer is too large' });
    expect(store.revision).toBe(before);
    expect(store.apply(command, { slot: 3, index: 0 })).toEqual(first);
  });
});

describe('sessions', () => {
  it('of one batch have different names', () => {
    const store = new Store();
    const names = [0, 1, 2].map((index) => {
      const result = decoded(store.apply(encodeCommand({ kind: 'open' }), { slot: 7, index }));
      return result.kind === 'opened' ? `${result.session.slot}.${result.session.index}` : '';
    });
    expect(names).toEqual(['7.0', '7.1', '7.2']);
    expect(store.sessions.size).toBe(3);
  });

  it('are listed with the least recently used first', () => {
    const run = new Run();
    for (let i = 0; i < 3; i++) run.execute({ kind: 'open' });
    const [first, second] = run.opened as [Place, Place, Place];
    run.execute({ kind: 'request', session: first, seq: 1, low: 1, operation: put('a', '1') });
    const order = [...run.store.sessions.byUse()].map(({ session }) => session);
    expect(order[0]).toEqual(second);
    expect(order[2]).toEqual(first);
    expect(run.store.sessions.newestUse).toEqual({ slot: 5, index: 0 });
  });

  it('have a window that clients are told', () => {
    const result = decoded(new Store().apply(encodeCommand({ kind: 'open' }), { slot: 1, index: 0 }));
    expect(result).toEqual({
      ...{ kind: 'opened', revision: 1, window: SESSION_WINDOW },
      session: { slot: 1, index: 0 },
    });
  });

  it.each(['', '1', '1.', '.1', '01.1', '1.1.1', '-1.0', '1e3.0', '9999999999999999.0'])(
    'are not named %j',
    (name) => {
      expect(parsePlace(name)).toBeNull();
    },
  );

  it('are named by a slot and a place in it', () => {
    expect(parsePlace('12.3')).toEqual({ slot: 12, index: 3 });
  });
});
