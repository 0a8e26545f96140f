/** Damaged scenarios in which something is done twice, or rests on what was not kept. */
import { epochOfDigest } from '../../src/trace/digest.js';
import { rejectedAt, type Damage } from './apply.js';
import { find, findAfter, insert, type RawEvent, type RawScenario } from './raw.js';

export const slotAppliedTwice: Damage = {
  name: 'slot-applied-twice',
  about: 'A replica executes a slot once more, and all its requests with it.',
  of: 'steady',
  events: 150,
  damage: (raw) => {
    const spot = find(raw, ({ action }) => action === 'Apply', 2);
    insert(raw, { ...spot, index: spot.index + 1 }, structuredClone(spot.event));
    return rejectedAt({ ...spot, index: spot.index + 1 }, 'guard', 'does not allow Apply');
  },
};

const isBatch = (value = ''): boolean => epochOfDigest(value) !== null;

/** In every event, one value in the place of another. */
function replaceValue(raw: RawScenario, old: string, by: string): void {
  const instead = (value: string): string => (value === old ? by : value);
  for (const event of raw.files.flatMap(({ events }) => events)) {
    if (event.value !== undefined) event.value = instead(event.value);
    const { post, said } = event;
    if (post.known !== undefined) post.known = post.known.map(([slot, value]) => [slot, instead(value)]);
    if (post.accepted !== undefined)
      post.accepted = post.accepted.map(([slot, ballot, value]) => [slot, ballot, instead(value)]);
    if (said !== undefined)
      event.said = {
        ...said,
        accepted: said.accepted.map(([slot, ballot, value]) => [slot, ballot, instead(value)]),
      };
  }
}

export const requestAppliedTwice: Damage = {
  name: 'request-applied-twice',
  about: 'A leader proposes a batch again, in a later slot, and everybody executes it there too.',
  of: 'steady',
  events: 150,
  damage: (raw) => {
    // Who leads executes first, by the causal order as well.
    const leads = find(raw, ({ action }) => action === 'BecomeLeader');
    const batches = ({ action, value }: RawEvent): boolean => action === 'Apply' && isBatch(value);
    const first = findAfter(leads, batches);
    const second = findAfter(first, batches);
    replaceValue(raw, second.event.value ?? '', first.event.value ?? '');
    return rejectedAt(second, 'invariant', `executes the batch that slot ${first.event.slot ?? 0} executed`);
  },
};

export const tornTail: Damage = {
  name: 'torn-tail',
  about: 'A killed process wrote its last line in part, and another one used what that line let go.',
  of: 'leader-crash',
  events: 2_000,
  damage: (raw) => {
    const file = raw.files.find(({ end }) => end === null);
    if (file === undefined) throw new Error('nobody is killed in the recorded scenario');
    const used = new Set(
      raw.files
        .filter((other) => other.header.member !== file.header.member)
        .flatMap(({ events }) => events.flatMap(({ from }) => from ?? [])),
    );
    const last = file.events.findLastIndex(({ released }) => released?.some((id) => used.has(id)) === true);
    const gone = file.events[last]?.released ?? [];
    file.events = file.events.slice(0, last + 1);
    file.text = (text) => text.slice(0, -20);
    const user = find(raw, ({ from }) => from?.some((id) => gone.includes(id)) === true);
    return rejectedAt(user, 'order', 'was made by no event');
  },
};
