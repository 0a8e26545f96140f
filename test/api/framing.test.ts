import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, UnaryBody } from '../../src/api/grpc/frame.js';
import { decodeMessage, encodeMessage } from '../../src/api/grpc/status.js';
import { formatTimeout, parseTimeout } from '../../src/api/grpc/timeout.js';

describe('frames', () => {
  it('bring a message back, wherever the body is cut', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 40 }),
        fc.array(fc.nat(45), { maxLength: 4 }),
        (message, cuts) => {
          const frame = encodeFrame(message);
          const body = new UnaryBody(40);
          let from = 0;
          for (const cut of [...cuts, frame.length].sort((a, b) => a - b)) {
            body.push(frame.subarray(from, Math.max(from, Math.min(cut, frame.length))));
            from = Math.max(from, Math.min(cut, frame.length));
          }
          expect(new Uint8Array(body.end() ?? [])).toEqual(message);
        },
      ),
    );
  });

  it('are refused where they are too long, cut, compressed or two', () => {
    const of = (...chunks: Buffer[]): UnaryBody => {
      const body = new UnaryBody(4);
      for (const chunk of chunks) body.push(chunk);
      return body;
    };
    const frame = encodeFrame(new Uint8Array([1, 2, 3, 4]));
    expect(() => of(encodeFrame(new Uint8Array(5)))).toThrow('larger than max (5 vs. 4)');
    expect(() => of(frame, frame)).toThrow('more than one message');
    expect(() => of(Buffer.concat([Buffer.from([1]), frame.subarray(1)]))).toThrow('compressed');
    expect(() => of(frame.subarray(0, 8)).end()).toThrow('inside a message');
    expect(() => of(frame.subarray(0, 3)).end()).toThrow('inside a message');
    expect(of().end()).toBeNull();
  });
});

describe('headers', () => {
  it('carry any text of a status', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const encoded = encodeMessage(text);
        expect(encoded).toMatch(/^[\x20-\x7e]*$/);
        expect(decodeMessage(encoded)).toBe(Buffer.from(text, 'utf8').toString('utf8'));
      }),
    );
    expect(encodeMessage('100 % größer\n')).toBe('100 %25 gr%C3%B6%C3%9Fer%0A');
    expect(decodeMessage('%zz')).toBe('%zz');
  });

  it.each([
    ['1H', 3_600_000],
    ['2M', 120_000],
    ['3S', 3000],
    ['40m', 40],
    ['1500u', 2],
    ['1n', 1],
    ['99999999H', 2 ** 31 - 1],
    ['', undefined],
    ['5', undefined],
    ['123456789m', undefined],
    ['-1S', undefined],
    ['1s', undefined],
  ])('carry a timeout: %s', (header, ms) => {
    expect(parseTimeout(header)).toBe(ms);
  });

  it('are written so that they are read again', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99_999_999 }), (ms) => {
        expect(parseTimeout(formatTimeout(ms))).toBe(ms);
      }),
    );
    expect(formatTimeout(1e9)).toBe('1000000S');
    expect(formatTimeout(0.2)).toBe('1m');
  });
});
