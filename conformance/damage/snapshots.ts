/** Damaged scenarios about snapshots. */
import { membersOfDigest } from '../../src/trace/digest.js';
import { rejectedAt, type Damage } from './apply.js';
import { find, findAfter, type RawEvent } from './raw.js';

const OTHER_STATE = 'f'.repeat(32);
const is =
  (action: string) =>
  (event: RawEvent): boolean =>
    event.action === action;
const fromSnapshot = (event: RawEvent): boolean => event.action === 'Restart' && event.snapshot !== undefined;

/** Makes a TakeSnapshot one of another slot, as if it had been written so. */
function relabel(event: RawEvent, upTo: number): void {
  const ids = (event.made ?? []).map((id) => id.replace(/\d+$/, String(upTo)));
  Object.assign(event, { upTo, made: ids, released: ids });
  event.post.snapshot = upTo;
}

const snapshotGoesBack: Damage = {
  name: 'snapshot-goes-back',
  about: 'A snapshot that ends late takes the place of one that covers more.',
  of: 'snapshots',
  events: 230,
  damage: (raw) => {
    const first = find(raw, is('TakeSnapshot'));
    const spot = findAfter(first, is('TakeSnapshot'));
    relabel(spot.event, (first.event.upTo ?? 0) - 1);
    return rejectedAt(spot, 'guard', 'does not allow TakeSnapshot');
  },
};

const snapshotOfTheFuture: Damage = {
  name: 'snapshot-of-the-future',
  about: 'A snapshot claims slots that its replica has not executed.',
  of: 'snapshots',
  events: 230,
  damage: (raw) => {
    const first = find(raw, is('TakeSnapshot'));
    const spot = findAfter(first, is('TakeSnapshot'));
    relabel(spot.event, (spot.event.upTo ?? 0) + 40);
    return rejectedAt(spot, 'guard', 'does not allow TakeSnapshot');
  },
};

const installBeyond: Damage = {
  name: 'install-beyond',
  about: 'A replica that installed a snapshot says that it covers more than it does.',
  of: 'snapshots',
  events: 10_000,
  damage: (raw) => {
    const spot = find(raw, is('InstallSnapshot'));
    const upTo = (spot.event.upTo ?? 0) + 1;
    Object.assign(spot.event, { upTo });
    Object.assign(spot.event.post, { prefix: upTo, applied: upTo, snapshot: upTo });
    return rejectedAt(spot, 'ids', 'handle');
  },
};

const otherState: Damage = {
  name: 'snapshot-of-another-state',
  about: 'What a replica installs has another digest than what was taken at that slot.',
  of: 'snapshots',
  events: 10_000,
  damage: (raw) => {
    const spot = find(raw, is('InstallSnapshot'));
    Object.assign(spot.event, { digest: OTHER_STATE });
    return rejectedAt(spot, 'invariant', OTHER_STATE);
  },
};

const snapshotLost: Damage = {
  name: 'snapshot-lost',
  about: 'A start begins at no snapshot, though one lay on the disk when the log was cut.',
  of: 'snapshots',
  events: 10_000,
  damage: (raw) => {
    const spot = find(raw, fromSnapshot);
    delete (spot.event as { snapshot?: unknown }).snapshot;
    spot.event.post.snapshot = 0;
    return rejectedAt(spot, 'post-state', 'snapshot');
  },
};

const staleHandle: Damage = {
  name: 'snapshot-of-old-members',
  about: 'The handle of a snapshot leaves out a configuration that governs the slots behind it.',
  of: 'new-machine',
  events: 10_000,
  damage: (raw) => {
    const birth = raw.files[0]?.header.options.members.join(',');
    const changed = ([, value]: readonly [number, string]): boolean =>
      membersOfDigest(value)?.join(',') !== birth;
    const spot = find(raw, ({ action, inForce = [] }) => action === 'TakeSnapshot' && inForce.some(changed));
    Object.assign(spot.event, { inForce: spot.event.inForce?.filter((row) => !changed(row)) });
    return rejectedAt(spot, 'ids', 'in force');
  },
};

export const SNAPSHOT_DAMAGES: readonly Damage[] = [
  ...[snapshotGoesBack, snapshotOfTheFuture, installBeyond, otherState, snapshotLost, staleHandle],
];
