import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { decodeResult, encodeOperation } from '../../src/store/codec.js';
import { mayWrite, type Operation, type Result } from '../../src/store/operations.js';
import { Store } from '../../src/store/store.js';
import { someOperation } from './make.js';
import { EMPTY, execute } from './model.js';

const decoded = (raw: Uint8Array): Result =>
  E.getOrElse((): Result => expect.fail('malformed'))(decodeResult(raw));

/** Operations without a session do not depend on their place. */
const AT = { slot: 1, index: 0 };

describe('the store against a naive model', () => {
  it('answers and changes alike, whatever the operations', () => {
    const kinds = new Set<string>();
    fc.assert(
      fc.property(fc.array(someOperation, { minLength: 1, maxLength: 30 }), (operations) => {
        const store = new Store();
        let model = EMPTY;
        for (const operation of operations) {
          const [expected, next] = execute(model, operation);
          expect(decoded(store.apply(encodeOperation(operation), AT))).toEqual(expected);
          model = next;
          expect(store.revision).toBe(model.revision);
          kinds.add(expected.kind === 'refused' ? expected.error : expected.kind);
        }
        const size = model.pairs.reduce((sum, pair) => sum + pair.key.length + pair.value.length + 64, 0);
        expect([store.keys, store.size]).toEqual([model.pairs.length, size]);
      }),
      { numRuns: 600 },
    );
    expect([...kinds].sort()).toEqual([
      'delete',
      'duplicate key',
      'key is not provided',
      'key not found',
      'lease is provided',
      'lease not found',
      'multi',
      'put',
      'range',
      'revision is compacted',
      'revision is in the future',
      'value is provided',
    ]);
  });

  it('has one digest for one history, and another after any change', () => {
    fc.assert(
      fc.property(fc.array(someOperation, { maxLength: 20 }), someOperation, (operations, last) => {
        const [one, two] = [new Store(), new Store()];
        for (const operation of operations) {
          const raw = encodeOperation(operation);
          expect(two.apply(raw, AT)).toEqual(one.apply(raw, AT));
        }
        expect(two.digest()).toBe(one.digest());
        const copy = one.clone();
        const before = one.revision;
        one.execute(last);
        expect(one.digest() === two.digest()).toBe(one.revision === before);
        expect(copy.digest()).toBe(two.digest());
      }),
      { numRuns: 300 },
    );
  });

  it('reads without a change, and refuses to write on the way', () => {
    fc.assert(
      fc.property(
        fc.array(someOperation, { maxLength: 20 }),
        someOperation,
        (operations, last: Operation) => {
          const store = new Store();
          for (const operation of operations) store.execute(operation);
          const before = store.digest();
          const answer = decoded(store.read(encodeOperation(last)));
          expect(store.digest()).toBe(before);
          const writes = { kind: 'refused', revision: store.revision, error: 'malformed operation' };
          expect(answer).toEqual(mayWrite(last) ? writes : store.execute(last));
        },
      ),
      { numRuns: 300 },
    );
  });
});
