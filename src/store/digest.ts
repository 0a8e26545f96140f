/**
 * A digest of bytes and numbers, to compare the states of replicas: two 64-bit FNV-1a sums from different
 * starting points over the same bytes. Not for adversaries: whoever can choose the keys can find two states
 * with one digest.
 */
const STARTS = [0xcbf29ce484222325n, 0x84222325cbf29ce4n] as const;

export class Digest {
  private readonly first = new Lane(STARTS[0]);
  private readonly second = new Lane(STARTS[1]);

  /** Preceded by their length, so that no two lists of fields run into one. */
  bytes(input: Uint8Array): this {
    this.number(input.length);
    for (const byte of input) this.byte(byte);
    return this;
  }

  /** A whole number from 0 to 2^53 - 1, as 7 bytes. */
  number(input: number): this {
    let rest = input;
    for (let i = 0; i < 7; i++) {
      this.byte(rest % 256);
      rest = Math.floor(rest / 256);
    }
    return this;
  }

  /** 32 hexadecimal characters. */
  text(): string {
    return this.first.text() + this.second.text();
  }

  private byte(byte: number): void {
    this.first.byte(byte);
    this.second.byte(byte ^ 0x5a);
  }
}

/**
 * FNV-1a with its 64-bit prime 2^40 + 0x1b3, on two 32-bit halves: sums of BigInt would allocate at each
 * byte.
 */
class Lane {
  private high: number;
  private low: number;

  constructor(start: bigint) {
    this.high = Number(start >> 32n);
    this.low = Number(start & 0xffffffffn);
  }

  byte(byte: number): void {
    const low = (this.low ^ byte) >>> 0;
    // The prime is 2^40 + 0x1b3, so the product is (state << 40) + state * 0x1b3, modulo 2^64.
    const product = low * 0x1b3;
    const carry = Math.floor(product / 0x100000000);
    this.high = (Math.imul(this.high, 0x1b3) + carry + (low << 8)) >>> 0;
    this.low = product >>> 0;
  }

  text(): string {
    return this.high.toString(16).padStart(8, '0') + this.low.toString(16).padStart(8, '0');
  }
}
