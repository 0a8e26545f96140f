/**
 * Mistakes that a test may plant, to show that the checkers notice them: bugs of other systems, by their
 * number in the list of mutants where they have one. Only tests and the simulator set them: no option, no
 * environment variable and no file reaches them. Each is read at one place, of the core or of the driver.
 * conformance/MUTANTS.md says who notices which.
 */

export interface Fault {
  /** The number in the list of mutants; null for a guard of the spec that is just left out. */
  readonly mutant: string | null;
  /** What the replica does wrong. */
  readonly what: string;
  /** Who had this bug, or where it is described. */
  readonly source: string;
  /** No seed of the simulator shows it: others or a later try make good for it. A test of its rule does. */
  readonly ruleAlone?: true;
}

const fault = (mutant: string | null, what: string, source: string): Fault => ({ mutant, what, source });
const ruleAlone = (what: string, source: string): Fault => ({
  ...fault(null, what, source),
  ruleAlone: true,
});

export const FAULTS = {
  acceptIgnoresPromise: fault(null, 'HandleAccept does not compare the ballot with the promise', 'the guard'),
  prepareIgnoresPromise: fault(
    null,
    'HandlePrepare does not compare the ballot with the promise',
    'the guard',
  ),
  proposeIgnoresPromises: fault(null, 'Propose takes every slot as free, whatever is reported', 'the guard'),
  chooseWithoutQuorum: fault(null, 'Choose is content with one vote less than a quorum', 'the guard'),

  // Read by the driver: what rests on a sync leaves before it, and again after it.
  holdNothing: fault('M03', 'no message waits for the sync that it rests on', 'etcd #14143'),
  promiseNotHeld: fault('M03', 'a Promise leaves before it is on the disk', 'etcd #14143'),
  prepareNotHeld: fault('M05', 'a Prepare leaves before its round is on the disk', 'phxpaxos #145'),
  voteNotHeld: fault('M39', 'an Accepted leaves before the vote is on the disk', 'YugabyteDB #23453'),
  ownVoteNotHeld: fault('M39', "the leader's own vote counts before it is on its disk", 'etcd #14370'),

  promiseWrittenApart: fault(
    'M04',
    'the promise that a vote raises goes to the disk with the next record, not with the vote',
    'hashicorp/raft #661',
  ),
  roundReused: fault(
    'M05',
    'after a restart Campaign starts above the ballots of others only, at one of its own',
    'phxpaxos #145',
  ),
  promisesOfAnyBallot: fault('M07', 'Promises of an older ballot are counted', 'MyPaxos #18'),
  firstReportedValue: fault(
    'M09',
    'Propose takes the first value that a promise reports, not that of the highest ballot',
    'LogCabin talk: the latest epoch among a majority; EPaxos #20',
  ),
  seenBallotIsLedIn: fault(
    'M10',
    'a leader that promises a higher ballot leads on, in that ballot',
    'OpenRaft 0.10.0-alpha.2; databend #16175',
  ),
  rejectStoredAsPromise: fault(
    'M10',
    'the higher ballot of a Reject is taken as promised, and is not written',
    'OpenRaft 0.10.0-alpha.2; databend #16175',
  ),
  votesOfAnyBallot: fault(
    'M11',
    'votes for a slot are counted together whatever their ballot',
    'LogCabin #44; PySyncObj #169; CCF',
  ),
  chosenOfAnyBallot: fault(
    'M12',
    'HandleChosen marks a voted slot as known whatever the ballot of the vote',
    'LogCabin talk: if the slot has (epoch, op)',
  ),
  promiseReportsDisk: fault(
    'M13',
    'a Promise reports the votes on the disk: those that wait for their sync are missing',
    'read before overthrow',
  ),
  rejectCountsAsVote: fault('M14', 'who refuses an Accept is counted as having voted', 'CCF'),
  ackNamesLastSlot: fault('M15', 'Accepted names the last slot of the log', 'CCF; Oxia #1239'),
  entriesMisplaced: fault(
    'M16',
    'HandleCatchUp takes entries as if they began right behind the prefix, wherever they begin',
    'Oxia #1239; WRaft #118; OCons #21',
  ),
  chosenSkipsGaps: fault(
    'M16',
    'HandleChosen goes on past a slot that has no vote',
    'Oxia #1239; WRaft #118',
  ),
  acceptTruncates: fault(
    'M17',
    'an Accept drops the votes in all later slots from memory',
    'CCF; RaftOS #26; WRaft #118',
  ),
  prefixGoesBack: fault(
    'M18',
    'HandleChosen takes the known prefix back to that of the message',
    'PySyncObj #166',
  ),
  nextSlotGoesBack: fault(
    'M19',
    'the next slot to propose in is that behind the last Accepted, however late it comes',
    'PySyncObj #167; RaftOS #25',
  ),
  // Read by the driver.
  heartbeatRaces: fault(
    'M21',
    'a heartbeat works on the state at the beginning of the turn, and its result overwrites the state',
    'hashicorp/raft #695',
  ),
  syncProgressOverwritten: fault(
    'M22',
    'a sync that is asked for while one runs overwrites how much that one covers',
    'OpenRaft #1964',
  ),
  promisesExpire: fault(
    'M23',
    'every 64 heartbeats a follower forgets what it promised and accepted',
    'Cassandra CEP-14, CASSANDRA-12126',
  ),
  holesTakenAsNoops: fault('M24', 'HandleChosen takes slots without a vote as no-ops', 'OCons #21'),
  holesLeftUnfilled: fault('M24', 'a new leader proposes above all that is reported', 'OCons #21'),
  appliesVotes: fault('M24', 'a slot is executed once it is voted for', 'OCons #21'),
  configurationAtOnce: fault(null, 'a configuration governs as soon as it is known', 'the alpha window'),
  votesOfRemoved: fault(
    null,
    'votes count whose members the configuration of the slot does not name',
    'the guard',
  ),
  configurationOfStart: fault(
    'M27',
    'a replica campaigns and counts by the configuration that it knew when it started',
    'etcd #7280, #11284, #12133',
  ),
  // Rules of docs/protocol.md that are left out; conformance/RULES.md has them all.
  windowFixedAtStart: fault(
    null,
    'Propose takes reported values only for the window that was open when the ballot began',
    'the guard; broken-membership-values-fixed',
  ),
  learntAtOwnBallot: fault(
    null,
    'HandleCatchUp takes what it learns as learnt at its own ballot, whatever the sender says',
    'the guard; a deposed leader teaches an old value',
  ),
  proposesOverKnown: fault(
    null,
    'Propose does not mind that a counted promise reports the slot as known',
    'the guard; broken-propose-known',
  ),
  establishedForAll: fault(
    null,
    'a leader is established for every slot, whoever promised',
    'the guard; broken-membership-window',
  ),
  windowUnbounded: fault(
    null,
    'Propose goes on beyond alpha slots above the known prefix',
    'the guard; broken-membership-unsettled',
  ),
  repeatUnanswered: fault(
    null,
    'a Prepare at the promised ballot is not answered again',
    'the guard; broken-liveness-no-prepare',
  ),
  strangerIsSilent: ruleAlone(
    'who has no vote as far as it knows answers no Prepare and no Accept',
    'the rule; only those who count look at the configuration',
  ),
  rejectUnheeded: ruleAlone('a leader that is refused leads on', 'the guard; broken-liveness-no-reject'),
  removedDisturbs: ruleAlone(
    'a removed replica that does not know it is promised to, and not told',
    'the guard; broken-elections-no-retire',
  ),
  nothingAnnounced: ruleAlone(
    'a new leader does not say what it knows',
    'the guard; broken-liveness-no-chosen',
  ),
  gapNotAsked: fault(
    null,
    'HandleChosen asks for no slot that it cannot mark as known',
    'LogCabin talk: missing',
  ),
  // Read by the driver.
  namedUnseen: ruleAlone(
    'a configuration is proposed whatever its quorum holds, and whether it is there',
    'the guard; broken-disks-answered-early',
  ),
  windowLeftOpen: ruleAlone('no no-ops follow a configuration', 'the rule; the alpha window'),
  // Read by the driver.
  changeAnsweredEarly: fault(
    'M32',
    'a change is answered, and a leader that is removed ends, as soon as the change is known',
    'etcd #10563; CCF',
  ),
  // Read by the driver for the simulator, which makes the disks.
  removedComesBackEmpty: fault(
    'M30',
    'a removed replica deletes what it holds once it knows, and comes back under its old id',
    'RethinkDB 2.2.3 (Jepsen)',
  ),
  wipedKeepsId: fault(
    'M02',
    'a replica whose disk was wiped goes on under its old id',
    'KIP-853; dragonboat #256; etcd #3453',
  ),
  replayMissesLast: fault(
    'M38',
    'after a restart one more slot counts as executed than the state machine executed',
    'etcd #13766, #14685',
  ),
  replayKeepsFirstVote: fault(
    'M40',
    'at a restart the first vote of each slot in the log comes back, not the last',
    'etcd #22442',
  ),
  // Read by the driver.
  failedSyncRetried: fault('M42', 'a sync that failed is tried again', 'fsyncgate'),
  failedSyncCounts: fault('M42', 'a sync that failed counts as done', 'fsyncgate'),
  forwardsTakenTwice: fault(
    'M53',
    'a request that arrives again once it was answered is taken again',
    'etcd #18424, #14890',
  ),
  forwardsPutAgain: fault(
    'M53',
    'a request is passed on again when the link to the leader broke',
    'etcd #18424, #14890',
  ),
  batchOrderDiffers: fault(
    'M54',
    'the order in which a batch is executed depends on the member',
    'openziti #4088; nomad #13725; copycat #40; etcd #7320',
  ),
} as const satisfies Readonly<Record<string, Fault>>;

export type FaultName = keyof typeof FAULTS;
export type Faults = Readonly<Record<FaultName, boolean>>;

export const FAULT_NAMES = Object.keys(FAULTS) as readonly FaultName[];

/** Those that the simulator must notice; for the others conformance/RULES.md names the test. */
export const SIMULATED_NAMES = FAULT_NAMES.filter((name) => !('ruleAlone' in FAULTS[name]));

export const NO_FAULTS = Object.fromEntries(FAULT_NAMES.map((name) => [name, false])) as Faults;

/** The given faults and no others; the very NO_FAULTS where there is none. */
export function withFaults(faults: Partial<Faults> = {}): Faults {
  const some = Object.values(faults).some((on) => on);
  return some ? { ...NO_FAULTS, ...faults } : NO_FAULTS;
}
