/**
 * The rules of exactly-once (docs/protocol.md; spec/Sessions.tla), each by a short log of commands whose
 * answers it decides, and each with the switch that takes it away: then the answers are others.
 */
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { NO_STORE_FAULTS, type StoreFaultName } from '../../src/store/faults.js';
import { comparePlaces, type Place } from '../../src/store/place.js';
import { decodeCommandResult, encodeCommand } from '../../src/store/session-codec.js';
import type { StoreCommand } from '../../src/store/session-commands.js';
import { SessionTable } from '../../src/store/sessions.js';
import { Store } from '../../src/store/store.js';
import { put } from './make.js';

const WINDOW = 4;

/** A replica that executes one command a slot; each answer in a word. */
class Replica {
  private store: Store;
  private slot = 0;
  /** What its own clock shows, in milliseconds; only a mistake reads it. */
  now = 0;

  constructor(private readonly fault: StoreFaultName | null) {
    this.store = this.empty();
  }

  /** Goes on with an empty store that takes over a snapshot of this one. */
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
    const own = { limit: 1, now: () => this.now, silenceMs: 1_000 };
    return new Store(undefined, new SessionTable(WINDOW, faults, own));
  }

  run(command: StoreCommand): string {
    const at: Place = { slot: ++this.slot, index: 0 };
    const decoded = decodeCommandResult(this.store.apply(encodeCommand(command), at));
    if (E.isLeft(decoded)) return decoded.left;
    const result = decoded.right;
    switch (result.kind) {
      case 'opened':
        return comparePlaces(result.session, at) === 0 ? 'opened' : 'opened elsewhere';
      case 'evicted':
        return result.evicted ? 'ended' : 'not ended';
      case 'refused':
        return result.error;
      default:
        return `revision ${result.revision}`;
    }
  }
}

const S1: Place = { slot: 1, index: 0 };
const S2: Place = { slot: 2, index: 0 };
const OPEN: StoreCommand = { kind: 'open' };
const ask = (seq: number, low = 1, session = S1): StoreCommand => ({
  ...{ kind: 'request', session, seq, low },
  operation: put('key', `${seq}`),
});
const evict = (used: Place | null, session = S1): StoreCommand => ({ kind: 'evict', session, used });

type Step = StoreCommand | { readonly waitMs: number } | 'snapshot';

interface Rule {
  readonly rule: string;
  /** Each takes the rule away. */
  readonly switches: readonly StoreFaultName[];
  readonly log: readonly Step[];
  readonly answers: readonly string[];
}

const RULES: readonly Rule[] = [
  {
    rule: 'a session is named by its entry: no late request is one of another session',
    switches: ['sessionNameReused'],
    log: [OPEN, ask(1), evict(null), OPEN, ask(2)],
    answers: ['opened', 'revision 2', 'ended', 'opened', 'unknown session'],
  },
  {
    rule: 'a number that was executed is not executed again, and has the answer that it had',
    switches: ['retryExecutesAgain', 'retryGetsNewest'],
    log: [OPEN, ask(1), ask(2), ask(1)],
    answers: ['opened', 'revision 2', 'revision 3', 'revision 2'],
  },
  {
    rule: 'a row keeps the answers of a window, not only the last one',
    switches: ['sessionRowNotKept'],
    log: [OPEN, ask(1), ask(2), ask(1)],
    answers: ['opened', 'revision 2', 'revision 3', 'revision 2'],
  },
  {
    rule: 'inside of the window the order does not matter',
    switches: ['lastNumberOnly'],
    log: [OPEN, ask(3), ask(1), ask(2)],
    answers: ['opened', 'revision 2', 'revision 3', 'revision 4'],
  },
  {
    rule: 'the lowest number without an answer trims the row, and the window moves',
    switches: ['lowIgnored'],
    log: [OPEN, ask(1), ask(5, 2)],
    answers: ['opened', 'revision 2', 'revision 3'],
  },
  {
    rule: 'a number below the window is refused and not executed, whatever low it comes with',
    switches: ['belowExecuted'],
    log: [OPEN, ask(1), ask(2, 2), ask(1, 1)],
    answers: ['opened', 'revision 2', 'revision 3', 'below the window'],
  },
  {
    rule: 'a number above the window is refused until the window moves',
    switches: ['aboveExecuted'],
    log: [OPEN, ask(5), ask(1), ask(5, 2)],
    answers: ['opened', 'above the window', 'revision 2', 'revision 3'],
  },
  {
    rule: 'a session that is unknown or has ended is refused, and gets no row',
    switches: ['unknownSessionOpened'],
    log: [ask(1), OPEN, ask(1, 1, S2), evict(null, S2), ask(1, 1, S2)],
    answers: ['unknown session', 'opened', 'revision 2', 'ended', 'unknown session'],
  },
  {
    rule: 'a session is ended by an entry, and by nothing that a replica has of its own',
    switches: ['evictionByCount', 'evictionByOwnClock'],
    log: [OPEN, OPEN, { waitMs: 5_000 }, ask(1)],
    answers: ['opened', 'opened', 'revision 2'],
  },
  {
    rule: 'an eviction does not end a session that was used since its maker looked',
    switches: ['evictionInUse'],
    log: [OPEN, ask(1), evict(S1), ask(2), evict({ slot: 4, index: 0 })],
    answers: ['opened', 'revision 2', 'not ended', 'revision 3', 'ended'],
  },
  {
    rule: 'a snapshot has the sessions and their answers',
    switches: ['sessionsNotInSnapshot'],
    log: [OPEN, ask(1), 'snapshot', ask(1)],
    answers: ['opened', 'revision 2', 'revision 2'],
  },
];

function answersOf({ log }: Rule, fault: StoreFaultName | null): string[] {
  const replica = new Replica(fault);
  return log.flatMap((step) => {
    if (step === 'snapshot') replica.restore();
    else if ('kind' in step) return [replica.run(step)];
    else replica.now += step.waitMs;
    return [];
  });
}

describe.each(RULES)('$rule', (rule) => {
  it('holds', () => {
    expect(answersOf(rule, null)).toEqual(rule.answers);
  });

  it.each(rule.switches)('does not hold with %s', (fault) => {
    expect(answersOf(rule, fault)).not.toEqual(rule.answers);
  });
});

it('every switch of the store takes a rule away', () => {
  const switched = RULES.flatMap(({ switches }) => switches);
  expect(switched.toSorted()).toEqual(Object.keys(NO_STORE_FAULTS).sort());
});
