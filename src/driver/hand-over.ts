/** What is handed to the operating system before anything that rests on it leaves. */
import { DecreeError } from '../errors.js';

export function handOver(write: () => void): void {
  try {
    write();
  } catch (error) {
    const advice = 'make room for the trace or put it elsewhere, then start this replica again';
    throw new DecreeError('disk', `the trace could not be handed to the system: ${textOf(error)}; ${advice}`);
  }
}

/** What ended a replica, with a name of its own. */
export function named(what: string, error: unknown): DecreeError {
  if (error instanceof DecreeError) return error;
  return new DecreeError('internal', `${what} failed: ${textOf(error)}`);
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
