/** Values are compared in full, never by length or by reference alone. */
import { equalBallots } from './ballot.js';
import type { NamedConfiguration, Value } from './types.js';

export function sameValue(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a.kind === 'noop' || b.kind === 'noop') return a.kind === b.kind;
  if (a.kind === 'configuration')
    return b.kind === 'configuration' && configurationText(a) === configurationText(b);
  if (b.kind === 'configuration') return false;
  if (a.kind === 'mark' || b.kind === 'mark')
    return a.kind === 'mark' && b.kind === 'mark' && equalBallots(a.ballot, b.ballot);
  if (a.epoch !== b.epoch) return false;
  if (a.commands.length !== b.commands.length) return false;
  return a.commands.every((command, i) => {
    const other = b.commands[i];
    return other !== undefined && command.id === other.id && sameBytes(command.op, other.op);
  });
}

/** All that a configuration says, in one order. */
export function configurationText({ id, members, learners, addresses }: NamedConfiguration): string {
  const places = Object.entries(addresses).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([
    id,
    members,
    learners.map((one) => [one.member, one.promote, one.replaces]),
    places,
  ]);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
