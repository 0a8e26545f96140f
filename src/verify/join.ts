/** A new member joins a cell: its marker is made, the cell is told of it, and it is waited for. */
import { CERTAIN } from '../client/caller.js';
import type { Client, Outcome } from '../client/index.js';
import { DecreeError } from '../errors.js';
import { formatAddress, formatPlace, parseAddress } from '../runtime/addresses.js';
import { parseBirth } from '../runtime/birth.js';
import { randomHex } from '../runtime/clock.js';
import { makeJoiner, type Marker } from '../runtime/marker.js';
import type { LocalCell } from '../runtime/cell.js';
import type { Address } from '../runtime/tcp/outgoing.js';

export interface Joining {
  readonly replica: string;
  readonly directory: string;
  readonly peer: Address;
  readonly client: Address;
  /** It stays a learner until it is promoted. */
  readonly learner: boolean;
  /** The numeric id of the member whose place it takes, or null. */
  readonly replaces: bigint | null;
}

/** A change takes longer than a request: it waits for syncs of the new members. In milliseconds. */
export const CHANGE_TIMEOUTS = { timeoutMs: 30_000, attemptMs: 20_000 } as const;

const PATIENCE_MS = 30_000;

/** Makes the directory with its marker, and then the cell's configuration that has it as a learner. */
export async function join(client: Client, joining: Joining): Promise<Marker> {
  const { replica, directory, peer, learner, replaces } = joining;
  const listed = demand(await client.members());
  const birth = parseBirth(listed.decreeBirth, 'the birth record that the cell tells');
  const contacts = Object.fromEntries(
    listed.members.map((one) => [
      one.decreeMember,
      formatPlace({ peer: addressOf(one.peerUrls), client: addressOf(one.clientUrls) }),
    ]),
  );
  if (listed.members.some(({ name, id }) => name === replica && id !== replaces))
    throw new DecreeError('usage', `${replica} is a member already: give the new one another name`);
  const marker = makeJoiner(directory, { birth, replica, incarnation: randomHex(8), contacts });
  const asked = {
    peerUrls: [`http://${formatAddress(peer)}`],
    isLearner: learner,
    decreeMember: marker.member,
    decreeClient: formatAddress(joining.client),
    decreeReplaces: replaces ?? 0n,
  };
  const deadline = performance.now() + PATIENCE_MS;
  let outcome = await client.addMember(asked);
  while (isTooEarly(outcome) && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    outcome = await client.addMember(asked);
  }
  demand(outcome);
  return marker;
}

/** What a cell answers whose dead machine led a moment ago: the change has not begun, and soon it can. */
const isTooEarly = (outcome: Outcome<unknown>): boolean =>
  outcome.kind === 'failed' && CERTAIN.includes(outcome.error.message);

/**
 * Resolves once the member votes and whom it replaces does not, by a change that is answered: the machine of
 * that one may go then. A list alone does not say so: it shows what is known, be it on one disk.
 */
export async function untilMember(client: Client, member: string, patienceMs: number): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const outcome = await client.members();
    const found = outcome.kind === 'ok' && outcome.value.members.find((one) => one.decreeMember === member);
    const named = found !== false && found?.isLearner === false ? found : null;
    if (named !== null && isAnswered(await client.promoteMember(named.id))) return;
    if (performance.now() > deadline)
      throw new DecreeError('failed', `${member} is no member after ${patienceMs} ms: does it run?`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A leader begins with no change before the last one is answered, not even to refuse it for what it is. */
const isAnswered = (promoted: Outcome<unknown>): boolean =>
  promoted.kind === 'ok' || promoted.error.message === 'etcdserver: can only promote a learner member';

/** On a cell of this machine: the new member gets a directory and ports, is started and waited for. */
export async function joinLocally(
  cell: LocalCell,
  client: Client,
  wish: Pick<Joining, 'replica' | 'learner' | 'replaces'>,
): Promise<Marker> {
  const place = await cell.place(wish.replica);
  const marker = await join(client, { ...wish, ...place });
  cell.enlist(marker.replica, marker.member, place);
  await cell.start(marker.replica);
  if (!wish.learner) await untilMember(client, marker.member, PATIENCE_MS);
  return marker;
}

function addressOf([url = '']: readonly string[]): Address | null {
  return parseAddress(url.replace(/^http:\/\//, ''));
}

function demand<T>(outcome: Outcome<T>): T {
  if (outcome.kind === 'ok') return outcome.value;
  throw new DecreeError('failed', outcome.error.message);
}
