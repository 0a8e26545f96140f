/** What two replicas tell each other before the first frame, and why one of them may hang up. */
import * as t from 'io-ts';
import type { Birth, Member } from '../../core/types.js';
import * as codecs from '../../storage/codecs.js';

export const PROTOCOL_VERSION = 1;

/** Loose on purpose: another version must be understood well enough to be refused with its reason. */
export const hello = t.type({
  protocol: t.number,
  cell: t.string,
  from: t.string,
  to: t.string,
  members: t.readonlyArray(t.string),
  alpha: t.number,
  leaseMs: t.number,
  driftPerMille: t.number,
});
export type Hello = t.TypeOf<typeof hello>;

export const reply = t.union([
  t.type({ ok: t.literal(true), hello }),
  t.type({ ok: t.literal(false), reason: t.string }),
]);
export type Reply = t.TypeOf<typeof reply>;

export function helloOf(birth: Birth, from: Member, to: Member): Hello {
  const { cell, members, alpha, leaseMs, driftPerMille } = birth;
  return { protocol: PROTOCOL_VERSION, cell, from, to, members, alpha, leaseMs, driftPerMille };
}

/** Why the other side of a link is refused, or null. `peer` is null where it is not known who dials. */
export function refusal(birth: Birth, self: Member, peer: Member | null, told: Hello): string | null {
  const ours = helloOf(birth, self, told.from);
  for (const field of ['protocol', 'cell', 'alpha', 'leaseMs', 'driftPerMille'] as const) {
    if (told[field] !== ours[field]) {
      return `${field} is ${String(told[field])} there and ${String(ours[field])} here`;
    }
  }
  if (told.members.join() !== ours.members.join()) {
    return `members are ${told.members.join(', ')} there and ${ours.members.join(', ')} here`;
  }
  if (told.to !== self) return `it looks for ${told.to}, this is ${self}`;
  if (told.from === self) return 'it has the identity of this replica';
  // Who joins later is named by no birth record; what it says counts where a configuration names it.
  if (!codecs.member.is(told.from)) return `${told.from} is no member id`;
  if (peer !== null && told.from !== peer) return `it is ${told.from}, expected ${peer}`;
  return null;
}
