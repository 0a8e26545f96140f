import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { encodeOperation } from '../../src/store/codec.js';
import {
  decodeCommand,
  decodeCommandResult,
  encodeCommand,
  encodeCommandResult,
  looksLikeSession,
} from '../../src/store/session-codec.js';
import type { CommandResult, StoreCommand } from '../../src/store/session-commands.js';
import { bytes, put, someOperation } from './make.js';

const somePlace = fc.record({ slot: fc.nat({ max: 2 ** 40 }), index: fc.nat({ max: 100_000 }) });
const someCommand: fc.Arbitrary<StoreCommand> = fc.oneof(
  fc.record({ kind: fc.constant('open' as const) }),
  fc.record({ kind: fc.constant('evict' as const), session: somePlace, used: fc.option(somePlace) }),
  fc.record({
    kind: fc.constant('request' as const),
    session: somePlace,
    seq: fc.nat({ max: 2 ** 40 }),
    low: fc.nat({ max: 2 ** 40 }),
    operation: someOperation,
  }),
  someOperation,
);
const someResult: fc.Arbitrary<CommandResult> = fc.oneof(
  fc.record({
    kind: fc.constant('opened' as const),
    revision: fc.nat(),
    session: somePlace,
    window: fc.nat(),
  }),
  fc.record({ kind: fc.constant('evicted' as const), revision: fc.nat(), evicted: fc.boolean() }),
);

describe('commands of sessions as bytes', () => {
  it('are what they were after the way there and back', () => {
    fc.assert(
      fc.property(someCommand, someResult, (command, result) => {
        expect(decodeCommand(encodeCommand(command))).toEqual(E.right(command));
        const ofSession = ['open', 'evict', 'request'].includes(command.kind);
        expect(looksLikeSession(encodeCommand(command))).toBe(ofSession);
        expect(decodeCommandResult(encodeCommandResult(result))).toEqual(E.right(result));
      }),
      { numRuns: 300 },
    );
  });

  it('are the operation alone where there is no session', () => {
    expect(encodeCommand(put('a', '1'))).toEqual(encodeOperation(put('a', '1')));
  });

  it('take a few bytes more than the operation', () => {
    const operation = put('a', '1');
    const session = { slot: 1_000_000, index: 100 };
    const request = encodeCommand({ kind: 'request', session, seq: 1000, low: 990, operation });
    expect(request.length - encodeOperation(operation).length).toBeLessThan(20);
  });

  const packr = new Packr({ useRecords: false, int64AsType: 'bigint', moreTypes: false });
  const inner: unknown = ['s', [1, 0], 1, 1, ['d', bytes('a'), bytes(''), false]];
  it.each([
    ['a request in a request', ['s', [1, 0], 1, 1, inner]],
    ['an open in a request', ['s', [1, 0], 1, 1, ['o']]],
    ['a request in a MultiOp', ['m', [], [inner], []]],
    ['a negative number', ['s', [1, 0], -1, 1, ['d', bytes('a'), bytes(''), false]]],
    ['a place of one number', ['v', [1], null]],
  ])('are no %s', (_what, raw) => {
    expect(E.isLeft(decodeCommand(packr.pack(raw)))).toBe(true);
  });
});
