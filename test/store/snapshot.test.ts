/** The whole state as parts of bytes: what is written is read again, and wrong parts are refused. */
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { encodeCommand } from '../../src/store/session-codec.js';
import { SessionTable, type SavedRow } from '../../src/store/sessions.js';
import { PartReader, writeParts, type Frozen } from '../../src/store/snapshot.js';
import { Store } from '../../src/store/store.js';
import { orderedMap } from '../../src/store/ordered-map.js';
import { bytes, put } from './make.js';

const WINDOW = 5;
const packr = new Packr({ useRecords: false, int64AsType: 'bigint', moreTypes: false });

/** The parts of a store, read to a new one. */
function copyOf(store: Store): Store {
  const copy = new Store();
  const reader = copy.reader();
  const parts = store.snapshot();
  for (let next = parts.next(); next.done !== true; next = parts.next()) reader.part(next.value);
  copy.restore(reader.end());
  return copy;
}

const allParts = (frozen: Frozen): Uint8Array[] => [...writeParts(frozen)];

describe('a store as parts of bytes', () => {
  it('is the same store again, with its pairs, revisions, size and sessions', () => {
    const someKey = fc.integer({ min: 0, max: 300 });
    fc.assert(
      fc.property(fc.array(someKey, { maxLength: 600 }), fc.nat({ max: 4 }), (keys, sessions) => {
        const store = new Store();
        for (let slot = 1; slot <= sessions; slot++) {
          const session = { slot, index: 0 };
          store.apply(encodeCommand({ kind: 'open' }), session);
          const operation = put('s', `${slot}`);
          const request = encodeCommand({ kind: 'request', session, seq: 2, low: 1, operation });
          store.apply(request, { slot: 10 + slot, index: 0 });
        }
        for (const [i, key] of keys.entries()) store.execute(put(`${key}`, 'x'.repeat(i)));
        const copy = copyOf(store);
        expect(copy.digest()).toBe(store.digest());
        expect([copy.revision, copy.keys, copy.size]).toEqual([store.revision, store.keys, store.size]);
        expect([...copy.sessions.byUse()]).toEqual([...store.sessions.byUse()]);
      }),
      { numRuns: 50 },
    );
  });

  it('shows the state as it was when it began, whatever comes after', () => {
    const store = new Store();
    for (let i = 0; i < 1_000; i++) store.execute(put(`${i}`, 'before'));
    store.apply(encodeCommand({ kind: 'open' }), { slot: 1, index: 0 });
    const digest = store.digest();
    const parts = store.snapshot();
    const reader = new Store().reader();
    for (let next = parts.next(), i = 0; next.done !== true; next = parts.next(), i++) {
      reader.part(next.value);
      store.execute(put(`${i}`, 'after'));
      store.apply(encodeCommand({ kind: 'open' }), { slot: 2 + i, index: 0 });
    }
    const copy = new Store();
    copy.restore(reader.end());
    expect(copy.digest()).toBe(digest);
    expect(store.digest()).not.toBe(digest);
  });

  it('answers a retry of before from its row', () => {
    const store = new Store();
    const session = { slot: 1, index: 0 };
    store.apply(encodeCommand({ kind: 'open' }), session);
    const request = encodeCommand({ kind: 'request', session, seq: 1, low: 1, operation: put('a', '1') });
    const answer = store.apply(request, { slot: 2, index: 0 });
    const copy = copyOf(store);
    expect(copy.apply(request, { slot: 3, index: 0 })).toEqual(answer);
    expect(copy.revision).toBe(store.revision);
  });
});

it('has the epoch, and stores of different epochs have different digests', () => {
  const store = new Store();
  const before = store.digest();
  store.mark();
  store.mark();
  expect(store.digest()).not.toBe(before);
  const reader = new Store().reader();
  const parts = store.snapshot();
  for (let next = parts.next(); next.done !== true; next = parts.next()) reader.part(next.value);
  const copy = new Store();
  copy.restore(reader.end());
  expect([copy.epoch, copy.digest(), copy.clone().epoch]).toEqual([2, store.digest(), 2]);
});

const tableOf = (rows: readonly SavedRow[]): SessionTable => {
  const table = new SessionTable(WINDOW);
  for (const row of rows) expect(table.add(row)).toBe(true);
  return table;
};
const frozen = (sessions: SessionTable): Frozen => ({ revision: 9, epoch: 2, pairs: orderedMap(), sessions });

describe('the table of sessions in parts', () => {
  const someRows = fc.array(
    fc.record({ seqs: fc.uniqueArray(fc.integer({ min: 3, max: 5 }), { maxLength: 3 }), long: fc.boolean() }),
    { maxLength: 5 },
  );

  it('is the same table again, long rows in pieces, and the same bytes', () => {
    fc.assert(
      fc.property(someRows, (drawn) => {
        const rows = drawn.map(({ seqs, long }, slot): SavedRow => {
          const answer = bytes('a'.repeat(long ? 40_000 : 1));
          const answers = seqs.sort().map((seq) => ({ seq, answer }));
          return { session: { slot, index: 0 }, low: 1, used: { slot: 100 + slot, index: 0 }, answers };
        });
        const parts = allParts(frozen(tableOf(rows)));
        expect(Math.max(...parts.map(({ length }) => length))).toBeLessThan(100_000);
        const reader = new PartReader(new SessionTable(WINDOW));
        for (const part of parts) reader.part(part);
        const { sessions, revision } = reader.end();
        expect(revision).toBe(9);
        // Compared as bytes: matchers take each byte of an answer for itself.
        expect(sessions.size).toBe(rows.length);
        expect(Buffer.concat(allParts(frozen(sessions))).equals(Buffer.concat(parts))).toBe(true);
        const lengths = (some: Iterable<SavedRow>): unknown =>
          [...some].map(({ answers, ...row }) => [
            row,
            answers.map(({ seq, answer }) => [seq, answer.length]),
          ]);
        expect(lengths(sessions.rows())).toEqual(lengths(rows));
      }),
      { numRuns: 100 },
    );
  });

  const row = (slot: number, used: number, answers: readonly number[], low = 1, more = false): unknown => [
    ...[[slot, 0], low, [used, 0]],
    answers.map((seq) => [seq, bytes('')]),
    more,
  ];
  it.each([
    ['a session twice', [row(1, 1, []), row(1, 2, [])]],
    ['two uses at one place', [row(1, 3, []), row(2, 3, [])]],
    ['an answer below the window', [row(1, 1, [1], 2)]],
    ['an answer above the window', [row(1, 1, [6])]],
    ['answers out of order', [row(1, 1, [3, 2])]],
    ['pieces out of order', [row(1, 1, [3], 1, true), row(1, 1, [2])]],
    ['a piece of another row', [row(1, 1, [3], 1, true), row(2, 1, [4])]],
    ['a low of 0', [row(1, 1, [], 0)]],
    ['a row of four fields', [[[1, 0], 1, [1, 0], []]]],
  ])('refuses %s', (_what, rows) => {
    const reader = new PartReader(new SessionTable(WINDOW));
    reader.part(packr.pack(['store', 1, WINDOW, 0]));
    expect(() => reader.part(packr.pack(['sessions', rows]))).toThrow();
  });

  it('refuses parts at the wrong place, rows without an end, and another window', () => {
    const begun = (): PartReader => {
      const reader = new PartReader(new SessionTable(WINDOW));
      reader.part(packr.pack(['store', 1, WINDOW, 0]));
      return reader;
    };
    expect(() => begun().part(packr.pack(['store', 1, WINDOW, 0]))).toThrow('wrong place');
    const open = begun();
    open.part(packr.pack(['sessions', [row(1, 1, [3], 1, true)]]));
    expect(() => open.end()).toThrow('inside a row');
    expect(() => open.part(packr.pack(['pairs', []]))).toThrow('without its end');
    const another = new PartReader(new SessionTable(WINDOW));
    expect(() => another.end()).toThrow('without its first part');
    expect(() => another.part(packr.pack(['store', 1, WINDOW + 1, 0]))).toThrow('another window');
    expect(() => begun().part(packr.pack('pairs'))).toThrow('no part');
  });
});
