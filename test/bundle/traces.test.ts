/** The traces of each version: accepted where their schema is today's, else refused by both hashes. */
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { merge } from '../../conformance/merge/merge.js';
import { validateTrace } from '../../conformance/trace/validate.js';
import { schemaHash } from '../../src/trace/format.js';
import { describeWithTlc } from '../conformance/with-tlc.js';
import { temporary } from '../runtime/temporary.js';
import { FIXTURES, ownVersion, readBundle, versions } from './format.js';

const folderOf = (version: string): string => join(FIXTURES, version, 'traces');
const schemaOf = (version: string): string => readBundle(join(FIXTURES, version)).trace.schema;
const refusal = (schema: string): RegExp => new RegExp(`schema ${schema}; this program's is ${schemaHash()}`);

/** Why a folder of traces cannot be read, or null. */
function refusedAs(folder: string): string | null {
  const read = merge([folder]);
  if (!('failure' in read)) return null;
  return read.failure.reason;
}

describe.each(versions())('the traces of %s', (version) => {
  it('have the schema that the bundle names', () => {
    const files = readdirSync(folderOf(version)).filter((file) => file.endsWith('.ndjson'));
    expect(files.length).toBeGreaterThanOrEqual(5);
    for (const file of files) {
      const [head = ''] = readFileSync(join(folderOf(version), file), 'utf8').split('\n');
      expect(JSON.parse(head)).toMatchObject({ kind: 'header', schema: schemaOf(version) });
    }
  });

  it('are read, or refused for their schema', () => {
    const refused = refusedAs(folderOf(version));
    if (schemaOf(version) === schemaHash()) expect(refused).toBeNull();
    else expect(refused).toMatch(refusal(schemaOf(version)));
  });
});

describe('a trace of another schema', () => {
  it('is refused by name, with both hashes', () => {
    const folder = join(temporary(), 'traces');
    cpSync(folderOf(ownVersion()), folder, { recursive: true });
    const [file = ''] = readdirSync(folder).filter((name) => name.endsWith('.ndjson'));
    const text = readFileSync(join(folder, file), 'utf8');
    writeFileSync(join(folder, file), text.replace(schemaHash(), 'feedfeedfeedfeed'));
    expect(refusedAs(folder)).toMatch(refusal('feedfeedfeedfeed'));
    expect(merge([folder])).toMatchObject({ failure: { file: join(folder, file), line: 1 } });
  });
});

describeWithTlc('the traces of each version whose schema is today', (tlc) => {
  const readable = versions().filter((version) => schemaOf(version) === schemaHash());

  it('are accepted', { timeout: 120_000 }, async () => {
    expect(readable).toContain(ownVersion());
    for (const version of readable) {
      const folder = folderOf(version);
      const one = await validateTrace({ name: version, files: [folder] }, { tlc });
      expect(one, version).toMatchObject({ verdict: 'accepted', replicas: 4 });
    }
  });
});
