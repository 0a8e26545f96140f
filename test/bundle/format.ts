/**
 * The files of a bundle: what one version left on disks and on links, and what that version said it means.
 * One folder of test/fixtures/ a version:
 *
 *   bundle.json   what is in the other files (`Bundle`)
 *   birth.json    the birth record of the cell
 *   cell/         the directory of each replica, as `serve` left it
 *   traces/       the traces of that cell, a scenario
 *   wire.ndjson   one sample a line (`Sample`)
 *   entries.ndjson   the same, of what the log and the head of a snapshot hold
 */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/root.js';
import { ballot, complaint, member, natural, positive } from '../../src/storage/codecs.js';

const ballotOrNull = t.union([ballot, t.null]);

/** What a replica's directory says once it is read. */
const Summary = t.strict({
  /** Below cell/. */
  directory: t.string,
  member,
  /** Process starts, records and segments that the log holds, and whether its last start ended cleanly. */
  starts: positive,
  records: natural,
  segments: positive,
  cleanStop: t.boolean,
  /** Slots up to which the log was cut. */
  cutUpTo: natural,
  promised: ballotOrNull,
  prefix: natural,
  learnt: ballotOrNull,
  /** After the replay: the slot executed last, the epoch, and the digest of the store. */
  applied: natural,
  epoch: natural,
  digest: t.string,
  revision: positive,
  keys: natural,
  sessions: natural,
  /** Of the last configuration that is known; empty where it is that of the birth record. */
  members: t.array(member),
  /** Intact ones, the newest first: `slot digest`. */
  snapshots: t.array(t.string),
});
export type Summary = t.TypeOf<typeof Summary>;

/** A key as the running cell told it to a client; value null: there is no such key. */
const Told = t.strict({
  key: t.string,
  value: t.union([t.string, t.null]),
  createRevision: natural,
  modRevision: natural,
  version: natural,
});
export type Told = t.TypeOf<typeof Told>;

/** A numbered request that was sent twice, and its answer: both as base64. */
const Repeated = t.strict({
  session: t.string,
  seq: positive,
  low: positive,
  command: t.string,
  answer: t.string,
  /** As the running cell told it to the client. */
  revision: positive,
});
export type Repeated = t.TypeOf<typeof Repeated>;

const Bundle = t.strict(
  {
    version: t.string,
    protocol: positive,
    trace: t.strict({ version: positive, schema: t.string }),
    recordedBy: t.string,
    /** The requests and faults of the cell, in order. */
    steps: t.array(t.string),
    replicas: t.array(Summary),
    told: t.array(Told),
    repeated: Repeated,
    /** SHA-256 of every other file, by its path. */
    files: t.record(t.string, t.string),
  },
  'Bundle',
);
export type Bundle = t.TypeOf<typeof Bundle>;

/** Bytes as they are written, and what they mean: JSON with bytes as `{"$bytes": base64}`. */
const Sample = t.strict(
  {
    what: t.string,
    kind: t.keyof({ frame: null, hello: null, reply: null, ping: null, entry: null, snapshot: null }),
    /** Base64. */
    bytes: t.string,
    means: t.unknown,
  },
  'Sample',
);
export type Sample = t.TypeOf<typeof Sample>;

export const FIXTURES = join(packageRoot(), 'test', 'fixtures');
export const BUNDLE = 'bundle.json';
export const BIRTH = 'birth.json';
export const SAMPLES = ['wire.ndjson', 'entries.ndjson'] as const;

/** The version of this program. */
export function ownVersion(): string {
  const manifest = t.type({ version: t.string });
  return demand(
    manifest,
    JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')),
    'package.json',
  ).version;
}

/** The versions of which there is a bundle. */
export function versions(root = FIXTURES): readonly string[] {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

export function readBundle(folder: string): Bundle {
  const path = join(folder, BUNDLE);
  return demand(Bundle, JSON.parse(readFileSync(path, 'utf8')), path);
}

export function readSamples(folder: string, file: (typeof SAMPLES)[number]): readonly Sample[] {
  const path = join(folder, file);
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line, i) => demand(Sample, JSON.parse(line), `${path}:${i + 1}`));
}

function demand<A>(codec: t.Type<A, A>, value: unknown, where: string): A {
  const read = codec.decode(value);
  if (E.isLeft(read)) throw new Error(`${where}: ${complaint(read.left)}`);
  return read.right;
}

/** Every file below a folder but bundle.json, relative to it, with its SHA-256. */
export function hashesOf(folder: string): Readonly<Record<string, string>> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((file) => file !== BUNDLE)
    .sort();
  return Object.fromEntries(
    files.map((file) => [
      file,
      createHash('sha256')
        .update(readFileSync(join(folder, file)))
        .digest('hex'),
    ]),
  );
}

/** What differs between a folder and what its bundle.json says of its files: one line for each file. */
export function changedFiles(folder: string, { files }: Pick<Bundle, 'files'>): readonly string[] {
  const found = hashesOf(folder);
  return [...new Set([...Object.keys(files), ...Object.keys(found)])].sort().flatMap((file) => {
    if (found[file] === files[file]) return [];
    if (found[file] === undefined) return [`${file} is missing`];
    return [files[file] === undefined ? `${file} is none of the bundle` : `${file} was changed`];
  });
}

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
export const fromBase64 = (text: string): Buffer => Buffer.from(text, 'base64');

/** A value as JSON can hold it. */
export function toJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return { $bytes: base64(value) };
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toJson(inner)]));
}

/** The value that toJson() was given. */
export function fromJson(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(fromJson);
  if (typeof json !== 'object' || json === null) return json;
  if ('$bytes' in json) return new Uint8Array(fromBase64(String(json.$bytes)));
  return Object.fromEntries(Object.entries(json).map(([key, inner]) => [key, fromJson(inner)]));
}
