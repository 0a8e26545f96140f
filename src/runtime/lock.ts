/** One process a directory: a lock file that names the process which holds it. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { DecreeError, hasCode } from '../errors.js';
import * as codecs from './codecs.js';
import { createFile, readIfThere } from './files.js';

const holder = t.type({ pid: codecs.positive, born: t.string });

export interface Lock {
  /** The process id of a dead holder whose lock was taken over, or null. */
  readonly takenOverFrom: number | null;
  release(): void;
}

/** Takes the lock of a directory or throws `inUse`. A dead holder's lock is taken over. */
export function lockDirectory(directory: string): Lock {
  const path = join(directory, 'lock');
  const mine = `${JSON.stringify({ pid: process.pid, born: bornAt(process.pid) })}\n`;
  let takenOverFrom: number | null = null;
  for (let attempt = 0; attempt < 10; attempt += 1) {
    if (createFile(path, mine)) return { takenOverFrom, release: () => releaseLock(path, mine) };
    const theirs = readIfThere(path);
    if (theirs === null) continue;
    const pid = livingHolder(theirs.toString('utf8'));
    if (pid !== null) {
      throw new DecreeError(
        'inUse',
        `${directory} is in use by process ${pid} (${path}): stop that one first`,
      );
    }
    takenOverFrom = pidOf(theirs.toString('utf8'));
    setAside(path, theirs);
  }
  throw new DecreeError('inUse', `${directory}: other processes keep taking ${path}; try again`);
}

/** The living process that holds the lock of a directory, or null. */
export function holderOf(directory: string): number | null {
  const found = fs.existsSync(directory) ? readIfThere(join(directory, 'lock')) : null;
  return found === null ? null : livingHolder(found.toString('utf8'));
}

function releaseLock(path: string, mine: string): void {
  if (readIfThere(path)?.toString('utf8') === mine) fs.unlinkSync(path);
}

/**
 * Removes a dead holder's lock. It is renamed first and looked at again: if another process took the lock
 * over between the reading and the renaming, that process gets its lock back.
 */
function setAside(path: string, expected: Buffer): void {
  const aside = `${path}.${process.pid}.stale`;
  try {
    fs.renameSync(path, aside);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  if (!fs.readFileSync(aside).equals(expected)) fs.linkSync(aside, path);
  fs.unlinkSync(aside);
}

function parse(text: string): t.TypeOf<typeof holder> | null {
  try {
    const decoded = holder.decode(JSON.parse(text));
    return E.isRight(decoded) ? decoded.right : null;
  } catch {
    return null;
  }
}

function pidOf(text: string): number {
  return parse(text)?.pid ?? 0;
}

function livingHolder(text: string): number | null {
  const found = parse(text);
  if (found === null || !isAlive(found.pid)) return null;
  const born = bornAt(found.pid);
  return born === '' || found.born === '' || born === found.born ? found.pid : null;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return state(pid) !== 'Z';
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

/**
 * Fields of /proc/PID/stat after the command name, which may itself hold spaces; empty where there is no
 * /proc.
 */
function stat(pid: number): readonly string[] {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

function state(pid: number): string {
  return stat(pid)[0] ?? '';
}

/**
 * When the process began, in ticks since boot: tells a process from a later one with the same id. Empty if
 * unknown.
 */
export function bornAt(pid: number): string {
  return stat(pid)[19] ?? '';
}
