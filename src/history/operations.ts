/** The operations of the workload: few keys, so that clients meet; unique values, so that answers tell. */
import type { Guard, KvInput, KvOutput, Pair, Result } from './kv-types.js';
import type { Pick } from './pick.js';

const KEYS = 12;
const FOLDER = 'shared/';
/** The end of the range of all keys below the folder. */
const FOLDER_END = 'shared0';

const keyAt = (index: number): string => `${FOLDER}${String(index).padStart(2, '0')}`;

/** What one client asks for, given what it saw last. */
export class Operations {
  private serial = 0;
  private readonly seen = new Map<string, Pair>();

  constructor(
    private readonly client: number,
    private readonly pick: Pick,
  ) {}

  /** Of 100: 44 puts, 8 deletes, 32 reads of one key or of a range, 16 Txns. */
  next(): KvInput {
    const kind = this.pick(100);
    if (kind < 44) return this.put(this.key());
    if (kind < 50) return { kind: 'delete', key: this.key(), ...this.previous() };
    if (kind < 52) return { kind: 'delete', ...this.span(), ...this.previous() };
    if (kind < 70) return { kind: 'range', key: this.key() };
    if (kind < 80) return { kind: 'range', key: FOLDER, end: FOLDER_END };
    if (kind < 84) return { kind: 'range', ...this.span(), limit: 1 + this.pick(4) };
    return this.txn();
  }

  /** Remembers the pairs of an answer: guards are made of them. */
  saw(output: KvOutput): void {
    for (const pair of pairsOf(output.result)) this.seen.set(pair.key, pair);
  }

  private txn(): KvInput {
    const [a, b] = this.twoKeys();
    const all: KvInput = { kind: 'range', key: FOLDER, end: FOLDER_END };
    switch (this.pick(4)) {
      case 0:
        // As locks are taken: created once, else tell who has it.
        return {
          kind: 'txn',
          guards: [{ key: a, target: 'created', is: '=', than: 0 }],
          then: [this.put(a)],
          otherwise: [{ kind: 'range', key: a }],
        };
      case 1:
        // Compare and swap on what was seen last.
        return {
          kind: 'txn',
          guards: [this.guard(a)],
          then: [this.put(a), { kind: 'range', key: b }],
          otherwise: [{ kind: 'range', key: a }],
        };
      case 2:
        // A move between two keys, and the range in which both must show.
        return {
          kind: 'txn',
          guards: [this.guard(a)],
          then: [{ kind: 'delete', key: a, wantPrevious: true }, this.put(b), all],
          otherwise: [this.put(a), this.put(b), all],
        };
      default:
        return { kind: 'txn', guards: [], then: [this.put(a), this.put(b)], otherwise: [] };
    }
  }

  private guard(key: string): Guard {
    const pair = this.seen.get(key);
    if (pair === undefined) return { key, target: 'version', is: '=', than: 0 };
    switch (this.pick(4)) {
      case 0:
        return { key, target: 'value', is: '=', than: pair.value };
      case 1:
        return { key, target: 'modified', is: '=', than: pair.modified };
      case 2:
        return { key, target: 'version', is: '>', than: pair.version - 1 };
      default:
        return { key, target: 'created', is: '!=', than: 0 };
    }
  }

  private put(key: string): KvInput {
    return { kind: 'put', key, value: `${this.client}.${this.serial++}`, ...this.previous() };
  }

  private previous(): { wantPrevious?: true } {
    return this.pick(3) === 0 ? { wantPrevious: true } : {};
  }

  private key(): string {
    return keyAt(this.pick(KEYS));
  }

  private twoKeys(): [string, string] {
    const first = this.pick(KEYS);
    return [keyAt(first), keyAt((first + 1 + this.pick(KEYS - 1)) % KEYS)];
  }

  private span(): { key: string; end: string } {
    const first = this.pick(KEYS);
    return { key: keyAt(first), end: keyAt(first + 1 + this.pick(4)) };
  }
}

function pairsOf(result: Result): readonly Pair[] {
  if (result.kind === 'range') return result.pairs;
  return result.kind === 'txn' ? result.results.flatMap(pairsOf) : [];
}
