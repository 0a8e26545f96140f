/** What is counted from traces decides whether a run proved enough. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { gather } from '../../src/verify/evidence.js';

const folder = mkdtempSync(join(tmpdir(), 'decree-evidence-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, lines: readonly object[], tail = ''): string {
  const path = join(folder, name);
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join('') + tail);
  return path;
}

const promise = (seq: number, ballot: string, accepted: unknown[]): object => ({
  seq,
  action: 'HandlePrepare',
  ballot,
  outcome: 'new',
  from: ['a.1/1/0/0'],
  made: [`b.1/1/${seq}/0`],
  said: { prefix: 0, accepted },
  post: {},
});
const propose = (slot: number, ballot: string, value: string, from: string[]): object => ({
  seq: 9,
  action: 'Propose',
  ballot,
  slot,
  value,
  voted: slot,
  from,
  post: {},
});
const lead = (ballot: string): object => ({ seq: 1, action: 'BecomeLeader', ballot, from: [], post: {} });

describe('gather', () => {
  it('counts a re-proposal where a counted promise reports the value at another ballot', () => {
    const acceptor = file('b.ndjson', [promise(0, '2@a.1', [[4, '1@c.1', 'v']])]);
    const leader = file('a.ndjson', [lead('2@a.1'), propose(4, '2@a.1', 'v', ['b.1/1/0/0'])]);
    const found = gather([acceptor, leader]);
    expect(found).toMatchObject({ files: 2, events: 3, reproposals: 1, ballotsThatLed: ['2@a.1'] });
    expect(found.actions.get('Propose')).toBe(1);
  });

  it.each([
    ['another slot', propose(5, '2@a.1', 'v', ['b.1/1/0/0'])],
    ['another value', propose(4, '2@a.1', 'w', ['b.1/1/0/0'])],
    ['a promise that was not counted', propose(4, '2@a.1', 'v', [])],
    ['a vote at its own ballot', propose(4, '1@c.1', 'v', ['b.1/1/0/0'])],
  ])('does not count %s', (_, event) => {
    const acceptor = file('b.ndjson', [promise(0, '2@a.1', [[4, '1@c.1', 'v']])]);
    expect(gather([acceptor, file('a.ndjson', [event])]).reproposals).toBe(0);
  });

  it('counts each ballot once, and leaves out a line that a kill tore', () => {
    const torn = '{"seq":3,"action":"BecomeLeader","ballot":"9@a.1","post":{}';
    const one = file('a.ndjson', [lead('1@a.1'), lead('1@a.1'), lead('3@a.1')], torn);
    expect(gather([one])).toMatchObject({ events: 3, ballotsThatLed: ['1@a.1', '3@a.1'] });
  });

  it('counts reads under the lease, and those of a process whose file has no end', () => {
    const read = { seq: 1, action: 'ReadLocally', ballot: '1@a.1', from: [], post: {} };
    const killed = file('a.ndjson', [read, read]);
    const stopped = file('b.ndjson', [read, { kind: 'end', events: 1 }]);
    const found = gather([killed, stopped]);
    expect(found.actions.get('ReadLocally')).toBe(3);
    expect(found.leasedReadsOfKilled).toBe(2);
  });
});
