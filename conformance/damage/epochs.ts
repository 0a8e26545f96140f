/** Damaged scenarios about epochs: what belongs to one mastership is executed in another. */
import { rejectedAt, type Damage } from './apply.js';
import { find } from './raw.js';

export const executedUnderAnotherEpoch: Damage = {
  name: 'executed-under-another-epoch',
  about: 'A replica executes commands that were handled under an earlier mastership.',
  of: 'regained-mastership',
  events: 2_000,
  damage: (raw) => {
    const spot = find(raw, ({ action, refused }) => action === 'Apply' && refused === true);
    spot.event.refused = false;
    return rejectedAt(spot, 'ids', 'executed');
  },
};

export const epochMiscounted: Damage = {
  name: 'epoch-miscounted',
  about: 'A replica does not count a mark.',
  of: 'regained-mastership',
  events: 2_000,
  damage: (raw) => {
    const spot = find(
      raw,
      ({ action, value }) => action === 'Apply' && value?.startsWith('mark:') === true,
      1,
    );
    spot.event.epoch = (spot.event.epoch ?? 0) - 1;
    return rejectedAt(spot, 'ids', 'executed');
  },
};

export const snapshotOfAnotherEpoch: Damage = {
  name: 'snapshot-of-another-epoch',
  about: 'The handle of a snapshot names another epoch than that of the marks that it covers.',
  of: 'snapshots',
  events: 2_000,
  damage: (raw) => {
    const spot = find(raw, ({ action }) => action === 'TakeSnapshot');
    spot.event.epoch = (spot.event.epoch ?? 0) + 1;
    return rejectedAt(spot, 'ids', 'epoch');
  },
};
