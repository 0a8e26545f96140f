/**
 * The recorded scenarios: named, seeded, each with the floors that its traces must reach. A run gives the
 * files of its folder; writing them anywhere is for the caller.
 */
import type { Faults } from '../core/index.js';
import { Rehearsal } from './rehearsal.js';
import { leases } from './scenario-leases.js';
import { regainedMastership } from './scenario-epochs.js';
import { newMachine, replaceMember } from './scenario-membership.js';

export interface Scenario {
  readonly name: string;
  /** What happens, in one sentence. */
  readonly about: string;
  readonly seed: number;
  /**
   * The folder's files, by name. Throws if a floor is not reached, unless mistakes are planted: then it
   * goes as far as they let it.
   */
  run(seed?: number, faults?: Partial<Faults>): ReadonlyMap<string, string>;
}

interface Given {
  readonly seed: number;
  readonly faults: Partial<Faults>;
}

const scenario = (
  name: string,
  seed: number,
  about: string,
  play: (name: string, given: Given) => Rehearsal,
): Scenario => ({
  name,
  about,
  seed,
  run: (other = seed, faults = {}) => play(name, { seed: other, faults }).cell.folder(),
});

const steady = scenario('steady', 1, 'Three members, one leader, fifty writes.', (name, given) => {
  const run = new Rehearsal(name, given);
  for (let i = 0; i < 50; i++) run.write(run.cell.names[i % 3] ?? 'r1', 1, 10);
  run.settle();
  run.converge();
  return run
    .finish()
    .floor(50, 'acknowledged writes', run.acknowledged())
    .floor(20, 'slots chosen', run.events('Choose'))
    .floor(60, 'slots executed', run.events('Apply'));
});

const leaderCrash = scenario(
  'leader-crash',
  2,
  'The leader is killed with Accepts under way; its successor proposes them again; it is back as follower.',
  (name, given) => {
    const run = new Rehearsal(name, given);
    const { cell } = run;
    for (let round = 0; round < 2; round++) {
      const leader = run.awaitLeader();
      run.write(leader, 10, 7);
      run.settle();
      run.write(leader, 3, 1);
      run.must('a follower voted for what the leader does not know to be chosen', () =>
        cell.others(leader).some((other) => votes(run, other) > cell.process(leader).replica.status().prefix),
      );
      cell.crash(leader);
      const next = run.awaitLeader(leader);
      run.write(next, 5, 10);
      cell.start(leader);
      run.write(next, 5, 10);
      run.converge();
    }
    return run
      .finish()
      .floor(40, 'acknowledged writes', run.acknowledged())
      .floor(2, 'restarts', run.events('Restart'))
      .floor(3, 'ballots that led', run.ballotsThatLed())
      .floor(1, 're-proposals at a higher ballot', run.reproposals());
  },
);

/** The highest slot in which a running member has voted. */
const votes = (run: Rehearsal, name: string): number =>
  run.cell.process(name).replica.inspect().accepted.maxKey() ?? 0;

const contestedBallots = scenario(
  'contested-ballots',
  3,
  'A leader that is cut off goes on proposing; its values are proposed again, its late Accepts are refused.',
  (name, given) => {
    const run = new Rehearsal(name, { ...given, network: { reorder: true, maxMs: 9 } });
    const { cell } = run;
    for (let round = 0; round < 2; round++) {
      const old = run.awaitLeader();
      run.write(old, 4, 12);
      run.write(old, 2, 1);
      run.must('a follower voted for what the leader does not know to be chosen', () =>
        cell.others(old).some((other) => votes(run, other) > cell.process(old).replica.status().prefix),
      );
      cell.isolate(old, 'held');
      run.write(old, 3, 5);
      const next = run.awaitLeader(old);
      run.write(next, 3, 12);
      // The old leader hears of the higher ballot by a Reject, since its link to the new one is still broken.
      cell.mend([old], cell.others(old, next));
      run.must('the old leader follows', () => cell.process(old).replica.status().role === 'follower');
      cell.heal();
      run.write(next, 2, 12);
      // A follower that hears nobody is made to campaign again and again; its Prepares arrive late.
      const lone = run.follower();
      cell.isolate(lone, 'held');
      run.write(run.awaitLeader(lone), 2, 12);
      for (let i = 0; i < 4; i++) {
        cell.process(lone).replica.campaign();
        cell.run(600);
      }
      cell.heal();
      cell.run(200);
      run.awaitLeader();
      cell.run(200);
    }
    run.converge();
    return run
      .finish()
      .floor(10, 'acknowledged writes', run.acknowledged())
      .floor(3, 'ballots that led', run.ballotsThatLed())
      .floor(1, 're-proposals at a higher ballot', run.reproposals())
      .floor(
        2,
        'refused Accepts',
        run.events('HandleAccept', ({ outcome }) => outcome === 'reject'),
      )
      .floor(
        1,
        'refused Prepares',
        run.events('HandlePrepare', ({ outcome }) => outcome === 'reject'),
      )
      .floor(1, 'leaders or candidates that a Reject deposed', run.events('HandleReject'));
  },
);

const catchUp = scenario(
  'catch-up',
  4,
  'A member is down while thirty slots are chosen, and then takes them from a peer.',
  (name, given) => {
    const run = new Rehearsal(name, given);
    const { cell } = run;
    const leader = run.awaitLeader();
    run.write(leader, 5, 10);
    run.converge();
    const late = run.follower();
    cell.crash(late);
    run.write(leader, 30, 10);
    run.settle();
    cell.start(late);
    run.converge();
    run.write(leader, 5, 10);
    run.settle();
    run.converge();
    return run
      .finish()
      .floor(40, 'acknowledged writes', run.acknowledged())
      .floor(1, 'answers to who asked for entries', run.events('SendEntries'))
      .floor(1, 'catch-ups', run.events('HandleCatchUp'))
      .floor(
        25,
        'slots learnt by a catch-up',
        run
          .events('HandleCatchUp')
          .reduce((sum, { event }) => sum + (event.last ?? 0) - (event.first ?? 0) + 1, 0),
      );
  },
);

const snapshots = scenario(
  'snapshots',
  9,
  'The log is cut below snapshots; a member that was down fetches one, and all start again from theirs.',
  (name, given) => {
    const options = { snapshotSlots: 8, sliceBytes: 100, chunkBytes: 200 };
    const run = new Rehearsal(name, { ...given, options, storage: 'files' });
    const { cell } = run;
    const leader = run.awaitLeader();
    run.write(leader, 5, 10);
    run.converge();
    const late = run.follower();
    cell.crash(late);
    run.write(leader, 30, 10);
    run.settle();
    cell.start(late);
    run.write(leader, 10, 10);
    run.settle();
    run.converge();
    for (const each of cell.names) {
      cell.crash(each);
      cell.run(50);
      cell.start(each);
      run.write(run.awaitLeader(), 3, 10);
    }
    run.converge();
    return run
      .finish()
      .floor(40, 'acknowledged writes', run.acknowledged())
      .floor(6, 'snapshots taken', run.events('TakeSnapshot'))
      .floor(1, 'snapshots installed', run.events('InstallSnapshot'))
      .floor(
        3,
        'restarts from a snapshot',
        run.events('Restart', ({ snapshot }) => snapshot !== undefined),
      );
  },
);

const slowDisk = scenario(
  'slow-disk',
  5,
  'A sync takes longer than a round trip: one Persist covers several steps, and their messages wait for it.',
  (name, given) => {
    const run = new Rehearsal(name, { ...given, sync: { minMs: 15, maxMs: 40 }, alpha: 16 });
    const leader = run.awaitLeader();
    for (let i = 0; i < 8; i++) {
      run.write(leader, 5, 3);
      run.cell.run(30);
    }
    run.settle();
    run.converge();
    return run
      .finish()
      .floor(40, 'acknowledged writes', run.acknowledged())
      .floor(3, 'steps covered by one Persist', run.largestPersist());
  },
);

const crashBeforeSync = scenario(
  'crash-before-sync',
  6,
  'Members are killed while steps wait for their sync; some of these are on disk after all, others lost.',
  (name, given) => {
    const run = new Rehearsal(name, { ...given, sync: { minMs: 15, maxMs: 40 }, alpha: 16 });
    const { cell } = run;
    for (let round = 0; round < 4; round++) {
      const leader = run.awaitLeader();
      run.write(leader, 6, 4);
      const victim = round % 2 === 0 ? run.follower() : leader;
      run.write(leader, 6, 4);
      run.must('steps wait for their sync', () => {
        if (cell.node(victim).disk.unsynced() < 2) run.write(run.awaitLeader(), 1, 2);
        return cell.node(victim).disk.unsynced() >= 2;
      });
      cell.crash(victim, 1);
      run.awaitLeader(victim);
      cell.run(100);
      cell.start(victim);
      run.converge();
    }
    run.settle();
    run.converge();
    const counts = cell.names.map((each) => cell.node(each).disk.counts);
    return run
      .finish()
      .floor(20, 'acknowledged writes', run.acknowledged())
      .floor(4, 'restarts', run.events('Restart'))
      .floor(4, 'unsynced records that survived a crash', sum(counts.map(({ survived }) => survived)))
      .floor(4, 'unsynced records that a crash lost', sum(counts.map(({ lost }) => lost)));
  },
);

const fiveMembers = scenario(
  'five-members',
  7,
  'Five members lose two of theirs, the leader first, go on, and take them back.',
  (name, given) => {
    const run = new Rehearsal(name, { ...given, members: 5 });
    const { cell } = run;
    const first = run.awaitLeader();
    run.write(first, 10, 8);
    cell.crash(first);
    const second = run.awaitLeader(first);
    run.write(second, 10, 8);
    const follower = run.follower();
    cell.crash(follower);
    run.write(second, 10, 8);
    cell.start(first, follower);
    run.write(second, 5, 8);
    run.settle();
    run.converge();
    return run
      .finish()
      .floor(30, 'acknowledged writes', run.acknowledged())
      .floor(2, 'ballots that led', run.ballotsThatLed())
      .floor(2, 'restarts', run.events('Restart'))
      .floor(5, 'files', cell.folder().size - 1);
  },
);

const replacedMember = scenario(
  'replace-member',
  8,
  'One of five members dies and a new one takes its place; then the leader removes itself.',
  (name, given) => replaceMember(new Rehearsal(name, { ...given, members: 5 })),
);

const readsUnderLease = scenario(
  'leases',
  11,
  'The master reads under its lease, or by a quorum; it is cut off, and another one does.',
  (name, given) => leases(new Rehearsal(name, { ...given, leaseMs: 400 })),
);

const regained = scenario(
  'regained-mastership',
  12,
  'The mastership is lost and regained while requests are on their way: those of the first are refused.',
  (name, given) => regainedMastership(new Rehearsal(name, given)),
);

const joinedByNewMachine = scenario(
  'new-machine',
  10,
  'A new machine takes a snapshot, becomes a member, the leader goes, and all start again from snapshots.',
  (name, given) => {
    const options = { snapshotSlots: 8, sliceBytes: 100, chunkBytes: 200 };
    return newMachine(new Rehearsal(name, { ...given, options, storage: 'files', alpha: 4 }));
  },
);

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);

export const SCENARIOS: readonly Scenario[] = [
  steady,
  leaderCrash,
  contestedBallots,
  catchUp,
  snapshots,
  slowDisk,
  crashBeforeSync,
  fiveMembers,
  replacedMember,
  readsUnderLease,
  regained,
  joinedByNewMachine,
];
