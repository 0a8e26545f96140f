import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { afterAll, describe, expect, it } from 'vitest';
import { withSlot } from '../../src/core/slot-map.js';
import { initialState, type State } from '../../src/core/state.js';
import type { Transition } from '../../src/core/transition.js';
import type { Birth, Value, Vote } from '../../src/core/types.js';
import { epochOfDigest, isMark, valueDigest } from '../../src/trace/digest.js';
import { decodeLine } from '../../src/trace/format.js';
import { record, recordRestart } from '../../src/trace/record.js';
import { FileSink, RingSink } from '../../src/trace/sinks.js';
import { traceFileName, TraceWriter } from '../../src/trace/writer.js';

const members = ['a.1', 'b.1', 'c.1'];
const birth: Birth = { cell: 'test', members, alpha: 8, leaseMs: 1_000, driftPerMille: 10 };
const first = initialState('a.1', 1, birth);
const ballot = { round: 3, member: 'b.1' };
const batch = (text: string): Value => ({
  kind: 'batch',
  epoch: 0,
  commands: [{ id: `c/${text}`, op: new TextEncoder().encode(text) }],
});
const vote: Vote = { ballot, value: batch('x') };
const digest = valueDigest();

const accepting = (before: State): Transition => {
  const state = {
    ...before,
    seq: before.seq + 1,
    promised: ballot,
    accepted: withSlot(before.accepted, 5, vote),
  };
  const made = [{ type: 'Accepted' as const, id: 'a.1/1/0/0', ballot, slot: 5, from: 'a.1' }];
  const action = {
    name: 'HandleAccept' as const,
    ballot,
    slot: 5,
    value: vote.value,
    outcome: 'new' as const,
  };
  const ids = { from: ['b.1/1/4/0'], made: ['a.1/1/0/0'], released: [] };
  return { state, effects: [], action: { ...action, ...ids }, made };
};

describe('record', () => {
  it('names the arguments, the ids and exactly the variables that changed', () => {
    expect(record(first, accepting(first), digest)).toEqual({
      seq: 0,
      action: 'HandleAccept',
      ballot: '3@b.1',
      slot: 5,
      value: digest(vote.value),
      outcome: 'new',
      from: ['b.1/1/4/0'],
      made: ['a.1/1/0/0'],
      voted: 5,
      post: { promised: '3@b.1', accepted: [[5, '3@b.1', digest(vote.value)]] },
    });
  });

  it('shows an entry that changed though the action does not speak of it', () => {
    let accepted = first.accepted;
    for (let slot = 1; slot <= 200; slot += 1) accepted = withSlot(accepted, slot, vote);
    const before = { ...first, accepted };
    const other: Vote = { ballot, value: batch('y') };
    const state = { ...before, accepted: withSlot(accepted, 77, other), seq: 1 };
    const executed = { slot: 1, value: vote.value, epoch: 0, refused: false };
    const action = { name: 'Apply' as const, ...executed, from: [], made: [], released: [] };
    const event = record(before, { state, effects: [], action, made: [] }, digest);
    expect(event?.post).toEqual({ accepted: [[77, '3@b.1', digest(other.value)]] });
  });

  it('says what a Promise says', () => {
    const state = { ...first, promised: ballot, seq: 1 };
    const promise = { type: 'Promise' as const, id: 'a.1/1/0/0', ballot, from: 'a.1', prefix: 2 };
    const made = [{ ...promise, accepted: [[5, vote] as const] }];
    const ids = { from: ['b.1/1/0/0'], made: ['a.1/1/0/0'], released: [] };
    const action = { name: 'HandlePrepare' as const, ballot, outcome: 'new' as const, ...ids };
    const event = record(first, { state, effects: [], action, made }, digest);
    expect(event?.said).toEqual({ prefix: 2, accepted: [[5, '3@b.1', digest(vote.value)]] });
  });

  it('logs the full state at a Restart and makes no event of a receipt', () => {
    const state = { ...first, start: 2, seq: 1, accepted: withSlot(first.accepted, 5, vote) };
    const { snapshot } = first;
    const action = { name: 'Restart' as const, recovered: null, snapshot, from: [], made: [], released: [] };
    expect(recordRestart(state, action, digest)).toMatchObject({
      seq: 0,
      action: 'Restart',
      above: 0,
      post: { promised: '', role: 'follower', prefix: 0, learnt: '', applied: 0, waiting: 0, known: [] },
    });
    expect(record(first, { state: first, effects: [], action: null, made: [] }, digest)).toBeNull();
  });
});

describe('valueDigest', () => {
  it('tells values apart that share their bytes', () => {
    const command = (id: string, op: string): Value => ({
      kind: 'batch',
      epoch: 0,
      commands: [{ id, op: new TextEncoder().encode(op) }],
    });
    const texts = [command('a', 'bc'), command('ab', 'c'), batch(''), { kind: 'noop' } as const].map(digest);
    const marks = [ballot, { ...ballot, round: 9 }, { ...ballot, member: 'c.1' }].map((of) =>
      digest({ kind: 'mark', ballot: of }),
    );
    const later = digest({ kind: 'batch', epoch: 1, commands: [{ id: 'a', op: new Uint8Array(0) }] });
    const sooner = digest({ kind: 'batch', epoch: 0, commands: [{ id: 'a', op: new Uint8Array(0) }] });
    expect(new Set([...texts, ...marks, later, sooner]).size).toBe(9);
    expect([later, sooner].map(epochOfDigest)).toEqual([1, 0]);
    expect([...texts, ...marks].map(isMark)).toEqual([false, false, false, false, true, true, true]);
    expect(texts[3]).toBe('noop');
    expect(digest(command('a', 'bc'))).toBe(texts[0]);
  });
});

describe('TraceWriter', () => {
  it('writes lines that the codecs read, a full event every K and the end with its count', () => {
    const sink = new RingSink(100);
    const writer = new TraceWriter(sink, first, { fullEvery: 2 });
    let state = first;
    for (let i = 0; i < 4; i += 1) {
      const transition = accepting(state);
      expect(writer.event(state, transition)).toBe(true);
      state = transition.state;
    }
    writer.end();
    writer.end();
    const lines = sink.lines().map(decodeLine);
    expect(lines.every(E.isRight)).toBe(true);
    const kinds = sink
      .lines()
      .map((line) => JSON.parse(line) as { kind?: string; above?: number; events?: number });
    expect(kinds.map((line) => line.kind ?? (line.above === undefined ? 'event' : 'full'))).toEqual([
      'header',
      'event',
      'full',
      'event',
      'full',
      'end',
    ]);
    expect(kinds[5]?.events).toBe(4);
  });

  it('keeps the header and the last lines in a ring, from a full event on', () => {
    const ring = new RingSink(3);
    expect(ring.lines()).toEqual([]);
    for (const line of ['header', '0', '1', '2']) ring.write(line);
    expect(ring.lines()).toEqual(['header', '0', '1', '2']);
    ring.write('{"above":0}');
    expect(ring.lines()).toEqual(['header', '{"above":0}']);
    ring.write('4');
    expect(ring.lines()).toEqual(['header', '{"above":0}', '4']);
    for (const line of ['5', '6', '7']) ring.write(line);
    expect(ring.lines()).toEqual(['header', '5', '6', '7']);
  });
});

describe('FileSink', () => {
  const folder = mkdtempSync(join(tmpdir(), 'decree-sink-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('hands over at each flush, and never writes over the trace of another start', () => {
    const path = join(folder, traceFileName('a.1', 1));
    const sink = new FileSink(path);
    sink.write('one');
    expect(readFileSync(path, 'utf8')).toBe('');
    sink.flush();
    sink.write('two');
    expect(readFileSync(path, 'utf8')).toBe('one\n');
    sink.close();
    sink.close();
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n');
    expect(() => new FileSink(path)).toThrow(/EEXIST/);
  });
});

describe('decodeLine', () => {
  const event = { seq: 0, action: 'Persist', persisted: 3, post: { waiting: 0 } };
  const problem = (line: object): string => {
    const read = decodeLine(JSON.stringify(line));
    return E.isLeft(read) ? read.left : 'no problem';
  };

  it('reads an event', () => {
    expect(problem(event)).toBe('no problem');
  });

  it.each([
    ['an unknown action', { ...event, action: 'Perform' }, /no such action/],
    ['an unknown field', { ...event, extra: 1 }, /no field "extra"/],
    ['an unknown variable', { ...event, post: { term: 1 } }, /no variable "term"/],
    ['a null', { ...event, persisted: null }, /persisted/],
    ['a fraction', { ...event, persisted: 0.5 }, /persisted/],
    ['an integer of 2^31', { ...event, persisted: 2 ** 31 }, /persisted/],
    ['a missing argument', { seq: 0, action: 'Persist', post: {} }, /persisted/],
    ['a ballot without its member', { seq: 0, action: 'BecomeLeader', ballot: '3', post: {} }, /ballot/],
  ])('refuses %s', (_name, line, expected) => {
    expect(problem(line)).toMatch(expected);
  });
});
