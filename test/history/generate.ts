/** Random histories made by really running the store under overlapping clients, so that they are right. */
import { EMPTY, execute, kvModel, Recorder } from '../../src/history/index.js';
import type { Guard, History, KvInput, KvOutput, Operation } from '../../src/history/index.js';

export type KvHistory = History<KvInput, KvOutput>;
export type KvOperation = Operation<KvInput, KvOutput>;

/** Uniform integers in [0, below) from one seed (mulberry32). */
export function numbers(seed: number): (below: number) => number {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

export interface Options {
  readonly seed: number;
  readonly operations: number;
  readonly clients: number;
  readonly keys: number;
  /** One operation in so many is never answered; 0: all are. */
  readonly openOneIn: number;
  /** Distinct values put; small numbers make different orders look the same. */
  readonly values?: number;
}

interface Busy {
  readonly operation: number;
  readonly input: KvInput;
  output: KvOutput | null;
  lost: boolean;
}

/** A linearizable history: each operation takes effect at a random moment of its interval. */
export function generate(options: Options): KvHistory {
  const pick = numbers(options.seed);
  const recorder = new Recorder<KvInput, KvOutput>();
  const clients: (Busy | null)[] = Array.from({ length: options.clients }, () => null);
  const lost: Busy[] = [];
  let state = EMPTY;
  let made = 0;
  const run = (busy: Busy): void => {
    const step = execute(state, busy.input);
    state = step.state;
    busy.output = step.output;
  };
  while (made < options.operations || clients.some((busy) => busy !== null)) {
    const at = pick(options.clients);
    const busy = clients[at] ?? null;
    if (busy === null) {
      if (made >= options.operations) continue;
      const input = randomInput(pick, options, made++);
      const isLost = options.openOneIn > 0 && pick(options.openOneIn) === 0;
      clients[at] = { operation: recorder.invoke(at, input), input, output: null, lost: isLost };
    } else if (busy.lost) {
      // Its client gave up; it may still happen at any later time, or never.
      lost.push(busy);
      clients[at] = null;
    } else if (busy.output === null) {
      run(busy);
    } else {
      recorder.answer(busy.operation, busy.output);
      clients[at] = null;
    }
    if (lost.length > 0 && pick(4) === 0) {
      const late = lost.splice(pick(lost.length), 1)[0] as Busy;
      if (pick(3) > 0) run(late);
    }
  }
  return recorder.history();
}

function randomInput(pick: (below: number) => number, options: Options, serial: number): KvInput {
  const key = (): string => `k${String(pick(options.keys)).padStart(3, '0')}`;
  const value = options.values === undefined ? `v${serial}` : `v${pick(options.values)}`;
  const span = (): { key: string; end?: string } =>
    pick(3) === 0 ? { key: 'k', end: 'l' } : pick(3) === 0 ? { key: key(), end: '\0' } : { key: key() };
  const previous = pick(2) === 0 ? { wantPrevious: true } : {};
  switch (pick(8)) {
    case 0:
    case 1:
    case 2:
      return { kind: 'put', key: key(), value, ...previous };
    case 3:
    case 4:
      return { kind: 'range', ...span(), ...(pick(4) === 0 ? { limit: 2 } : {}) };
    case 5:
      return { kind: 'delete', ...(pick(4) === 0 ? span() : { key: key() }), ...previous };
    default: {
      const [a, b] = [key(), key()];
      const guard: Guard =
        pick(2) === 0
          ? { key: a, target: 'version', is: '=', than: pick(3) }
          : { key: a, target: 'value', is: '=', than: `v${pick(serial + 1)}` };
      const read: KvInput = { kind: 'range', key: 'k', end: 'l' };
      return {
        kind: 'txn',
        guards: [guard],
        then: [{ kind: 'put', key: a, value: `${value}a` }, ...(a === b ? [] : [putOf(b, value)]), read],
        otherwise: pick(2) === 0 ? [read] : [{ kind: 'put', key: a, value: `${value}e` }],
      };
    }
  }
}

function putOf(key: string, value: string): KvInput {
  return { kind: 'put', key, value: `${value}b` };
}

/**
 * The plain definition, for short histories: tries every order, with no memory and no hook of the model.
 * Open operations may be left out.
 */
export function bruteForce(history: KvHistory): boolean {
  const end = (op: KvOperation): number => (op.end.kind === 'answered' ? op.end.at : Infinity);
  const tryRest = (state: ReturnType<typeof kvModel.init>, rest: readonly KvOperation[]): boolean => {
    if (rest.every((op) => op.end.kind === 'open')) return true;
    const first = Math.min(...rest.map(end));
    return rest.some((op) => {
      if (op.invoked > first) return false;
      const next = kvModel.step(state, op.input, op.end.kind === 'answered' ? op.end.output : undefined);
      const others = rest.filter((other) => other !== op);
      return next !== null && tryRest(next, others);
    });
  };
  return tryRest(kvModel.init(), history);
}

/** The history with one operation changed. */
export function replaced(
  history: KvHistory,
  at: number,
  change: (op: KvOperation) => KvOperation,
): KvHistory {
  return history.map((op, i) => (i === at ? change(op) : op));
}
