/** Today's code reads what each version put on links and into its log; this version's has all kinds. */
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import * as t from 'io-ts';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/root.js';
import * as codecs from '../../src/runtime/codecs.js';
import { hello, PROTOCOL_VERSION, refusal } from '../../src/runtime/tcp/hello.js';
import { temporary } from '../runtime/temporary.js';
import { checkSample } from './check-sample.js';
import { base64, FIXTURES, fromBase64, fromJson, ownVersion, readSamples, SAMPLES } from './format.js';
import { readBundle, versions, type Bundle, type Sample } from './format.js';
import { kindsOf, notShown } from './kinds.js';

const own = (file: (typeof SAMPLES)[number]): readonly Sample[] =>
  readSamples(join(FIXTURES, ownVersion()), file);
const meaningsOf = (kind: Sample['kind']): readonly unknown[] =>
  SAMPLES.flatMap(own)
    .filter((sample) => sample.kind === kind)
    .map(({ means }) => fromJson(means));

/**
 * Of a version with another protocol: what lies on disks, and what opens a link, so that it is refused with
 * its reason. Frames never come from it.
 */
function samplesDue({ protocol }: Pick<Bundle, 'protocol'>, all: readonly Sample[]): readonly Sample[] {
  return protocol === PROTOCOL_VERSION ? all : all.filter(({ kind }) => kind !== 'frame');
}

describe.each(versions())('the samples of %s', (version) => {
  it.each(SAMPLES)('%s are read as they were meant', (file) => {
    const folder = join(FIXTURES, version);
    const samples = samplesDue(readBundle(folder), readSamples(folder, file));
    expect(samples.length).toBeGreaterThan(3);
    const check = { folder: temporary(), sameBytes: version === ownVersion() };
    expect(samples.flatMap((sample) => checkSample(sample, check) ?? [])).toEqual([]);
  });
});

describe('the samples of this version', () => {
  it('show each kind of frame, and all that a frame tells apart', () => {
    expect(notShown(codecs.frame, meaningsOf('frame'))).toEqual([]);
    expect(kindsOf(codecs.frame).size).toBeGreaterThan(60);
  });

  it('show each kind of message of src/core/messages.ts', () => {
    const source = readFileSync(join(packageRoot(), 'src', 'core', 'messages.ts'), 'utf8');
    const types = [...source.matchAll(/readonly type: '(\w+)'/g)].map(([, type]) => type);
    expect(types.length).toBeGreaterThan(12);
    const shown = meaningsOf('frame').flatMap((frame) => {
      const { parts = [] } = frame as { parts?: { type: string }[] };
      return parts.map(({ type }) => type);
    });
    expect(types.filter((type) => !shown.includes(type ?? ''))).toEqual([]);
  });

  it('show each kind of record, and all that it tells apart', () => {
    const records = meaningsOf('entry').map((entry) => (entry as { record: unknown }).record);
    expect(notShown(codecs.logRecord, records)).toEqual([]);
    expect(records).toContain(null);
    expect(notShown(t.type(codecs.begunSnapshot), meaningsOf('snapshot'))).toEqual([]);
  });

  it('have a hello, a reply of either kind and a ping', () => {
    expect(
      own('wire.ndjson')
        .filter(({ kind }) => kind !== 'frame')
        .map(({ what }) => what),
    ).toEqual([...['hello', 'reply ok true', 'reply ok false', 'ping']]);
  });
});

describe('a version with another protocol', () => {
  it('is understood well enough to be refused for it', () => {
    const [told] = meaningsOf('hello');
    if (!hello.is(told)) throw new Error('there is no hello');
    const { cell, members, alpha, leaseMs, driftPerMille } = told;
    const birth = { cell, members, alpha, leaseMs, driftPerMille };
    expect(refusal(birth, told.to, told.from, told)).toBeNull();
    const other = PROTOCOL_VERSION + 1;
    expect(refusal(birth, told.to, told.from, { ...told, protocol: other })).toBe(
      `protocol is ${other} there and ${PROTOCOL_VERSION} here`,
    );
    const kept = samplesDue({ protocol: other }, SAMPLES.flatMap(own)).map(({ kind }) => kind);
    expect([...new Set(kept)]).toEqual(['hello', 'reply', 'ping', 'entry', 'snapshot']);
  });
});

describe('a kind without a sample is named', () => {
  it('of a message, a frame, a choice, and where nothing may be', () => {
    const more = t.union([
      codecs.frame,
      t.type({ kind: t.literal('parts'), parts: t.array(t.type({ type: t.literal('Overthrow') })) }),
      t.type({ kind: t.literal('gossip') }),
      t.type({ kind: t.literal('lead'), how: t.keyof({ soon: null }), to: t.union([t.string, t.null]) }),
    ]);
    expect(notShown(more, meaningsOf('frame'))).toEqual([
      '.parts[].type = "Overthrow"',
      '.kind = "gossip"',
      '.how = "soon"',
      '.to = null',
    ]);
  });

  it('of those there are, where one is left out', () => {
    const without = meaningsOf('frame').filter((frame) => !JSON.stringify(frame).includes('"Confirm"'));
    expect(notShown(codecs.frame, without)).toEqual(['.parts[].type = "Confirm"']);
  });
});

describe('damage to a sample is noticed', () => {
  it('whichever byte it strikes', () => {
    const check = { folder: temporary(), sameBytes: true };
    let struck = 0;
    for (const sample of SAMPLES.flatMap(own)) {
      const bytes = fromBase64(sample.bytes);
      for (let at = 0; at < bytes.length; at++) {
        const copy = Buffer.from(bytes);
        copy.writeUInt8(copy.readUInt8(at) ^ (1 << (at % 8)), at);
        const found = checkSample({ ...sample, bytes: base64(copy) }, check);
        if (found === null || !found.startsWith(`${sample.what}: `))
          expect.fail(`${sample.what}, byte ${at}`);
        struck += 1;
      }
    }
    expect(struck).toBeGreaterThan(5_000);
  });

  it('as is another meaning', () => {
    const [first] = own('wire.ndjson');
    if (first === undefined) throw new Error('there is no sample');
    const means = { ...(first.means as object), alpha: 9 };
    expect(checkSample({ ...first, means }, { folder: temporary(), sameBytes: true })).toBe(
      'hello: it means something else',
    );
  });
});
