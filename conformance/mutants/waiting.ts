/** Mutants of the code that no replica of today can be: what each of them waits for. */

export interface Waiting {
  readonly mutant: string;
  readonly what: string;
  /** The feature that must be there first. */
  readonly feature: string;
}

const waiting = (feature: string, ...mutants: readonly (readonly [string, string])[]): readonly Waiting[] =>
  mutants.map(([mutant, what]) => ({ mutant, what, feature }));

export const WAITING: readonly Waiting[] = [
  ...waiting(
    'disk replacement: a member cannot come back without its disk',
    ['M01', 'a replica rejoins by the published rule after its disk was wiped'],
    ['M31', 'a vote is granted by a member that is not yet initialized'],
  ),
  ...waiting('disks that rot in the simulator; in the log alone it is `rotIsCut` of RULES.md', [
    'M41',
    'a failed checksum truncates the log to the last good record',
  ]),
  ...waiting('repair of damaged records: the simulated disk keeps whole records, none of which rots', [
    'M43',
    "a peer's log is repaired from a stale or short one",
  ]),
  ...waiting(
    'leases and sessions of clients',
    ['M51', 'an old leader goes on expiring leases of clients'],
    ['M52', 'a lock is granted after a wait without a look at the own lease'],
  ),
  ...waiting('watches', ['M55', 'a watch goes back in time or loses events']),
];
