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

export const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
