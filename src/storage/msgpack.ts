/**
 * One MessagePack dialect for the log and the links: plain maps, no shared structures, bytes copied out of
 * the input.
 */
import { Packr } from 'msgpackr';

const packr = new Packr({
  useRecords: false,
  variableMapSize: true,
  copyBuffers: true,
  moreTypes: false,
  int64AsType: 'number',
});

export function pack(value: unknown): Buffer {
  return packr.pack(value);
}

/** Throws on input that is not one whole MessagePack value; the result still needs a codec. */
export function unpack(input: Uint8Array): unknown {
  // msgpackr cuts byte fields out with the class of its input: not Buffers, which compare and print
  // differently.
  const { buffer, byteOffset, byteLength } = input;
  return packr.unpack(new Uint8Array(buffer, byteOffset, byteLength)) as unknown;
}
