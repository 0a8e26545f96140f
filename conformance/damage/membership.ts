/** Damaged scenarios about who votes: a vote of a member whom the slot's configuration does not name. */
import { membersOfDigest } from '../../src/trace/digest.js';
import { rejectedAt, type Damage } from './apply.js';
import { find, type RawEvent, type RawScenario, type Spot } from './raw.js';

/** The choice of a configuration that makes a learner a member, and who that is. */
function promotion(raw: RawScenario): { readonly slot: number; readonly fresh: string } {
  const birth = raw.files[0]?.header.options.members ?? [];
  const { event } = find(raw, ({ action, value }) => {
    const members = action === 'Propose' ? membersOfDigest(value ?? '') : null;
    return members?.some((member) => !birth.includes(member)) === true;
  });
  const fresh = membersOfDigest(event.value ?? '')?.find((member) => !birth.includes(member));
  return { slot: event.slot ?? 0, fresh: fresh ?? '' };
}

/** Lets a Choose of such a slot count the learner's vote in the place of a member's. */
function countLearner(raw: RawScenario, wanted: (slot: number, promotedIn: number) => boolean): Spot {
  const { slot: promotedIn, fresh } = promotion(raw);
  const voteIn = (slot: number): RawEvent | undefined =>
    raw.files
      .filter(({ header }) => header.member === fresh)
      .flatMap(({ events }) => events)
      .find((event) => event.action === 'HandleAccept' && event.slot === slot && event.outcome === 'new');
  const spot = find(raw, (event) => {
    const slot = event.slot ?? 0;
    return event.action === 'Choose' && wanted(slot, promotedIn) && voteIn(slot) !== undefined;
  });
  const { event, file } = spot;
  const [vote = ''] = voteIn(event.slot ?? 0)?.made ?? [];
  const others = (event.from ?? []).filter((id) => !id.startsWith(file.header.member));
  event.from = [...(event.from ?? []).filter((id) => id !== others[0]), vote];
  return spot;
}

export const voteOfStranger: Damage = {
  name: 'vote-of-stranger',
  about:
    "A choice counts the vote of a replica that listens and that the slot's configuration does not name.",
  of: 'replace-member',
  events: 2_000,
  damage: (raw) =>
    rejectedAt(
      countLearner(raw, (slot, promotedIn) => slot < promotedIn),
      'guard',
      'does not allow Choose',
    ),
};

export const configurationTooEarly: Damage = {
  name: 'configuration-too-early',
  about: 'A choice in one of the alpha slots behind a configuration counts by that configuration.',
  of: 'replace-member',
  events: 2_000,
  damage: (raw) => {
    const alpha = raw.files[0]?.header.options.alpha ?? 0;
    return rejectedAt(
      countLearner(raw, (slot, promotedIn) => slot > promotedIn && slot < promotedIn + alpha),
      'guard',
      'does not allow Choose',
    );
  },
};
