import { describe, expect, it } from 'vitest';
import type { Operation, RangeOperation, Result } from '../../src/store/operations.js';
import { Store } from '../../src/store/store.js';
import { FROM, bytes, del, multi, put, range, revisionGuard, text, valueGuard } from './make.js';

function storeWith(...operations: Operation[]): Store {
  const store = new Store();
  for (const operation of operations) expect(store.execute(operation).kind).not.toBe('refused');
  return store;
}

/** `key=value@create/mod#version` of each pair, and what was cut. */
function shown(result: Result): string {
  if (result.kind !== 'range') return JSON.stringify(result);
  const pairs = result.pairs.map(
    (p) => `${text(p.key)}=${text(p.value)}@${p.createRevision}/${p.modRevision}#${p.version}`,
  );
  return [...pairs, ...(result.more ? ['more'] : []), `of ${result.count}`].join(' ');
}

describe('revisions', () => {
  it('begin at 1 and go up once per operation that changes something', () => {
    const store = new Store();
    expect(store.revision).toBe(1);
    store.execute(put('a', '1'));
    store.execute(put('a', '2'));
    store.execute(put('b', '1'));
    expect(shown(store.execute(range('a', { rangeEnd: FROM })))).toBe('a=2@2/3#2 b=1@4/4#1 of 2');
    expect(store.revision).toBe(4);
  });

  it('stay where nothing is deleted, read or refused', () => {
    const store = storeWith(put('a', '1'));
    store.execute(del('b'));
    store.execute(del('c', 'z'));
    store.execute(range('a'));
    store.execute(multi([], [range('a'), del('x')]));
    store.execute(put('', '1'));
    expect(store.revision).toBe(2);
  });

  it('are shared by the parts of a MultiOp', () => {
    const store = storeWith(put('a', '1'), multi([], [put('b', '2'), del('a'), put('c', '3')]));
    expect(store.revision).toBe(3);
    expect(shown(store.execute(range('a', { rangeEnd: FROM })))).toBe('b=2@3/3#1 c=3@3/3#1 of 2');
  });

  it('begin anew for a key that was deleted', () => {
    const store = storeWith(put('a', '1'), put('a', '2'), del('a'), put('a', '3'));
    expect(shown(store.execute(range('a')))).toBe('a=3@5/5#1 of 1');
  });

  it('allow a read at the current one only', () => {
    const store = storeWith(put('a', '1'), put('a', '2'));
    expect(shown(store.execute(range('a', { revision: 3 })))).toBe('a=2@2/3#2 of 1');
    expect(store.execute(range('a', { revision: 2 }))).toMatchObject({ error: 'revision is compacted' });
    expect(store.execute(range('a', { revision: 4 }))).toMatchObject({ error: 'revision is in the future' });
  });
});

describe('ranges', () => {
  const store = storeWith(
    put('a', '9'),
    put('aa', '8'),
    put('ab', '7'),
    put('b', '6'),
    put('aa', '5'),
    put('\xff', '4'),
  );
  const cases: readonly (readonly [string, string, Partial<RangeOperation>, string])[] = [
    ['one key', 'a', {}, 'a of 1'],
    ['a key that is not there', 'ac', {}, 'of 0'],
    ['up to an end', 'a', { rangeEnd: bytes('b') }, 'a aa ab of 3'],
    ['a prefix', 'aa', { rangeEnd: bytes('ab') }, 'aa of 1'],
    ['from a key on', 'ab', { rangeEnd: FROM }, 'ab b ÿ of 3'],
    ['all keys', '\0', { rangeEnd: FROM }, 'a aa ab b ÿ of 5'],
    ['an end below the key', 'b', { rangeEnd: bytes('a') }, 'of 0'],
    ['a limit', 'a', { rangeEnd: FROM, limit: 2 }, 'a aa more of 5'],
    ['a limit that just suffices', 'a', { rangeEnd: FROM, limit: 5 }, 'a aa ab b ÿ of 5'],
    ['descending', 'a', { rangeEnd: FROM, sortOrder: 'descend', limit: 2 }, 'ÿ b more of 5'],
    ['by value', 'a', { rangeEnd: FROM, sortOrder: 'ascend', sortTarget: 'value' }, 'ÿ aa b ab a of 5'],
    ['by creation', 'a', { rangeEnd: FROM, sortOrder: 'descend', sortTarget: 'create' }, 'ÿ b ab aa a of 5'],
    ['by change', 'a', { rangeEnd: FROM, sortOrder: 'ascend', sortTarget: 'mod' }, 'a ab b aa ÿ of 5'],
    ['by version', 'a', { rangeEnd: FROM, sortOrder: 'descend', sortTarget: 'version' }, 'aa a ab b ÿ of 5'],
    ['a target without an order', 'a', { rangeEnd: FROM, sortTarget: 'mod' }, 'a ab b aa ÿ of 5'],
    ['the count alone', 'a', { rangeEnd: FROM, countOnly: true }, 'of 5'],
    ['changed since', 'a', { rangeEnd: FROM, minModRevision: 5 }, 'aa b ÿ of 5'],
    ['changed until', 'a', { rangeEnd: FROM, maxModRevision: 4 }, 'a ab of 5'],
    ['created since', 'a', { rangeEnd: FROM, minCreateRevision: 4 }, 'ab b ÿ of 5'],
    ['created until, cut', 'a', { rangeEnd: FROM, maxCreateRevision: 4, limit: 2 }, 'a aa more of 5'],
  ];
  it.each(cases)('%s', (_, key, more, expected) => {
    expect(shown(store.execute(range(key, more))).replaceAll(/=\S+/g, '')).toBe(expected);
  });

  it('leave out values on demand', () => {
    const answer = store.execute(range('a', { keysOnly: true }));
    expect(answer).toMatchObject({ pairs: [{ key: bytes('a'), value: new Uint8Array(0), modRevision: 2 }] });
  });

  it('compare bytes without sign', () => {
    const all = storeWith(put('\x7f', '1'));
    all.execute({ ...put('', '2'), key: new Uint8Array([0x80]) });
    all.execute({ ...put('', '3'), key: new Uint8Array([0xff, 0]) });
    const answer = all.execute(range('\x7f', { rangeEnd: new Uint8Array([0xff]) }));
    expect(answer).toMatchObject({ pairs: [{ key: bytes('\x7f') }, { key: new Uint8Array([0x80]) }] });
  });
});

describe('MultiOps', () => {
  it('take one branch by their guards, all of which must hold', () => {
    const store = storeWith(put('a', '1'));
    const guards = [valueGuard('a', 'equal', '1'), revisionGuard('version', 'b', 'equal', 0)];
    const both = multi(guards, [put('b', 'yes')], [put('b', 'no')]);
    expect(store.execute(both)).toMatchObject({ succeeded: true });
    expect(store.execute(both)).toMatchObject({ succeeded: false });
    expect(shown(store.execute(range('b')))).toBe('b=no@3/4#2 of 1');
  });

  it('fail a guard on the value of a key that is not there, whatever the relation', () => {
    const store = new Store();
    for (const relation of ['equal', 'not equal', 'less', 'greater'] as const) {
      expect(store.execute(multi([valueGuard('a', relation, '')], []))).toMatchObject({ succeeded: false });
    }
  });

  it('test a guard on every key of its range', () => {
    const store = storeWith(put('a1', 'x'), put('a2', 'x'));
    const all = multi([valueGuard('a', 'equal', 'x', 'b')], []);
    expect(store.execute(all)).toMatchObject({ succeeded: true });
    store.execute(put('a3', 'y'));
    expect(store.execute(all)).toMatchObject({ succeeded: false });
  });

  it('test nested guards before anything is written, and read what was written before', () => {
    const store = storeWith(put('a', 'old'));
    const nested = multi([valueGuard('a', 'equal', 'old')], [range('a')]);
    const answer = store.execute(multi([], [put('a', 'new'), nested, range('a', { revision: 2 })]));
    expect(answer).toMatchObject({
      revision: 3,
      results: [
        { kind: 'put' },
        { succeeded: true, results: [{ revision: 3, pairs: [{ value: bytes('new') }] }] },
        { kind: 'range', pairs: [{ value: bytes('old') }] },
      ],
    });
  });

  it('do nothing at all where one part is refused', () => {
    const store = storeWith(put('a', '1'));
    const digest = store.digest();
    const refused: readonly (readonly [Operation, string])[] = [
      [multi([], [put('b', '2'), range('a', { revision: 9 })]), 'revision is in the future'],
      [multi([], [put('b', '2'), put('c', '', { ignoreValue: true })]), 'key not found'],
      [multi([], [put('b', '2', { lease: 5n })]), 'lease not found'],
      [multi([], [put('b', '2'), put('b', '3')]), 'duplicate key'],
      [multi([], [del('a', 'c'), put('b', '3')]), 'duplicate key'],
      [multi([], [], [put('', '3')]), 'key is not provided'],
    ];
    for (const [operation, error] of refused) {
      expect(store.execute(operation)).toEqual({ kind: 'refused', revision: 2, error });
    }
    expect(store.digest()).toBe(digest);
  });

  it('check the branch that is taken only, where the fault lies in the state', () => {
    const store = storeWith(put('a', '1'));
    const guarded = multi(
      [revisionGuard('mod', 'a', 'equal', 2)],
      [range('a')],
      [put('b', '', { lease: 5n })],
    );
    expect(store.execute(guarded)).toMatchObject({ kind: 'multi', succeeded: true });
  });
});

describe('puts and deletes', () => {
  it('answer with what was there, where asked', () => {
    const store = storeWith(put('a', '1'));
    expect(store.execute(put('a', '2', { previous: true }))).toMatchObject({
      previous: { value: bytes('1') },
    });
    expect(store.execute(put('a', '3'))).toMatchObject({ previous: null });
    expect(store.execute(del('a', '', true))).toMatchObject({
      deleted: 1,
      previous: [{ value: bytes('3') }],
    });
  });

  it('keep the value on demand', () => {
    const store = storeWith(put('a', '1'), put('a', '', { ignoreValue: true }));
    expect(shown(store.execute(range('a')))).toBe('a=1@2/3#2 of 1');
    expect(store.execute(put('b', '', { ignoreLease: true }))).toMatchObject({ error: 'key not found' });
  });
});

describe('an answer above the bound', () => {
  const whole = range('a', { rangeEnd: FROM });
  const filled = (): Store => {
    const store = new Store(10_000);
    for (let i = 0; i < 5; i += 1) store.execute(put(`a${i}`, 'v'.repeat(1_000)));
    return store;
  };
  const cases: [string, Operation][] = [
    ['many ranges', multi([], [whole, whole])],
    ['ranges of nested MultiOps', multi([], [multi([], [whole]), multi([], [whole])])],
    ['a range after writes', multi([], [put('b', 'x'.repeat(6_000)), del('a0'), whole])],
    ['pairs before their deletion', multi([], [whole, del('a', '\0', true)])],
    ['pairs before their change', multi([], [whole, ...[0, 1, 2, 3, 4].map((i) => previousOf(`a${i}`))])],
  ];

  it.each(cases)('is refused, and nothing is changed: %s', (_, operation) => {
    const store = filled();
    const before = [store.digest(), store.size, store.revision];
    expect(store.execute(operation)).toEqual({ kind: 'refused', revision: 6, error: 'answer is too large' });
    expect([store.digest(), store.size, store.revision]).toEqual(before);
    expect(shown(store.execute(put('z', '1')))).toContain('"revision":7');
  });

  it('does not count what stays out of it', () => {
    const store = filled();
    const parts = [{ keysOnly: true }, { countOnly: true }, { limit: 2 }, { limit: 2 }, { limit: 2 }];
    const narrow = parts.map((more) => range('a', { rangeEnd: FROM, ...more }));
    expect(store.execute(multi([], [...narrow, del('a', '\0')]))).toMatchObject({ kind: 'multi' });
    expect(store.keys).toBe(0);
  });

  function previousOf(key: string): Operation {
    return put(key, 'new', { previous: true });
  }
});
