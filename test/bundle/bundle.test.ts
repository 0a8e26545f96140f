/** Today's code reads what each version left on its disks and links (test/fixtures), and notices damage. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROTOCOL_VERSION } from '../../src/runtime/tcp/hello.js';
import { schemaHash, TRACE_VERSION } from '../../src/trace/format.js';
import { temporary } from '../runtime/temporary.js';
import { cellFaults } from './check-bundle.js';
import { BIRTH, BUNDLE, changedFiles, FIXTURES, ownVersion, readBundle, versions } from './format.js';
import { hashesOf, type Bundle } from './format.js';
import { notHappened } from './happened.js';

/** A copy of a version's bundle: nothing here may change the one that is kept. */
function copyOf(version: string): { readonly folder: string; readonly bundle: Bundle } {
  const folder = join(temporary(), version);
  cpSync(join(FIXTURES, version), folder, { recursive: true });
  return { folder, bundle: readBundle(folder) };
}

/** Turns one bit of a file round. */
function flip(path: string, offset: number): void {
  const bytes = readFileSync(path);
  bytes.writeUInt8(bytes.readUInt8(offset) ^ 0x10, offset);
  writeFileSync(path, bytes);
}

describe.each(versions())('the bundle of %s', (version) => {
  it('is as it was recorded, and names no place of the machine', () => {
    const folder = join(FIXTURES, version);
    const bundle = readBundle(folder);
    expect(bundle.version).toBe(version);
    expect(changedFiles(folder, bundle), 'a released bundle is never changed').toEqual([]);
    const texts = Object.keys(bundle.files).map((file) => [file, readFileSync(join(folder, file), 'latin1')]);
    expect(texts.filter(([, text = '']) => /\/(tmp|home|root|work|Users)\//.test(text))).toEqual([]);
  });

  it('has the state of each replica, and the answer to a request that is sent again', () => {
    const { folder, bundle } = copyOf(version);
    expect(bundle.replicas.map(({ directory }) => directory)).toEqual(
      readdirSync(join(folder, 'cell')).sort(),
    );
    expect(cellFaults(folder, bundle)).toEqual([]);
    expect(changedFiles(folder, bundle), 'reading changes nothing').toEqual([]);
  });
});

describe('the bundle of this version', () => {
  it('exists, and is of its protocol and its trace schema: npm run fixtures:record', () => {
    expect(versions()).toContain(ownVersion());
    const { protocol, trace } = readBundle(join(FIXTURES, ownVersion()));
    expect(protocol).toBe(PROTOCOL_VERSION);
    expect(trace).toEqual({ version: TRACE_VERSION, schema: schemaHash() });
  });

  it('is of a cell to which everything happened', () => {
    const { folder, bundle } = copyOf(ownVersion());
    expect(notHappened(folder, bundle)).toEqual([]);
  });

  it('would be refused by its recorder where something had not happened', () => {
    const { folder, bundle } = copyOf(ownVersion());
    const [trace = ''] = readdirSync(join(folder, 'traces')).filter((file) => file.endsWith('-2.ndjson'));
    rmSync(join(folder, 'traces', trace));
    const all = bundle.replicas.map((one) => ({ ...one, sessions: 0, cutUpTo: 0 }));
    expect(notHappened(folder, { ...bundle, replicas: all, told: [] })).toEqual([
      ...['two logs that were cut', 'one session, and a hand-over'],
      ...['a key that was deleted', 'keys that were put again', 'no event Restart'],
    ]);
  });
});

describe('damage is noticed and named', () => {
  const version = ownVersion();
  /** What is found of one replica with one bit of a file turned round, at each of these parts of it. */
  const damaged = (file: string, parts: readonly number[]): readonly string[] => {
    const { folder, bundle } = copyOf(version);
    const [, directory] = file.split('/');
    const replicas = bundle.replicas.filter((one) => one.directory === directory);
    expect(replicas).toHaveLength(1);
    return parts.map((part) => {
      const offset = Math.floor(part * readFileSync(join(folder, file)).length);
      flip(join(folder, file), offset);
      expect(changedFiles(folder, bundle)).toEqual([`${file} was changed`]);
      const [first = ''] = cellFaults(folder, { ...bundle, replicas });
      flip(join(folder, file), offset);
      return first;
    });
  };
  const log = Object.keys(hashesOf(join(FIXTURES, version))).filter((file) =>
    /\/log\/.*\.(log|snap)$/.test(file),
  );
  it('looks at logs and snapshots', () => {
    expect(log.filter((file) => file.endsWith('.log')).length).toBeGreaterThan(6);
    expect(log.filter((file) => file.endsWith('.snap')).length).toBeGreaterThan(5);
  });

  it.each(log)('%s', (file) => {
    for (const found of damaged(file, [0, 0.2, 0.4, 0.6, 0.8, 0.9999])) {
      expect(found.startsWith(`${file.split('/')[1]}: `), found).toBe(true);
      expect(found).toContain(basename(file));
    }
  });

  it.each(['cut', 'marker.json'])('the note %s', (name) => {
    const file = Object.keys(hashesOf(join(FIXTURES, version))).find((one) => one.endsWith(`/${name}`)) ?? '';
    for (const found of damaged(file, [0, 0.5])) expect(found).toContain(name);
  });

  it('the birth record', () => {
    const { folder, bundle } = copyOf(version);
    const path = join(folder, BIRTH);
    writeFileSync(path, readFileSync(path, 'utf8').replace('"alpha": 8', '"alpha": 9'));
    expect(changedFiles(folder, bundle)).toEqual(['birth.json was changed']);
    expect(cellFaults(folder, bundle)[0]).toMatch(/^r\S+: not of the cell of birth\.json$/);
  });

  it('another state, another answer, another key than the bundle says', () => {
    const { folder, bundle } = copyOf(version);
    const [one, ...others] = bundle.replicas.toReversed();
    const [key, ...keys] = bundle.told;
    if (one === undefined || key === undefined) throw new Error('the bundle is empty');
    const changed: Bundle = {
      ...bundle,
      replicas: [{ ...one, digest: '0'.repeat(32), prefix: one.prefix + 1 }, ...others],
      told: [{ ...key, value: 'another' }, ...keys],
      repeated: { ...bundle.repeated, answer: 'AAAA' },
    };
    const found = cellFaults(folder, changed).filter((line) => line.startsWith(`${one.directory}: `));
    expect(found.map((line) => line.slice(one.directory.length + 2).replace(/ (is|again) .*/, ''))).toEqual([
      ...['prefix', 'digest'],
      ...[`key ${key.key}`, 'the request sent'],
    ]);
  });

  it('a file that is gone, or is none of the bundle', () => {
    const { folder, bundle } = copyOf(version);
    mkdirSync(join(folder, 'more'));
    writeFileSync(join(folder, 'more', 'file'), '');
    expect(changedFiles(folder, bundle)).toEqual([join('more', 'file is none of the bundle')]);
    const gone = { ...bundle, files: { ...bundle.files, 'cell/gone': '00' } };
    expect(changedFiles(folder, gone)).toContain('cell/gone is missing');
  });

  it('a bundle.json of another shape', () => {
    const { folder, bundle } = copyOf(version);
    writeFileSync(join(folder, BUNDLE), JSON.stringify({ ...bundle, protocol: 'one' }));
    expect(() => readBundle(folder)).toThrow(/bundle\.json: protocol: expected an integer >= 1/);
  });
});
