import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codecs } from '../../src/api/proto/codec.js';

const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, 1n, -1n, 2n ** 31n, 2n ** 32n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)),
);
const uint64 = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.constantFrom(0n, 2n ** 63n, 2n ** 64n - 1n),
);
const bytes = fc.uint8Array({ maxLength: 8 });
const header = fc.record({ clusterId: uint64, memberId: uint64, revision: int64, raftTerm: uint64 });
const keyValue = fc.record({
  key: bytes,
  createRevision: int64,
  modRevision: int64,
  version: int64,
  value: bytes,
  lease: int64,
});

describe('64-bit fields', () => {
  it('survive the way there and back', () => {
    fc.assert(
      fc.property(keyValue, header, int64, uint64, (pair, head, signed, unsigned) => {
        expect(codecs.keyValue.decode(codecs.keyValue.encode(pair))).toEqual(pair);
        const range = { header: head, kvs: [pair, pair], more: true, count: signed };
        expect(codecs.rangeResponse.decode(codecs.rangeResponse.encode(range))).toEqual(range);
        const member = {
          id: unsigned,
          name: 'r1',
          peerUrls: ['a', 'b'],
          clientUrls: [],
          isLearner: true,
          decreeMember: '',
        };
        const list = { header: head, members: [member], decreeBirth: '' };
        expect(codecs.memberListResponse.decode(codecs.memberListResponse.encode(list))).toEqual(list);
      }),
      { numRuns: 300 },
    );
  });

  it('are written as any other implementation writes them', () => {
    const hex = (raw: Uint8Array): string => Buffer.from(raw).toString('hex');
    // Field 3 of type varint, then 2^53 + 1 in groups of seven bits.
    expect(hex(codecs.rangeRequest.encode({ limit: 2n ** 53n + 1n }))).toBe('188180808080808010');
    // A negative int64 takes ten bytes.
    expect(hex(codecs.rangeRequest.encode({ revision: -1n }))).toBe('20ffffffffffffffffff01');
    expect(hex(codecs.statusResponse.encode({ leader: 2n ** 64n - 1n }))).toBe('20ffffffffffffffffff01');
  });
});

describe('messages', () => {
  it('tell a member of a choice that is there from one that is not', () => {
    const txn = {
      compare: [
        {
          result: 1,
          target: 3,
          key: new Uint8Array([1]),
          rangeEnd: new Uint8Array([2]),
          value: new Uint8Array(),
        },
        { result: 0, target: 0, key: new Uint8Array([1]), rangeEnd: new Uint8Array(), version: 0n },
        { result: 0, target: 4, key: new Uint8Array([1]), rangeEnd: new Uint8Array(), lease: -5n },
      ],
      success: [{ requestTxn: { compare: [], success: [], failure: [] } }, {}],
      failure: [],
    };
    const decoded = codecs.txnRequest.decode(codecs.txnRequest.encode(txn));
    expect(decoded).toEqual(txn);
    expect(decoded.compare[0]).not.toHaveProperty('version');
    expect(decoded.success[1]).toEqual({});
  });

  it('carry the range end of a compare in field 64', () => {
    const encoded = codecs.txnRequest.encode({ compare: [{ rangeEnd: new Uint8Array([7]) }] });
    expect(Buffer.from(encoded).toString('hex')).toBe('0a04' + '8204' + '0107');
  });

  it('have a default for whatever is missing, and skip what they do not know', () => {
    const put = { key: new Uint8Array(), value: new Uint8Array(), lease: 0n, prevKv: false };
    expect(codecs.putRequest.decode(new Uint8Array())).toEqual({
      ...put,
      ignoreValue: false,
      ignoreLease: false,
    });
    // Field 99 of type varint.
    expect(codecs.putRequest.decode(new Uint8Array([0x98, 0x06, 0x05]))).toMatchObject(put);
  });

  it('are refused where the bytes are none', () => {
    expect(() => codecs.putRequest.decode(new Uint8Array([0x0a, 0x63, 0x01]))).toThrow();
    let nested = new Uint8Array(0);
    const wrap = (inner: Uint8Array): Uint8Array<ArrayBuffer> => {
      const length: number[] = [];
      for (let rest = inner.length; ; rest >>>= 7) {
        length.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
        if (rest <= 0x7f) break;
      }
      return new Uint8Array([...length, ...inner]);
    };
    // A Txn (field 4 of an operation) in an operation (field 2 of a Txn), over and over.
    for (let i = 0; i < 200; i++)
      nested = new Uint8Array([0x12, ...wrap(new Uint8Array([0x22, ...wrap(nested)]))]);
    expect(() => codecs.txnRequest.decode(nested)).toThrow();
  });
});
