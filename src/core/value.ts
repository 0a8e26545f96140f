/** Values are compared in full, never by length or by reference alone. */
import type { Value } from './types.js';

export function sameValue(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a.kind === 'noop' || b.kind === 'noop') return a.kind === b.kind;
  if (a.commands.length !== b.commands.length) return false;
  return a.commands.every((command, i) => {
    const other = b.commands[i];
    return other !== undefined && command.id === other.id && sameBytes(command.op, other.op);
  });
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
