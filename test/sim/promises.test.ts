/** What promises report and what is proposed on them: each rule bites on messages that break it. */
import { expect, it } from 'vitest';
import { configurationOf } from '../../src/core/index.js';
import type { Message } from '../../src/core/messages.js';
import { withSlot } from '../../src/core/slot-map.js';
import { PromiseCheck } from '../../src/sim/checks/promises.js';
import { A, accept, at, B, C, fresh, prepare, promise, X, Y } from '../core/cast.js';

const disk = fresh();
const voted = { accepted: withSlot(disk.accepted, 1, { ballot: at(1, A), value: X }) };

function found(
  ...messages: readonly (Message | readonly [Message, Pick<typeof disk, 'accepted'>])[]
): string[] {
  const check = new PromiseCheck((slot) => configurationOf(disk, slot));
  for (const one of messages) {
    if ('type' in one) check.left(one, disk);
    else check.left(...one);
  }
  return check.found.map(({ what }) => what);
}

const reporting = (member: string, value: typeof X, round: number): Message => ({
  ...promise(at(3, C), member),
  accepted: [[1, { ballot: at(round, A), value }]],
});

it('a Promise reports each vote below its ballot', () => {
  const bare = promise(at(3, C), B);
  expect(found([bare, disk])).toEqual([]);
  expect(found([bare, voted])).toEqual([expect.stringContaining('leaves out its vote in slot 1')]);
  expect(found([reporting(B, X, 1), voted])).toEqual([]);
  // What is asked for begins above the slot, or the vote is not below the ballot.
  expect(found(prepare(at(3, C), 2), [bare, voted])).toEqual([]);
  expect(found([promise(at(1, A), B), voted])).toEqual([]);
});

it('a leader proposes only in a ballot that a quorum promised', () => {
  const one = promise(at(3, C), A);
  expect(found(one, accept(at(3, C), 1, X))).toEqual([expect.stringContaining('which no quorum promised')]);
  expect(found(one, promise(at(3, C), B), accept(at(3, C), 1, X))).toEqual([]);
});

it('a leader proposes the value of the highest ballot that they report', () => {
  const both = [reporting(A, X, 1), reporting(B, Y, 2)];
  expect(found(...both, accept(at(3, C), 1, Y))).toEqual([]);
  const wrong = [expect.stringContaining('with another value than its promises report')];
  expect(found(...both, accept(at(3, C), 1, X))).toEqual(wrong);
  // A third promise that reports nothing allows the lower one, and with another the free choice.
  expect(found(...both, promise(at(3, C), C), accept(at(3, C), 1, X))).toEqual([]);
  expect(found(promise(at(3, C), C), promise(at(3, C), A), accept(at(3, C), 1, X))).toEqual([]);
});
