/** The rules of the log, one by one: conformance/RULES.md. */
import type { FaultName, Faults } from '../../src/core/index.js';
import { rule, type Off } from './rule.js';
import { Script, type Shape } from './script.js';

/** A scenario among cores: the invariants say what is wrong, unless it says so itself. */
function log(
  name: string,
  off: Off<FaultName>,
  play: (run: Script) => string | null | Script,
  shape: Shape = {},
): void {
  rule<FaultName>(name, off, (faults: Partial<Faults>) => {
    const said = play(new Script(faults, shape));
    return said instanceof Script ? said.finding() : said;
  });
}

log('nothing leaves before what it rests on is durable', { holdNothing: 'PromiseIsDurable' }, (run) =>
  run.campaign('a').passUnsynced('a', 'b', 'Prepare').sync('a').passUnsynced('a', 'b', 'Prepare'),
);

log('a Prepare leaves when its round is durable', { prepareNotHeld: 'PrepareIsDurable' }, (run) =>
  run.campaign('a').passUnsynced('a', 'b', 'Prepare'),
);

log('a Promise leaves when it is durable', { promiseNotHeld: 'PromiseIsDurable' }, (run) =>
  run.campaign('a').sync('a').passUnsynced('a', 'b', 'Prepare'),
);

log('an Accepted leaves when the vote is durable', { voteNotHeld: 'VoteIsDurable' }, (run) =>
  run.lead('a', 'b').propose('a', 1).passUnsynced('a', 'b', 'Accept'),
);

log("the leader's own vote counts once it is synced", { ownVoteNotHeld: 'VoteIsDurable' }, (run) =>
  run.lead('a', 'b').propose('a', 1).passUnsynced('a', 'a').pass('a', 'b').passUnsynced('b', 'a'),
);

log('a vote raises the promise, in the same record', { promiseWrittenApart: 'PromiseIsDurable' }, (run) =>
  run.lead('a', 'c').propose('a', 1).pass('a', 'b', 'Accept'),
);

log('a promise is for good', { promisesExpire: 'PromiseIsDurable' }, (run) => {
  run.campaign('a').sync('a').lead('c', 'b');
  for (let beats = 0; beats < 64; beats++) run.heartbeat('b');
  return run.pass('a', 'b', 'Prepare');
});

log('a vote in one slot leaves those in others alone', { acceptTruncates: 'ChosenOnce' }, (run) => {
  run.lead('a', 'b').propose('a', 1).propose('a', 2).sync('a');
  // The second Accept overtakes the first.
  run.world.flying.reverse();
  return run.pass('a', 'b', 'Accept').pass('b', 'a').lead('c', 'b').propose('c', 3);
});

log('a round is never used twice', { roundReused: 'OneValue' }, (run) =>
  run.campaign('a').sync('a').restart('a').campaign('a').sync('a'),
);

log(
  'an acceptor takes nothing below its promise',
  { acceptIgnoresPromise: 'ChosenOnce', prepareIgnoresPromise: 'PromiseIsDurable' },
  (run) => {
    run.lead('a', 'b').propose('a', 1).sync('a').lead('c', 'b');
    run.pass('a', 'b', 'Accept').pass('b', 'a').propose('c', 2);
    return run.campaign('a').sync('a').campaign('c').sync('c').pass('c', 'b').pass('a', 'b');
  },
);

log('a repeated Prepare is answered again', { repeatUnanswered: 'nobody leads' }, (run) => {
  run.campaign('a').sync('a').pass('a', 'b').lose('b', 'a').lose('a', 'c');
  run.heartbeat('a').pass('a', 'b').pass('b', 'a');
  return run.state('a').role === 'leader' ? run : 'nobody leads';
});

log('only Promises of the very ballot are counted', { promisesOfAnyBallot: 'ChosenOnce' }, (run) => {
  run.campaign('a').sync('a').pass('a', 'b', 'Prepare');
  run.lead('c', 'b').choose('c', 1, 'b');
  return run.campaign('a').sync('a').pass('b', 'a', 'Promise').propose('a', 2);
});

log(
  'a value is chosen by votes for the same ballot and slot',
  { votesOfAnyBallot: 'KnownIsChosen', chooseWithoutQuorum: 'KnownIsChosen' },
  (run) => {
    run.lead('a', 'b', 'c').propose('a', 1).sync('a').pass('a', 'b', 'Accept').lose('a', 'c', 'Accept');
    run.lead('a', 'c', 'd').sync('a').pass('a', 'c', 'Accept').pass('c', 'a');
    return run.pass('b', 'a', 'Accepted');
  },
  { replicas: 5 },
);

log('a Promise reports every vote, synced or not', { promiseReportsDisk: 'ChosenOnce' }, (run) => {
  run.lead('a', 'b').propose('a', 1).sync('a').passUnsynced('a', 'b', 'Accept');
  run.campaign('c').sync('c').passUnsynced('c', 'b', 'Prepare').sync('b');
  return run.pass('b', 'a').pass('b', 'c').propose('c', 2);
});

log(
  'the value to propose is that of the highest ballot reported',
  { proposeIgnoresPromises: 'ChosenOnce', firstReportedValue: 'ChosenOnce' },
  (run) => {
    run.lead('a', 'c').propose('a', 1).sync('a').lose('a', 'b').lose('a', 'c');
    run.lead('b', 'c').propose('b', 2).sync('b').pass('b', 'c', 'Accept').lose('c', 'b').lose('b', 'a');
    return run.lead('a').pass('a', 'b').pass('b', 'a').sync('a').propose('a', 3);
  },
);

log(
  'it is computed when the slot is proposed, whatever the window was before',
  { windowFixedAtStart: 'ChosenOnce' },
  (run) => {
    run.lead('a', 'b').choose('a', 1, 'b').choose('a', 2, 'b').pass('a', 'b', 'Chosen');
    run.choose('a', 3, 'b').lose('a', 'b').lose('a', 'c');
    run.lead('c', 'b').pass('c', 'b').pass('b', 'c');
    return run;
  },
  { alpha: 2 },
);

log(
  'nothing is proposed in a slot that a counted promise reports as known',
  { proposesOverKnown: 'ChosenOnce' },
  (run) => {
    run.lead('a', 'b').choose('a', 1, 'b').pass('a', 'b', 'Chosen').lose('a', 'c');
    return run.lead('c', 'b').propose('c', 2);
  },
);

log(
  'a replica that promises the ballot of another leads no longer',
  { seenBallotIsLedIn: 'OneValue' },
  (run) => run.lead('a', 'b').lead('c', 'a').propose('a', 1).propose('c', 2),
);

log('the ballot of a Reject is no promise', { rejectStoredAsPromise: 'PromiseIsDurable' }, (run) => {
  run.lead('a', 'b').lead('c', 'b').propose('a', 1).sync('a').pass('a', 'b', 'Accept').pass('b', 'a');
  return run.pass('c', 'a', 'Prepare');
});

log('a leader that is refused steps down', { rejectUnheeded: 'leads on' }, (run) => {
  run.lead('a', 'b').lead('c', 'b').propose('a', 1).sync('a').pass('a', 'b', 'Accept').pass('b', 'a');
  return run.state('a').role === 'leader' ? 'leads on' : run;
});

log('who refuses an Accept has not voted', { rejectCountsAsVote: 'KnownIsChosen' }, (run) =>
  run.lead('a', 'b').lead('c', 'b').propose('a', 1).sync('a').pass('a', 'b', 'Accept').pass('b', 'a'),
);

log(
  'a learner marks a slot as known where it holds that very vote',
  { chosenOfAnyBallot: 'Agreement' },
  (run) => {
    run.lead('a', 'b').propose('a', 1).sync('a').lose('a', 'b').lose('a', 'c');
    return run.lead('b', 'c').choose('b', 2, 'c').lose('b', 'a', 'Prepare', 'Accept').pass('b', 'a');
  },
);

log('what it cannot mark it asks for', { gapNotAsked: 'does not know' }, (run) => {
  run.lead('a', 'b').choose('a', 1, 'b').lose('a', 'c', 'Accept').pass('a', 'c', 'Chosen');
  run.pass('c', 'a').pass('a', 'c');
  return run.state('c').prefix === 1 ? run : 'c does not know slot 1';
});

log(
  'a deposed leader that caught up teaches nothing',
  { learntAtOwnBallot: 'Agreement' },
  (run) => {
    run.lead('a', 'b', 'c').propose('a', 1).sync('a').pass('a', 'b', 'Accept').lose('b', 'a');
    for (const who of ['c', 'd', 'e'] as const) run.lose('a', who);
    run.lead('e', 'c', 'd').choose('e', 2, 'c', 'd').lose('e', 'a').lose('e', 'b');
    return run.askedBy('a', 'e').pass('e', 'a', 'Entries').pass('a', 'b', 'Chosen');
  },
  { replicas: 5 },
);

log('a new leader says what it knows', { nothingAnnounced: 'does not know' }, (run) => {
  run.lead('a', 'b').choose('a', 1, 'b').lose('a', 'c', 'Prepare', 'Chosen');
  run.pass('a', 'c', 'Accept').campaign('b').sync('b').pass('a', 'b', 'Chosen');
  run.pass('b', 'c').pass('c', 'b').pass('b', 'c').pass('c', 'b').pass('b', 'c');
  return run.state('c').prefix === 1 ? run : 'c does not know slot 1';
});

log(
  'nothing is known or executed past a hole',
  { holesTakenAsNoops: 'Agreement', chosenSkipsGaps: 'Agreement' },
  (run) => {
    run.lead('a', 'b').choose('a', 1, 'b').lose('a', 'c', 'Prepare', 'Accept').choose('a', 2, 'b');
    return run.pass('a', 'c', 'Accept').pass('a', 'c', 'Chosen');
  },
);

log('a new leader fills the holes below what is reported', { holesLeftUnfilled: 'open' }, (run) => {
  run.lead('a', 'b').propose('a', 1).lose('a', 'b').propose('a', 2).pass('a', 'b', 'Accept');
  run.lead('c', 'b').sync('c').pass('c', 'b').pass('b', 'c');
  return run.state('c').prefix === 2 ? run : 'slot 1 stays open';
});

log('what is executed is known', { appliesVotes: 'AppliedIsKnown' }, (run) =>
  run.lead('a', 'b').propose('a', 1).pass('a', 'b', 'Accept'),
);

log('the known prefix only grows', { prefixGoesBack: 'AppliedIsKnown' }, (run) => {
  run.lead('a', 'b').choose('a', 1, 'b').choose('a', 2, 'b');
  const late = run.world.flying.filter(
    ({ to, message }) => to === run.state('b').self && message.type === 'Chosen',
  );
  run.world.flying.push(...late.slice(-2, -1));
  return run.pass('a', 'b', 'Chosen');
});

log('a ballot proposes one value per slot', { nextSlotGoesBack: 'OneValue' }, (run) => {
  run.lead('a', 'b').propose('a', 1).pass('a', 'b', 'Accept').propose('a', 2).propose('a', 3);
  return run.passUnsynced('b', 'a', 'Accepted').propose('a', 4);
});

log('at most alpha slots are open', { windowUnbounded: 'slots are open' }, (run) => {
  run.lead('a', 'b');
  for (let n = 1; n <= 6; n++) run.propose('a', n);
  const open = run.state('a').attempt?.open.size ?? 0;
  return open > run.world.birth.alpha ? `${open} slots are open` : run;
});

log(
  'a restart finds the last vote of each slot, and executes all that is known',
  { replayKeepsFirstVote: 'VoteIsDurable', replayMissesLast: 'executed' },
  (run) => {
    run.lead('a', 'b').propose('a', 1).sync('a').lose('a', 'b').pass('a', 'c', 'Accept');
    run.lead('b', 'c').choose('b', 2, 'c').choose('b', 3, 'c').restart('b');
    const { prefix, self } = run.state('b');
    const executed = run.world.applied.get(self)?.length ?? 0;
    if (prefix < 1) return 'nothing was known';
    return executed === prefix ? run : `executed ${executed} of ${prefix}`;
  },
);

log('entries are taken for the slots that they are of', { entriesMisplaced: 'KnownIsChosen' }, (run) => {
  run.lead('a', 'b').choose('a', 1, 'b').pass('a', 'c', 'Accept').askedBy('c', 'a');
  return run.pass('a', 'c', 'Chosen').pass('a', 'c', 'Entries');
});
