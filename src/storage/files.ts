/**
 * What the log needs of a file system, one method per call that it makes. The real one is
 * src/runtime/real-files.ts, the simulated one src/sim/files.ts. Calls throw errors with Node's codes
 * (ENOENT, EEXIST, EIO, ENOSPC, ...).
 */
export interface Files {
  /** The names in a directory in no order, or null where there is no such directory. */
  list(directory: string): readonly string[] | null;
  /** The whole content, or null where there is no such file. */
  read(path: string): Buffer | null;
  /** Up to `length` bytes from an offset on, or null where there is no such file. */
  readAt(path: string, offset: number, length: number): Buffer | null;
  /** The size in bytes, or null where there is no such file. */
  size(path: string): number | null;
  /** Makes an empty file, its entry not durable yet, and opens it for writing; EEXIST where there is one. */
  create(path: string): number;
  /** Opens a file that exists for writing. */
  reopen(path: string): number;
  /** Writes `length` bytes of data from index `from` at an offset of the file; gives how many were taken. */
  write(fd: number, data: Uint8Array, from: number, length: number, offset: number): number;
  /** Makes content and size durable, then calls done once, never inside this call. */
  fdatasync(fd: number, done: (error: Error | null) => void): void;
  fdatasyncSync(fd: number): void;
  truncate(fd: number, length: number): void;
  unlink(path: string): void;
  /**
   * The same at some time after this call: the blocks of a large file take the system milliseconds. Where it
   * fails or the process ends before, the file is still there: for what is looked for and removed again.
   */
  unlinkLater(path: string): void;
  /** Gives a file another name, in place of the file that has it. */
  rename(from: string, to: string): void;
  /** Makes entries created or removed in the directory durable. */
  syncDirectory(directory: string): void;
  close(fd: number): void;
}

/** A write may take only a part: the rest is written after it, and a file that takes nothing is an error. */
export function writeAll(files: Files, fd: number, data: Uint8Array, offset: number): void {
  for (let from = 0; from < data.length;) {
    const taken = files.write(fd, data, from, data.length - from, offset + from);
    if (taken <= 0) throw new Error('the file takes no more bytes');
    from += taken;
  }
}
