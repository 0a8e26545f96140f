/** Changes of the configuration as requests: what may be asked, what comes of it, what the value is. */
import type { Learner, Member, NamedConfiguration, Slot } from '../core/types.js';

/** Who votes and who listens, with the addresses as they were told. */
export type Membership = Pick<NamedConfiguration, 'members' | 'learners' | 'addresses'>;

export type Change =
  /** A learner, which has to catch up; with `promote` it becomes a member by itself once it has. */
  | {
      readonly kind: 'add';
      readonly member: Member;
      readonly address: string;
      readonly promote: boolean;
      /** Removed by the same change that makes the learner a member; null: nobody. */
      readonly replaces: Member | null;
    }
  | { readonly kind: 'remove'; readonly member: Member }
  /** Makes a learner a member, in the place of whom it was added for. */
  | { readonly kind: 'promote'; readonly member: Member }
  /** Any set of members and learners may follow any set. */
  | { readonly kind: 'become'; readonly members: readonly Member[] };

export type Refusal =
  | 'no leader'
  | 'leader changed'
  | 'timed out'
  | 'stopping'
  | 'a change is under way'
  | 'no such member'
  | 'a member already'
  | 'no learner'
  | 'no member would be left'
  | 'not caught up';

/**
 * After `slot` the change is answered: a quorum of the new members has it and all before it on its disks, and
 * removed ones may be destroyed. After 'timed out' and 'leader changed' it may have been made or not.
 */
export type ChangeAnswer =
  | { readonly ok: true; readonly slot: Slot; readonly membership: Membership }
  | { readonly ok: false; readonly reason: Refusal };

/** What the change makes of the membership, or why it makes nothing. */
export function changed(before: Membership, change: Change): Membership | Refusal {
  const { members, learners, addresses } = before;
  switch (change.kind) {
    case 'add': {
      const { member, address, promote, replaces } = change;
      if (isNamed(before, member)) return 'a member already';
      if (replaces !== null && !members.includes(replaces)) return 'no such member';
      const added = [...learners, { member, promote, replaces }];
      return { members, learners: added.sort(byMember), addresses: { ...addresses, [member]: address } };
    }
    case 'remove':
      if (!isNamed(before, change.member)) return 'no such member';
      return without(before, change.member);
    case 'promote': {
      const learner = learners.find(({ member }) => member === change.member);
      if (learner === undefined) return members.includes(change.member) ? 'no learner' : 'no such member';
      return promoted(before, learner);
    }
    case 'become': {
      if (change.members.length === 0) return 'no member would be left';
      if (change.members.some((member) => !isNamed(before, member))) return 'no such member';
      const wanted = [...new Set(change.members)].sort();
      const rest = learners.filter(({ member }) => !wanted.includes(member));
      return { members: wanted, learners: rest, addresses: addressesOf(wanted, rest, addresses) };
    }
  }
}

/** A learner that is to become a member by itself. */
export function dueLearner({ learners }: Membership): Learner | undefined {
  return learners.find(({ promote }) => promote);
}

export function promoted(before: Membership, { member, replaces }: Learner): Membership {
  const members = [...before.members.filter((one) => one !== replaces), member].sort();
  const learners = before.learners.filter((one) => one.member !== member);
  return { members, learners, addresses: addressesOf(members, learners, before.addresses) };
}

function without(before: Membership, member: Member): Membership | Refusal {
  const members = before.members.filter((one) => one !== member);
  if (members.length === 0) return 'no member would be left';
  const learners = before.learners.filter((one) => one.member !== member);
  return { members, learners, addresses: addressesOf(members, learners, before.addresses) };
}

function isNamed({ members, learners }: Membership, member: Member): boolean {
  return members.includes(member) || learners.some((one) => one.member === member);
}

function addressesOf(
  members: readonly Member[],
  learners: readonly Learner[],
  addresses: Membership['addresses'],
): Membership['addresses'] {
  const named = [...members, ...learners.map(({ member }) => member)];
  return Object.fromEntries(Object.entries(addresses).filter(([member]) => named.includes(member)));
}

const byMember = (a: Learner, b: Learner): number => (a.member < b.member ? -1 : 1);
