/** Damaged scenarios about leases and reads: what the clocks that the events name do not allow. */
import { rejectedAt, type Damage, type Expected } from './apply.js';
import { find, type RawFile, type Spot } from './raw.js';

/** The reading that a step rests on, and all later ones of that file, become so much later. */
function delay({ file, index }: Spot, ms: number): void {
  const tick = lastTick(file, index);
  for (const event of file.events.slice(tick))
    if (event.action === 'Tick' && event.clock !== undefined) event.clock += ms;
}

function lastTick(file: RawFile, index: number): number {
  return file.events.findLastIndex(({ action }, at) => at < index && action === 'Tick');
}

function leaseMs({ file }: Spot): number {
  return file.header.options.leaseMs;
}

export const readOutsideLease: Damage = {
  name: 'read-outside-lease',
  about: 'The master reads from its own state when the grants that it counts have ended by its own clock.',
  of: 'leases',
  events: 300,
  damage: (raw): Expected => {
    const spot = find(raw, ({ action }) => action === 'ReadLocally', 2);
    delay(spot, leaseMs(spot));
    return rejectedAt(spot, 'guard', 'a read outside its lease');
  },
};

export const promiseInGrant: Damage = {
  name: 'promise-in-grant',
  about: 'An acceptor promises another member while a grant that it gave runs by its own clock.',
  of: 'leases',
  events: 300,
  damage: (raw): Expected => {
    const spot = find(
      raw,
      ({ action, outcome, ballot }) =>
        action === 'HandlePrepare' && outcome === 'new' && ballot?.startsWith('1@') === false,
    );
    const { events } = spot.file;
    const granted = events.findLastIndex(({ action }, at) => at < spot.index && action === 'GrantLease');
    // Its clock hardly moves between the grant and the promise.
    let clock = events[lastTick(spot.file, granted)]?.clock ?? 0;
    for (const event of events.slice(granted, spot.index)) if (event.action === 'Tick') event.clock = ++clock;
    return rejectedAt(spot, 'guard', 'a promise while a grant runs');
  },
};

export const readWithoutQuorum: Damage = {
  name: 'read-without-quorum',
  about: 'A read by a quorum counts the answer of the leader alone.',
  of: 'leases',
  events: 300,
  damage: (raw): Expected => {
    const spot = find(raw, ({ action }) => action === 'ReadByQuorum');
    const { event, file } = spot;
    const own = (id: string): boolean => id.startsWith(`${file.header.member}/`);
    const promises = 1 + file.header.options.members.length;
    event.from = (event.from ?? []).filter((id, i) => i < promises || own(id));
    return rejectedAt(spot, 'guard', 'who confirmed, a quorum');
  },
};
