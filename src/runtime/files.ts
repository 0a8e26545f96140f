/** Writing files so that a crash leaves the old bytes or the new ones, and the directory knows the file. */
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { hasCode } from '../errors.js';

/** Makes entries created, renamed or removed in the directory durable. */
export function syncDirectory(directory: string): void {
  const fd = fs.openSync(directory, 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** Written aside, synced, renamed, directory synced. */
export function replaceFile(path: string, content: string | Uint8Array): void {
  const aside = writeAside(path, content);
  fs.renameSync(aside, path);
  syncDirectory(dirname(path));
}

/** As replaceFile, but false and nothing changed where the file is there already. */
export function createFile(path: string, content: string | Uint8Array): boolean {
  const aside = writeAside(path, content);
  try {
    fs.linkSync(aside, path);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    fs.unlinkSync(aside);
  }
  syncDirectory(dirname(path));
  return true;
}

function writeAside(path: string, content: string | Uint8Array): string {
  const aside = join(dirname(path), `.${basename(path)}.${process.pid}.new`);
  const fd = fs.openSync(aside, 'w');
  try {
    fs.writeFileSync(fd, content);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
  return aside;
}

/** The content, or null where there is no such file. */
export function readIfThere(path: string): Buffer | null {
  try {
    return fs.readFileSync(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}
