/** The rules of exactly-once, one by one: conformance/RULES.md. */
import * as E from 'fp-ts/lib/Either.js';
import { NO_STORE_FAULTS, type StoreFaultName } from '../../src/store/faults.js';
import type { Place } from '../../src/store/place.js';
import { decodeCommandResult, encodeCommand } from '../../src/store/session-codec.js';
import type { SessionCommand } from '../../src/store/session-commands.js';
import { SessionTable } from '../../src/store/sessions.js';
import { Store } from '../../src/store/store.js';
import { put } from '../store/make.js';
import { rule, type Off } from './rule.js';

/** A store that executes a log; with the planted count it keeps one session. */
class Sessions {
  readonly store: Store;
  private slot = 0;

  constructor(faults: Partial<Record<StoreFaultName, boolean>>) {
    this.store = new Store(undefined, new SessionTable(3, { ...NO_STORE_FAULTS, ...faults }, 1));
  }

  get executed(): number {
    return this.store.revision;
  }

  open(): Place {
    this.execute({ kind: 'open' });
    return { slot: this.slot, index: 0 };
  }

  /** What a put under that number is answered with. */
  ask(session: Place, seq: number, low = 1): string {
    const command = { kind: 'request', session, seq, low, operation: put('k', `${this.slot}`) } as const;
    return this.execute(command);
  }

  private execute(command: SessionCommand): string {
    this.slot += 1;
    const raw = this.store.apply(encodeCommand(command), { slot: this.slot, index: 0 });
    const result = E.getOrElseW(() => null)(decodeCommandResult(raw));
    if (result === null) throw new Error('malformed');
    return result.kind === 'refused' ? result.error : `${result.kind} ${result.revision}`;
  }
}

function sessions(name: string, off: Off<StoreFaultName>, play: (run: Sessions) => string | null): void {
  rule<StoreFaultName>(name, off, (faults) => play(new Sessions(faults)));
}

sessions(
  'a retry gets the answer of its number and is not executed again',
  {
    retryExecutesAgain: 'executed twice',
    sessionRowNotKept: 'executed twice',
    retryGetsNewest: 'another answer',
  },
  (run) => {
    const session = run.open();
    const [first] = [run.ask(session, 1), run.ask(session, 2)];
    const { executed } = run;
    const again = run.ask(session, 1);
    if (run.executed !== executed) return 'executed twice';
    return again === first ? null : `another answer: ${again}, not ${first}`;
  },
);

sessions(
  'a number below the window is refused and never executed',
  { belowExecuted: 'executed below' },
  (run) => {
    const session = run.open();
    run.ask(session, 1);
    run.ask(session, 2, 2);
    const { executed } = run;
    const late = run.ask(session, 1);
    if (run.executed !== executed) return 'executed below the window';
    return late === 'below the window' ? null : late;
  },
);

sessions('an unknown session is refused and never makes a row', { unknownSessionOpened: 'a row' }, (run) => {
  const { executed } = run;
  const answer = run.ask({ slot: 99, index: 0 }, 1);
  if (run.store.sessions.size > 0 || run.executed !== executed) return 'a row for nobody';
  return answer === 'unknown session' ? null : answer;
});

sessions(
  'an eviction is an entry, and nothing else ends a session',
  { evictionByCount: 'unknown' },
  (run) => {
    const session = run.open();
    run.open();
    const answer = run.ask(session, 1);
    return answer.startsWith('put') ? null : answer;
  },
);
