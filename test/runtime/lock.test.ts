import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bornAt, holderOf, isAlive, lockDirectory } from '../../src/runtime/lock.js';
import { temporary } from './temporary.js';

const write = (directory: string, pid: number, born: string): void =>
  fs.writeFileSync(join(directory, 'lock'), JSON.stringify({ pid, born }));

describe('the lock of a directory', () => {
  it('is held once and free again after its release', () => {
    const directory = temporary();
    const lock = lockDirectory(directory);
    expect(lock.takenOverFrom).toBeNull();
    expect(holderOf(directory)).toBe(process.pid);
    expect(() => lockDirectory(directory)).toThrow(`is in use by process ${process.pid}`);
    lock.release();
    lock.release();
    expect(holderOf(directory)).toBeNull();
    expect(fs.readdirSync(directory)).toEqual([]);
    lockDirectory(directory).release();
  });

  it('is taken over from a process that is dead', async () => {
    const directory = temporary();
    const child = spawn(process.execPath, ['-e', '0']);
    const pid = child.pid ?? 0;
    await new Promise((resolve) => child.on('exit', resolve));
    write(directory, pid, '1');
    expect(isAlive(pid)).toBe(false);
    expect(holderOf(directory)).toBeNull();
    expect(lockDirectory(directory).takenOverFrom).toBe(pid);
    expect(holderOf(directory)).toBe(process.pid);
  });

  it('is not held by a later process with the same id', () => {
    const directory = temporary();
    if (bornAt(process.pid) === '') return expect(fs.existsSync('/proc/self/stat')).toBe(false);
    write(directory, process.pid, '1');
    expect(holderOf(directory)).toBeNull();
    expect(lockDirectory(directory).takenOverFrom).toBe(process.pid);
  });

  it('that cannot be read is taken over: it is written whole or not at all', () => {
    const directory = temporary();
    fs.writeFileSync(join(directory, 'lock'), '{"pid":');
    expect(lockDirectory(directory).takenOverFrom).toBe(0);
  });
});
