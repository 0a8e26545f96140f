/** The cell of the main job: real processes on this machine, and clients of their client ports. */
import { writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { idOf } from '../api/ids.js';
import { Client, type SessionCounts } from '../client/index.js';
import { DecreeError } from '../errors.js';
import { readCell } from '../runtime/cell-file.js';
import { LocalCell, type CellAddress } from '../runtime/cell.js';
import { exercise, type Exercise } from './exercise.js';
import type { VerifyOptions } from './options.js';
import { kvPort, type SessionPort } from './kv-port.js';
import { pickFrom } from '../history/index.js';
import type { Victims } from './nemesis.js';
import type { KvPort } from './port.js';
import type { Progress } from './progress.js';

export interface CellRun extends Exercise {
  readonly sessions: SessionsRun;
  /** One file per process start, complete. */
  readonly traceFiles: readonly string[];
}

/** What came of the sessions of all clients. */
export interface SessionsRun extends Readonly<SessionCounts> {
  /** Answers that came and were thrown away. */
  readonly lost: number;
}

/** One answer in so many is thrown away: its client must ask again, and elsewhere. */
const LOSE_ONE_IN = 12;

/** How long a replica may take to say who leads, in milliseconds. */
const STATUS_MS = 500;

/** Starts a cell, lets the clients and the nemesis at it, and stops every process cleanly. */
export async function runCell(
  options: VerifyOptions,
  directory: string,
  progress: Progress,
): Promise<CellRun> {
  const died: string[] = [];
  const cell = await LocalCell.up({
    directory,
    replicas: options.replicas,
    trace: 'file',
    onEnd: (replica, code) => died.push(`${replica} with code ${code}`),
  });
  const end = endWith(cell);
  const endpoints = cell.addresses().map(endpoint);
  const watcher = new Client({ endpoints, timeoutMs: STATUS_MS });
  let lost = 0;
  const pick = pickFrom(options.seed);
  const loseAnswer = (): boolean => {
    const loses = pick(LOSE_ONE_IN) === 0;
    if (loses) lost += 1;
    return loses;
  };
  // Every other client asks the leader itself, the others whom they know first.
  const clients = Array.from({ length: options.clients }, (_, i) =>
    kvPort(rotated(endpoints, i), { findLeader: i % 2 === 0, loseAnswer }),
  );
  progress.say(`${options.replicas} replicas serve, ${options.clients} clients begin`);
  try {
    const done = await exercise({
      clients,
      victims: victimsOf(cell, watcher),
      seed: options.seed,
      seconds: options.seconds,
      progress,
      traceFiles: () => cell.traceFiles(),
    });
    closeAll(clients, watcher);
    await cell.down();
    if (died.length > 0) throw new DecreeError('failed', `a replica ended by itself: ${died.join(', ')}`);
    const traceFiles = cell.traceFiles();
    writeManifest(directory, traceFiles);
    return { ...done, traceFiles, sessions: { ...total(clients), lost } };
  } finally {
    closeAll(clients, watcher);
    end();
  }
}

function total(clients: readonly SessionPort[]): SessionCounts {
  const sum = { sessions: 0, evicted: 0, requests: 0, retries: 0, answeredAfterDoubt: 0 };
  for (const { counts } of clients)
    for (const name of Object.keys(sum) as (keyof SessionCounts)[]) sum[name] += counts()[name];
  return sum;
}

function closeAll(clients: readonly KvPort[], watcher: Client): void {
  for (const client of clients) client.close();
  watcher.close();
}

/** Makes the folder of the traces a scenario that `decree validate` takes. */
function writeManifest(directory: string, traceFiles: readonly string[]): void {
  const cell = readCell(directory);
  const [first] = traceFiles;
  if (first === undefined || cell === null) throw new DecreeError('failed', 'the replicas wrote no trace');
  const manifest = {
    version: 1,
    cell: cell.cell,
    members: cell.members.map(({ member }) => member),
    files: traceFiles.map((file) => basename(file)),
    killed: [],
  };
  writeFileSync(join(dirname(first), 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

function victimsOf(cell: LocalCell, watcher: Client): Victims {
  return {
    leader: async () => {
      const said = await Promise.all(cell.addresses().map((one) => leads(watcher, one)));
      const newest = said.reduce((best, one) => (one.round > best.round ? one : best), NOBODY);
      return newest.replica;
    },
    kill: (replica) => cell.kill(replica),
    start: (replica) => cell.start(replica),
  };
}

interface Leads {
  readonly replica: string | null;
  readonly round: bigint;
}

const NOBODY: Leads = { replica: null, round: -1n };

/** A replica that leads by its own word, and at which round; a deposed one has a lower one. */
async function leads(watcher: Client, one: CellAddress): Promise<Leads> {
  if (one.pid === null) return NOBODY;
  const status = await watcher.status(endpoint(one));
  if (status.kind !== 'ok' || status.value.leader !== idOf(one.member)) return NOBODY;
  return { replica: one.replica, round: status.value.raftTerm };
}

function endpoint({ client }: CellAddress): string {
  return `${client.host}:${client.port}`;
}

function rotated<T>(list: readonly T[], by: number): T[] {
  const at = by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}

/** However this process ends, the replicas end with it. Answers what to call once it is over. */
function endWith(cell: LocalCell): () => void {
  const killAll = (): void => {
    for (const { pid } of cell.addresses()) {
      try {
        if (pid !== null) process.kill(pid, 'SIGKILL');
      } catch {
        // It ended meanwhile.
      }
    }
  };
  const interrupted = (signal: NodeJS.Signals): void => {
    killAll();
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.on('exit', killAll);
  process.on('SIGINT', interrupted);
  process.on('SIGTERM', interrupted);
  return () => {
    killAll();
    process.off('exit', killAll);
    process.off('SIGINT', interrupted);
    process.off('SIGTERM', interrupted);
  };
}
