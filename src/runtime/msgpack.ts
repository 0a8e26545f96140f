/** One MessagePack dialect for the log and the links: plain maps, no shared structures, bytes copied out of the input. */
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
  return packr.unpack(input) as unknown;
}
