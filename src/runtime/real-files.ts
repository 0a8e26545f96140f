/** The log's files on the file system of the machine. */
import * as fs from 'node:fs';
import { hasCode } from '../errors.js';
import type { Files } from '../storage/files.js';
import { readIfThere, syncDirectory } from './files.js';

export const realFiles: Files = {
  list: (directory) => {
    try {
      return fs.readdirSync(directory);
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return null;
      throw error;
    }
  },
  read: readIfThere,
  readAt: (path, offset, length) => {
    const fd = openIfThere(path);
    if (fd === null) return null;
    try {
      const bytes = Buffer.allocUnsafe(length);
      return bytes.subarray(0, fs.readSync(fd, bytes, 0, length, offset));
    } finally {
      fs.closeSync(fd);
    }
  },
  size: (path) => fs.statSync(path, { throwIfNoEntry: false })?.size ?? null,
  create: (path) => fs.openSync(path, 'wx'),
  reopen: (path) => fs.openSync(path, 'r+'),
  write: (fd, data, from, length, offset) => fs.writeSync(fd, data, from, length, offset),
  fdatasync: (fd, done) => fs.fdatasync(fd, (error) => done(error)),
  fdatasyncSync: (fd) => fs.fdatasyncSync(fd),
  truncate: (fd, length) => fs.ftruncateSync(fd, length),
  unlink: (path) => fs.unlinkSync(path),
  unlinkLater: (path) => fs.unlink(path, () => undefined),
  rename: (from, to) => fs.renameSync(from, to),
  syncDirectory,
  close: (fd) => fs.closeSync(fd),
};

function openIfThere(path: string): number | null {
  try {
    return fs.openSync(path, 'r');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}
