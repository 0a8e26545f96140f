/** The cell of the main job: real processes on this machine, and clients of their client ports. */
import { writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { SessionCounts } from '../client/index.js';
import { DecreeError } from '../errors.js';
import { readCell } from '../runtime/cell-file.js';
import { LocalCell } from '../runtime/cell.js';
import { exercise, type Exercise } from './exercise.js';
import type { VerifyOptions } from './options.js';
import { kvPort, type SessionPort } from './kv-port.js';
import { pickFrom } from '../history/index.js';
import { traceFileName } from '../trace/writer.js';
import type { KvPort } from './port.js';
import type { Progress } from './progress.js';
import { CellVictims, endpoint } from './victims.js';

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
  const victims = new CellVictims(cell);
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
      victims,
      seed: options.seed,
      seconds: options.seconds,
      progress,
      traceFiles: () => cell.traceFiles(),
    });
    closeAll(clients, victims);
    await cell.down();
    if (died.length > 0) throw new DecreeError('failed', `a replica ended by itself: ${died.join(', ')}`);
    const traceFiles = cell.traceFiles();
    writeManifest(directory, traceFiles, victims.gone);
    return { ...done, traceFiles, sessions: { ...total(clients), lost } };
  } finally {
    closeAll(clients, victims);
    end();
  }
}

function total(clients: readonly SessionPort[]): SessionCounts {
  const sum = { sessions: 0, evicted: 0, requests: 0, retries: 0, answeredAfterDoubt: 0 };
  for (const { counts } of clients)
    for (const name of Object.keys(sum) as (keyof SessionCounts)[]) sum[name] += counts()[name];
  return sum;
}

function closeAll(clients: readonly KvPort[], victims: CellVictims): void {
  for (const client of clients) client.close();
  victims.close();
}

/** Makes the folder of the traces a scenario that `decree validate` takes. */
function writeManifest(directory: string, traceFiles: readonly string[], gone: readonly string[]): void {
  const cell = readCell(directory);
  const [first] = traceFiles;
  if (first === undefined || cell === null) throw new DecreeError('failed', 'the replicas wrote no trace');
  const files = traceFiles.map((file) => basename(file));
  const manifest = {
    version: 1,
    cell: cell.cell,
    members: [...new Set([...cell.members.map(({ member }) => member), ...gone])].sort(),
    files,
    // A member has one file a start, and starts count from 1.
    killed: gone.map((member) =>
      traceFileName(member, files.filter((file) => file.startsWith(`${member}-`)).length),
    ),
  };
  writeFileSync(join(dirname(first), 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
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
