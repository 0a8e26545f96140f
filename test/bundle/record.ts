/**
 * `npm run fixtures:record`: writes test/fixtures/<version>/ anew, from a real cell and from samples of each
 * kind. Nothing is replaced before what was recorded was read back and found to be what the cell told.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { findTlc } from '../../conformance/tlc/find.js';
import { validateTraces } from '../../conformance/trace/validate.js';
import { describe } from '../../conformance/trace/verdict.js';
import { packageRoot } from '../../src/root.js';
import { PROTOCOL_VERSION } from '../../src/runtime/tcp/hello.js';
import { schemaHash, TRACE_VERSION } from '../../src/trace/format.js';
import { recordCell, type CellRecord } from './cell-run.js';
import { cellFaults, isLast, repeatedIn } from './check-bundle.js';
import {
  BIRTH,
  BUNDLE,
  FIXTURES,
  hashesOf,
  ownVersion,
  readBundle,
  type Bundle,
  type Sample,
} from './format.js';
import { notHappened } from './happened.js';
import { openCell } from './read.js';
import { entrySamples, wireSamples } from './samples.js';

/** All of a bundle; the repository keeps one for each version. In bytes. */
const LARGEST = 600_000;

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const version = ownVersion();
refuseReleased(version);
const work = mkdtempSync(join(tmpdir(), 'decree-record-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));
const run = await recordCell(join(work, 'cell'));
const folder = join(work, 'bundle');
fill(folder, run);
writeBundle(folder, run);
await check(folder);
const target = join(FIXTURES, version);
rmSync(target, { recursive: true, force: true });
mkdirSync(FIXTURES, { recursive: true });
cpSync(folder, target, { recursive: true });
process.stdout.write(`test/fixtures/${version}: ${sizeOf(target)} bytes\n`);

function refuseReleased(of: string): void {
  const tags = execFileSync('git', ['tag', '--list', `v${of}`], { cwd: packageRoot(), encoding: 'utf8' });
  if (tags.trim() === '') return;
  throw new Error(`${of} is released: its bundle is never changed; give package.json its next version first`);
}

/** Everything but bundle.json. */
function fill(folder: string, { directories, birth, traces }: CellRecord): void {
  for (const directory of directories) {
    const to = join(folder, 'cell', basename(directory));
    cpSync(directory, to, { recursive: true });
    // Who holds the directory, and snapshots that were not done: nothing of the version's formats.
    rmSync(join(to, 'lock'), { force: true });
    for (const name of readdirSync(join(to, 'log'))) if (name.endsWith('.new')) rmSync(join(to, 'log', name));
  }
  cpSync(birth, join(folder, BIRTH));
  cpSync(traces, join(folder, 'traces'), { recursive: true });
  const lines = (samples: readonly Sample[]): string =>
    samples.map((one) => `${JSON.stringify(one)}\n`).join('');
  writeFileSync(join(folder, 'wire.ndjson'), lines(wireSamples()));
  writeFileSync(join(folder, 'entries.ndjson'), lines(entrySamples()));
}

function writeBundle(folder: string, { steps, told, repeated: { key, revision } }: CellRecord): void {
  const cell = openCell(folder);
  const replicas = cell.map(({ summary }) => summary);
  const last = cell.find(({ summary }) => isLast(summary, replicas));
  if (last === undefined) throw new Error('the cell has no replica');
  const bundle: Bundle = {
    version,
    protocol: PROTOCOL_VERSION,
    trace: { version: TRACE_VERSION, schema: schemaHash() },
    recordedBy: 'npm run fixtures:record',
    ...{ steps: [...steps], replicas, told: [...told] },
    repeated: repeatedIn(last, key, revision),
    files: hashesOf(folder),
  };
  writeFileSync(join(folder, BUNDLE), `${JSON.stringify(bundle, null, 2)}\n`);
}

async function check(folder: string): Promise<void> {
  const bundle = readBundle(folder);
  const faults = [...cellFaults(folder, bundle), ...notHappened(folder, bundle), ...leaks(folder)];
  if (faults.length > 0)
    throw new Error(`what was recorded is not what was to be recorded:\n${faults.join('\n')}`);
  const size = sizeOf(folder);
  if (size > LARGEST) throw new Error(`${size} bytes, more than ${LARGEST}: let the cell do less`);
  const tlc = findTlc();
  if ('missing' in tlc) throw new Error(`the traces of a bundle must be accepted: ${tlc.missing}`);
  for (const one of await validateTraces([join(folder, 'traces')], { tlc }))
    if (one.verdict !== 'accepted') throw new Error(describe(one));
}

/** What tells of the machine of the recording. */
function leaks(folder: string): readonly string[] {
  const told = [hostname(), homedir(), tmpdir(), packageRoot()].filter((text) => text.length > 4);
  return Object.keys(hashesOf(folder)).flatMap((file) => {
    const bytes = readFileSync(join(folder, file));
    return told.filter((text) => bytes.includes(text)).map((text) => `${file} names ${text}`);
  });
}

function sizeOf(folder: string): number {
  const files = [...Object.keys(hashesOf(folder)), BUNDLE];
  return files.reduce((sum, file) => sum + readFileSync(join(folder, file)).length, 0);
}
