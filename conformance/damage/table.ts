/**
 * The damaged scenarios of traces/rejected: each lies in one way, and must be found out at the named event
 * or line.
 */
import { rejectedAt, type Damage } from './apply.js';
import { promiseInGrant, readOutsideLease, readWithoutQuorum } from './leases.js';
import { epochMiscounted, executedUnderAnotherEpoch, snapshotOfAnotherEpoch } from './epochs.js';
import { configurationTooEarly, voteOfStranger } from './membership.js';
import { requestAppliedTwice, slotAppliedTwice, tornTail } from './twice.js';
import { drop, find, findAfter, isGone, swap, type RawEvent } from './raw.js';
import { SNAPSHOT_DAMAGES } from './snapshots.js';

const is =
  (action: string, outcome?: string) =>
  (event: RawEvent): boolean =>
    event.action === action && (outcome === undefined || event.outcome === outcome);

const OTHER_VALUE = '00000000000000000000000000000000';

const changedValue: Damage = {
  name: 'changed-value',
  about: 'A replica votes for another value than the Accept proposed.',
  of: 'steady',
  events: 150,
  damage: (raw) => {
    const spot = find(raw, is('HandleAccept', 'new'), 2);
    const { event } = spot;
    event.value = OTHER_VALUE;
    event.post.accepted = (event.post.accepted ?? []).map(([slot, ballot]) => [slot, ballot, OTHER_VALUE]);
    return rejectedAt(spot, 'ids', 'accept');
  },
};

const changedVote: Damage = {
  name: 'changed-vote',
  about: 'The vote that is kept is of another value than the Accept that was handled.',
  of: 'steady',
  events: 150,
  damage: (raw) => {
    const spot = find(raw, is('HandleAccept', 'new'), 2);
    const { post } = spot.event;
    post.accepted = (post.accepted ?? []).map(([slot, ballot]) => [slot, ballot, OTHER_VALUE]);
    return rejectedAt(spot, 'post-state', 'accepted');
  },
};

const missingEvent: Damage = {
  name: 'missing-event',
  about: 'An Apply is missing and all that follows is numbered anew, so that there is no gap.',
  of: 'steady',
  events: 150,
  damage: (raw) => {
    const spot = find(raw, is('Apply'), 2);
    const next = findAfter(spot, is('Apply'));
    drop(raw, spot);
    return rejectedAt({ file: next.file, index: next.index - 1 }, 'guard', 'does not allow Apply');
  },
};

const missingVote: Damage = {
  name: 'missing-vote',
  about: 'A vote and its Persist are missing, without a gap, and a choice counts it.',
  of: 'steady',
  events: 150,
  damage: (raw) => {
    const choice = find(raw, is('Choose'));
    const id = (choice.event.from ?? []).find((each) => !each.startsWith(choice.file.header.member));
    const vote = find(raw, ({ made }) => id !== undefined && made?.includes(id) === true);
    drop(raw, findAfter(vote, is('Persist')));
    drop(raw, vote);
    const first = find(raw, ({ from }) => from?.some((each) => isGone(each)) === true);
    return rejectedAt(first, 'order', 'was made by no event');
  },
};

const missingPersist: Damage = {
  name: 'missing-persist',
  about: 'A Persist is missing, without a gap, so that a message that was used never left.',
  of: 'steady',
  events: 150,
  damage: (raw) => {
    const used = new Set(raw.files.flatMap(({ events }) => events.flatMap(({ from }) => from ?? [])));
    const persist = find(raw, ({ action, released = [] }) => {
      return action === 'Persist' && released.some((id) => used.has(id));
    });
    const lost = persist.event.released ?? [];
    const user = find(raw, ({ from }) => from?.some((id) => lost.includes(id)) === true);
    const moved = user.file === persist.file && user.index > persist.index ? 1 : 0;
    drop(raw, persist);
    return rejectedAt({ file: user.file, index: user.index - moved }, 'order', 'never left its maker');
  },
};

const swappedEvents: Damage = {
  name: 'swapped-events',
  about: 'A leader chooses a slot before it proposes it, by the order of its own events.',
  of: 'steady',
  events: 150,
  damage: (raw) => {
    const propose = find(raw, is('Propose'), 1);
    const choose = findAfter(
      propose,
      (event) => event.action === 'Choose' && event.slot === propose.event.slot,
    );
    swap(raw, propose.file, propose.index, choose.index);
    return rejectedAt(propose, 'order', 'uses a message that left only with');
  },
};

const appliesTooEarly: Damage = {
  name: 'applies-too-early',
  about: 'A replica executes a slot before it knows the value, by the order of its own events.',
  of: 'steady',
  events: 150,
  damage: (raw) => {
    const apply = find(raw, is('Apply'), 1);
    const { file, index } = apply;
    const learns = file.events.findLastIndex(({ post }, at) => at < index && post.known !== undefined);
    swap(raw, file, learns, index);
    return rejectedAt({ file, index: learns }, 'guard', 'does not allow Apply');
  },
};

const voteBelowPromise: Damage = {
  name: 'vote-below-promise',
  about: "A deposed leader's late Accept gets a vote, though a higher ballot is promised.",
  of: 'contested-ballots',
  events: 300,
  damage: (raw) => {
    const used = new Set(raw.files.flatMap(({ events }) => events.flatMap(({ from }) => from ?? [])));
    const isRejected = is('HandleAccept', 'reject');
    const spot = find(raw, (one) => isRejected(one) && one.made?.some((id) => used.has(id)) !== true);
    const { event, file, index } = spot;
    const waiting = file.events.slice(0, index).reduce((now, { post }) => post.waiting ?? now, 0);
    event.outcome = 'new';
    event.voted = event.slot ?? 0;
    delete event.released;
    event.post = {
      waiting: waiting + 1,
      accepted: [[event.slot ?? 0, event.ballot ?? '', event.value ?? '']],
    };
    return rejectedAt(spot, 'ids', 'outcome');
  },
};

const choiceWithoutQuorum: Damage = {
  name: 'choice-without-quorum',
  about: 'A leader chooses a slot though the messages that it lists are the vote of one replica.',
  of: 'steady',
  events: 150,
  damage: (raw) => {
    const spot = find(raw, is('Choose'), 2);
    spot.event.from = (spot.event.from ?? []).slice(0, 1);
    return rejectedAt(spot, 'guard', 'does not allow Choose');
  },
};

const acceptedBeforePersist: Damage = {
  name: 'accepted-before-persist',
  about: 'An Accepted leaves at once, before the Persist of the vote that it speaks of.',
  of: 'steady',
  events: 150,
  damage: (raw) => {
    const spot = find(raw, is('HandleAccept', 'new'), 1);
    const made = spot.event.made ?? [];
    spot.event.released = made;
    const persist = findAfter(spot, ({ released }) => released?.some((id) => made.includes(id)) === true);
    persist.event.released = (persist.event.released ?? []).filter((id) => !made.includes(id));
    return rejectedAt(spot, 'ids', 'released');
  },
};

const hiddenVote: Damage = {
  name: 'hidden-vote',
  about: 'A Promise does not speak of a vote that its sender cast.',
  of: 'contested-ballots',
  events: 300,
  damage: (raw) => {
    const spot = find(raw, ({ said }) => (said?.accepted.length ?? 0) > 0);
    const { said } = spot.event;
    spot.event.said = { prefix: said?.prefix ?? 0, accepted: said?.accepted.slice(1) ?? [] };
    return rejectedAt(spot, 'ids', 'said');
  },
};

const otherSlot: Damage = {
  name: 'other-slot',
  about: 'An Accepted names another slot than the Accept that it answers.',
  of: 'contested-ballots',
  events: 300,
  damage: (raw) => {
    const spot = find(raw, is('HandleAccept', 'new'), 1);
    spot.event.voted = (spot.event.voted ?? 0) + 1;
    return rejectedAt(spot, 'ids', 'voted');
  },
};

const lostPromise: Damage = {
  name: 'lost-promise',
  about: 'A restart recovers less than was said to be on disk.',
  of: 'leader-crash',
  events: 300,
  damage: (raw) => {
    const spot = find(raw, is('Restart'));
    const { start, seq } = spot.event.recovered ?? { start: 1, seq: 0 };
    const before = raw.files.find(
      ({ header }) => header.member === spot.file.header.member && header.start === start,
    );
    const durable = (before?.events ?? []).filter(({ action, persisted }) => {
      return action === 'Persist' && persisted !== undefined && persisted < seq;
    });
    const earlier = durable.at(-1)?.persisted;
    if (earlier === undefined) throw new Error('the recorded scenario persists too little');
    spot.event.recovered = { start, seq: earlier };
    return { ...rejectedAt(spot, 'guard', 'recovered'), action: 'Crash' };
  },
};

const forgottenVote: Damage = {
  name: 'forgotten-vote',
  about: 'A replica is back without one of the votes in its log.',
  of: 'leader-crash',
  events: 300,
  damage: (raw) => {
    const spot = find(raw, is('Restart'));
    const { post } = spot.event;
    post.accepted = (post.accepted ?? []).slice(0, -1);
    return rejectedAt(spot, 'post-state', 'accepted');
  },
};

const emptyFile: Damage = {
  name: 'empty-file',
  about: 'The file of one replica is empty.',
  of: 'steady',
  events: 60,
  damage: (raw) => {
    const file = raw.files.at(-1);
    if (file !== undefined) file.text = () => '';
    return { verdict: 'invalid', file: file?.name ?? '', reason: 'the file is empty' };
  },
};

const gapInSeq: Damage = {
  name: 'gap-in-seq',
  about: 'A line is missing.',
  of: 'steady',
  events: 60,
  damage: (raw) => {
    const { file, index } = find(raw, is('Persist'), 2);
    file.events.splice(index, 1);
    return {
      verdict: 'invalid',
      file: file.name,
      line: index + 2,
      reason: `seq ${index + 1} where ${index} is due`,
    };
  },
};

const tornLine: Damage = {
  name: 'torn-line',
  about: 'The last line is torn, and no later start goes on.',
  of: 'steady',
  events: 60,
  damage: (raw) => {
    const [file] = raw.files;
    if (file === undefined) throw new Error('the recorded scenario has no file');
    file.end = null;
    file.text = (text) => text.slice(0, -20);
    return {
      verdict: 'invalid',
      file: file.name,
      line: file.events.length + 1,
      reason: 'the last line is torn',
    };
  },
};

const missingReplica: Damage = {
  name: 'missing-replica',
  about: 'The file of a replica is missing, and the manifest does not speak of it.',
  of: 'steady',
  events: 60,
  damage: (raw) => {
    const file = raw.files.pop();
    raw.manifest.files = raw.files.map(({ name }) => name);
    return { verdict: 'invalid', reason: `no file of member ${file?.header.member ?? ''}` };
  },
};

const wrongSchema: Damage = {
  name: 'wrong-schema',
  about: 'A file was written under another schema.',
  of: 'steady',
  events: 60,
  damage: (raw) => {
    const [file] = raw.files;
    if (file === undefined) throw new Error('the recorded scenario has no file');
    file.header.schema = '0123456789abcdef';
    return { verdict: 'invalid', file: file.name, line: 1, reason: 'schema 0123456789abcdef' };
  },
};

export const DAMAGES: readonly Damage[] = [
  changedValue,
  changedVote,
  missingEvent,
  missingVote,
  missingPersist,
  swappedEvents,
  appliesTooEarly,
  voteBelowPromise,
  choiceWithoutQuorum,
  acceptedBeforePersist,
  hiddenVote,
  otherSlot,
  lostPromise,
  forgottenVote,
  emptyFile,
  gapInSeq,
  tornLine,
  missingReplica,
  wrongSchema,
  voteOfStranger,
  configurationTooEarly,
  readOutsideLease,
  promiseInGrant,
  readWithoutQuorum,
  executedUnderAnotherEpoch,
  epochMiscounted,
  snapshotOfAnotherEpoch,
  ...SNAPSHOT_DAMAGES,
  slotAppliedTwice,
  requestAppliedTwice,
  tornTail,
];
