/** Turns the states of a behaviour that TLC printed into the steps of a schedule. */
import { DecreeError } from '../../src/errors.js';
import { INITIAL, type Durable, type ScheduleStep, type SpecMessage, type SpecReplica } from './codec.js';
import {
  atomOf,
  fieldOf,
  itemsOf,
  nameOf,
  numberOf,
  optionalField,
  pairsOf,
  parseState,
  type Printed,
} from './values.js';

/** What the schedule keeps of a state of PaxosReplica. */
export interface SpecState {
  readonly replicas: ReadonlyMap<string, SpecReplica>;
  /** Each message that has left, by its row as text. */
  readonly sent: ReadonlyMap<string, SpecMessage>;
  readonly did: Printed;
}

/** The states that TLC printed: as a counterexample, or as a file of its simulation. */
export function parseStates(text: string): SpecState[] {
  const parts = text.split(/^(?:State \d+: .*|STATE_\d+ ==\s*)$/m).slice(1);
  return parts.map((part) => stateOf(parseState(part.replace(/^=+$/m, ''))));
}

/** The steps between the states; a state that repeats the one before is no step. */
export function stepsOf(states: readonly SpecState[]): ScheduleStep[] {
  const [first] = states;
  for (const [r, replica] of first?.replicas ?? [])
    if (JSON.stringify(replica) !== JSON.stringify(INITIAL))
      throw new DecreeError('invalidInput', `the first state that TLC printed is not Init: ${r} differs`);
  const steps: ScheduleStep[] = [];
  states.slice(1).forEach((after, i) => {
    const before = states[i];
    const step = before === undefined ? undefined : stepOf(before, after);
    if (step !== undefined) steps.push(step);
  });
  return steps;
}

function stepOf(before: SpecState, after: SpecState): ScheduleStep | undefined {
  const changed = [...after.replicas].flatMap(([r, replica]) => {
    const post = changesOf(before.replicas.get(r) ?? INITIAL, replica);
    return Object.keys(post).length === 0 ? [] : [{ r, post }];
  });
  const left = [...after.sent].filter(([key]) => !before.sent.has(key)).map(([, message]) => message);
  if (changed.length === 0 && left.length === 0) return undefined;
  const { did } = after;
  const r = nameOf(fieldOf(did, 'r'));
  const [mover] = changed;
  if (changed.length > 1 || (mover !== undefined && mover.r !== r))
    throw new DecreeError('invalidInput', `a step of ${r} that TLC printed changes another replica`);
  const post = mover?.post ?? {};
  const action = nameOf(fieldOf(did, 'action')) as ScheduleStep['action'];
  return { action, r, ...witnesses(did), ...synced(action, post), post, left };
}

/** A durable step after which nothing waits: the model syncs it at once. */
function synced(action: ScheduleStep['action'], { queue }: ScheduleStep['post']): { synced?: true } {
  const durable = action === 'HandlePrepare' || action === 'HandleAccept' || action === 'HandleCatchUp';
  return durable && queue?.length === 1 ? { synced: true } : {};
}

const NUMBERS = ['ballot', 'slot', 'first', 'count'] as const;
const SETS = ['promises', 'entries'] as const;

type Witnesses = Omit<ScheduleStep, 'action' | 'r' | 'post' | 'left' | 'synced'>;

function witnesses(did: Printed): Witnesses {
  const found: [string, unknown][] = [];
  const add = (name: string, read: (value: Printed) => unknown): void => {
    const value = optionalField(did, name);
    if (value !== undefined) found.push([name, read(value)]);
  };
  for (const name of NUMBERS) add(name, numberOf);
  add('value', nameOf);
  add('message', messageOf);
  add('voters', (value) => itemsOf(value).map(nameOf).sort());
  for (const name of SETS) add(name, (value) => [...messagesOf(value).values()]);
  return Object.fromEntries(found) as Witnesses;
}

function changesOf(before: SpecReplica, after: SpecReplica): ScheduleStep['post'] {
  const names = Object.keys(after) as (keyof SpecReplica)[];
  const changed = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  return Object.fromEntries(changed.map((name) => [name, after[name]])) as ScheduleStep['post'];
}

function stateOf(variables: ReadonlyMap<string, Printed>): SpecState {
  const variable = (name: string): Printed => {
    const value = variables.get(name);
    if (value === undefined) throw new DecreeError('invalidInput', `a state that TLC printed has no ${name}`);
    return value;
  };
  const of = (name: string, r: string): Printed => fieldOf(variable(name), r);
  const names = pairsOf(variable('role')).map(([r]) => nameOf(r));
  const replica = (r: string): SpecReplica => ({
    queue: itemsOf(of('queue', r)).map(durableOf),
    known: knownOf(of('known', r)),
    prefix: numberOf(of('prefix', r)),
    learnt: numberOf(of('learnt', r)),
    role: nameOf(of('role', r)) as SpecReplica['role'],
    applied: numberOf(of('applied', r)),
  });
  const sent = pairsOf(variable('sent')).flatMap(([, messages]) => [...messagesOf(messages)]);
  return {
    replicas: new Map(names.sort().map((r) => [r, replica(r)])),
    sent: new Map(sent.sort(([a], [b]) => (a < b ? -1 : 1))),
    did: variable('did'),
  };
}

function durableOf(value: Printed): Durable {
  const number = (name: string): number => numberOf(fieldOf(value, name));
  return {
    promised: number('promised'),
    accepted: votesOf(fieldOf(value, 'accepted')),
    known: knownOf(fieldOf(value, 'known')),
    prefix: number('prefix'),
    learnt: number('learnt'),
    out: [...messagesOf(fieldOf(value, 'out')).values()],
  };
}

function knownOf(value: Printed): [number, string][] {
  return bySlot(pairsOf(value).map(([slot, known]) => [numberOf(slot), nameOf(known)]));
}

function votesOf(value: Printed): [number, number, string][] {
  return bySlot(
    pairsOf(value).map(([slot, vote]) => [
      numberOf(slot),
      numberOf(fieldOf(vote, 'ballot')),
      nameOf(fieldOf(vote, 'value')),
    ]),
  );
}

function bySlot<Row extends readonly [number, ...unknown[]]>(rows: Row[]): Row[] {
  return rows.sort(([a], [b]) => a - b);
}

/** A set of messages by their rows as text, in that order. */
function messagesOf(value: Printed): Map<string, SpecMessage> {
  const messages = itemsOf(value).map(messageOf);
  return new Map(messages.map((m) => [JSON.stringify(m), m] as const).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function messageOf(value: Printed): SpecMessage {
  const number = (name: string): number => numberOf(fieldOf(value, name));
  const name = (field: string): string => nameOf(fieldOf(value, field));
  const type = atomOf(fieldOf(value, 'type'));
  switch (type) {
    case 'prepare':
      return ['prepare', number('ballot'), name('from'), number('first')];
    case 'promise':
      return [
        'promise',
        number('ballot'),
        name('from'),
        number('prefix'),
        votesOf(fieldOf(value, 'accepted')),
      ];
    case 'accept':
      return ['accept', number('ballot'), number('slot'), name('value')];
    case 'accepted':
      return ['accepted', number('ballot'), number('slot'), name('from')];
    case 'chosen':
      return ['chosen', number('ballot'), number('upTo')];
    case 'entry':
      return ['entry', number('slot'), name('value'), number('learnt')];
    case 'reject':
      return ['reject', number('ballot')];
    default:
      throw new DecreeError('invalidInput', `a message that TLC printed is of no known type: ${type}`);
  }
}
