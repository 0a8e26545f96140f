/** The loop: what a turn does, in which order, and how it ends. */
import { describe, expect, it } from 'vitest';
import type { Message } from '../../src/core/messages.js';
import type { Answer } from '../../src/driver/ports.js';
import { A, acceptRecords, B, ballot, batch, C } from '../contract/samples.js';
import { Probe } from './probe.js';

const op = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text));
const prepare = (round: number, from = B): Message => ({
  type: 'Prepare',
  id: `${from}/1/${round}/0`,
  ballot: ballot(round, from),
  first: 1,
});
const accept = (slot: number, from = B): Message => ({
  type: 'Accept',
  id: `${from}/1/1${slot}/0`,
  ballot: ballot(1, from),
  slot,
  value: batch(`v${slot}`),
});
const accepted = (slot: number): Message => ({
  type: 'Accepted',
  id: `${B}/1/2${slot}/0`,
  ballot: ballot(1),
  slot,
  from: B,
});

describe('the order of a turn', () => {
  it('hands the trace over, then appends, then sends; what rests on the record waits for its sync', () => {
    const probe = new Probe().run();
    probe.news();
    probe.receive(B, prepare(1));
    expect(probe.news()).toEqual(['trace HandlePrepare', 'flush', 'append promise', 'sync']);
    expect(probe.replica.status().unsynced).toBe(1);
    probe.synced();
    expect(probe.news()).toEqual(['trace Persist', 'flush', `send Promise>${B}`]);
    expect(probe.replica.status().unsynced).toBe(0);
  });

  it('sends an Accept at once and its own vote counts once it is synced', () => {
    const probe = new Probe().run();
    probe.lead();
    probe.news();
    const answers: Answer[] = [];
    probe.replica.submit(op('x'), (answer) => answers.push(answer));
    probe.clock.run(0);
    expect(probe.news()).toEqual([
      'trace Propose',
      'flush',
      'append accept',
      'sync',
      `send Accept>${B}`,
      `send Accept>${C}`,
    ]);
    probe.receive(B, accepted(2));
    expect(probe.news()).toEqual(['flush']);
    expect(answers).toEqual([]);
    probe.synced();
    expect(probe.news()).toEqual([
      'trace Persist',
      'trace Choose',
      'trace Apply',
      'flush',
      `send Chosen>${B}`,
      `send Chosen>${C}`,
      'execute 2',
    ]);
    expect(answers).toEqual([{ ok: true, result: op('x'), slot: 2, round: 1, epoch: 1 }]);
  });

  it('gives up what it passed on when the link to the leader breaks', () => {
    const probe = new Probe().run();
    const answers: Answer[] = [];
    const mark = { kind: 'mark', ballot: ballot(1, B) } as const;
    probe.receive(B, { ...accept(1), value: mark } as Message);
    probe.receive(B, { type: 'Chosen', id: `${B}/1/9/0`, ballot: ballot(1, B), upTo: 1 });
    probe.replica.submit(op('x'), (answer) => answers.push(answer));
    probe.clock.run(0);
    expect(probe.sent.map(({ to, frame }) => [to, frame.kind])).toEqual([[B, 'forward']]);
    probe.replica.linkBroke(C);
    expect(answers).toEqual([]);
    probe.replica.linkBroke(B);
    expect(answers).toEqual([{ ok: false, reason: 'timed out' }]);
  });

  it('takes all inputs at hand in one turn: one append, one sync, one frame', () => {
    const probe = new Probe().run();
    probe.news();
    probe.replica.receive(B, { kind: 'parts', parts: [accept(1), accept(2)] });
    probe.replica.receive(B, { kind: 'parts', parts: [accept(3)] });
    probe.clock.run(0);
    const handled = ['trace HandleAccept', 'trace HandleAccept', 'trace HandleAccept'];
    expect(probe.news()).toEqual([
      ...handled,
      'flush',
      'append accept',
      'append accept',
      'append accept',
      'sync',
    ]);
    probe.synced();
    expect(probe.news()).toEqual(['trace Persist', 'flush', `send Accepted+Accepted+Accepted>${B}`]);
  });

  it('makes Chosen the first input of a frame', () => {
    const probe = new Probe().run();
    probe.receive(B, accept(1));
    probe.news();
    probe.receive(B, accept(2), { type: 'Chosen', id: `${B}/1/30/0`, ballot: ballot(1, B), upTo: 1 });
    expect(probe.news().slice(0, 3)).toEqual(['trace HandleChosen', 'trace Apply', 'trace HandleAccept']);
  });

  it('does not campaign in a turn in which it heard a leader before', () => {
    const silent = new Probe().run();
    silent.clock.runUntil(() => silent.replica.status().role === 'candidate', 2_000);
    const late = new Probe();
    late.clock.after(silent.clock.now(), () =>
      late.replica.receive(B, { kind: 'parts', parts: [accept(1)] }),
    );
    late.run();
    late.clock.runUntil(() => late.clock.now() >= silent.clock.now() && late.log.includes('sync'), 2_000);
    expect(late.replica.status()).toMatchObject({ role: 'follower', leader: B });
    late.clock.runUntil(() => late.replica.status().role === 'candidate', 2_000);
    expect(late.replica.status().role).toBe('candidate');
  });

  it('runs one sync at a time, and the next covers all that was appended meanwhile', () => {
    const probe = new Probe().run();
    probe.receive(B, accept(1));
    probe.receive(B, accept(2));
    probe.receive(B, accept(3));
    expect(probe.syncing).toBe(1);
    probe.synced();
    expect(probe.syncing).toBe(1);
    expect(probe.replica.status().unsynced).toBe(2);
    probe.news();
    probe.synced();
    expect(probe.news()).toEqual(['trace Persist', 'flush', `send Accepted+Accepted>${B}`]);
    expect(probe.syncing).toBe(0);
  });

  it('loops its own messages back within the turn: a cell of one leads and answers', () => {
    const probe = new Probe({ members: [A] }).run();
    probe.lead();
    expect(probe.replica.status().role).toBe('leader');
    let answer: Answer | null = null;
    probe.replica.submit(op('alone'), (given) => {
      answer = given;
    });
    probe.clock.run(0);
    expect(answer).toBeNull();
    probe.syncAll();
    expect(answer).toEqual({ ok: true, result: op('alone'), slot: 2, round: 1, epoch: 1 });
    expect(probe.sent).toEqual([]);
  });

  it('lets held messages leave before the sync only where a test planted that mistake', () => {
    const probe = new Probe({ faults: { holdNothing: true } }).run();
    probe.news();
    probe.receive(B, prepare(1));
    expect(probe.news()).toContain(`send Promise>${B}`);
    expect(probe.syncing).toBe(1);
  });

  it('counts what it ignores, by reason, and records no event of it', () => {
    const probe = new Probe().run();
    const lines = probe.lines.length;
    probe.receive(B, accepted(1));
    probe.receive(B, accepted(1));
    expect(Object.values(probe.replica.status().ignored)).toEqual([2]);
    expect(probe.lines.length).toBe(lines);
  });

  it('begins another turn where a thousand inputs are not all', () => {
    const probe = new Probe().run();
    probe.news();
    const parts = Array.from({ length: 2_500 }, (_, i) => accept(i + 1));
    probe.receive(B, ...parts);
    expect(probe.news().filter((word) => word === 'flush').length).toBe(3);
    expect(probe.replica.status().unsynced).toBe(2_500);
  });
});

describe('a later start', () => {
  it('records Restart in its first turn and executes the known prefix before anything else', () => {
    const values = [batch('a'), batch('b')];
    const known = { kind: 'known', first: 1, values } as const;
    const record = { event: { start: 1, seq: 4 }, promised: null, prefix: 2, learnt: ballot(1), body: known };
    const probe = new Probe({ start: 2, records: [record] });
    probe.run();
    expect(probe.news()).toEqual(['trace header', 'trace Restart', 'execute 1', 'execute 2', 'flush']);
    expect(probe.replica.status()).toMatchObject({ prefix: 2, applied: 2, role: 'follower', start: 2 });
    expect(JSON.parse(probe.lines[1] ?? '')).toMatchObject({ recovered: { start: 1, seq: 4 }, seq: 0 });
  });

  it('records Restart where the log is empty, too, and not at the first start', () => {
    expect(new Probe({ start: 2 }).run().news()).toEqual(['trace header', 'trace Restart', 'flush']);
    expect(new Probe({ start: 1 }).run().news()).toEqual(['trace header', 'flush']);
  });

  it('keeps its promise', () => {
    const probe = new Probe({ start: 2, records: acceptRecords(1, 3) }).run();
    probe.news();
    probe.receive('0.00000000', prepare(1, '0.00000000'));
    expect(probe.news()).toEqual(['trace HandlePrepare', 'flush', 'send Reject>0.00000000']);
  });
});

describe('stop', () => {
  it('waits for the running sync, syncs what waits, and ends the trace', () => {
    const probe = new Probe().run();
    probe.receive(B, accept(1));
    probe.receive(B, accept(2));
    let stopped = 0;
    const stop = (): void =>
      probe.replica.stop(() => {
        stopped += 1;
      });
    stop();
    stop();
    probe.clock.run(0);
    expect([stopped, probe.syncing]).toEqual([0, 1]);
    probe.synced();
    expect([stopped, probe.syncing]).toEqual([0, 1]);
    probe.news();
    probe.synced();
    expect(probe.news()).toEqual(['trace Persist', 'flush', `send Accepted>${B}`, 'trace end', 'flush']);
    expect(stopped).toBe(2);
    const events = probe.lines.length - 2;
    expect(JSON.parse(probe.lines.at(-1) ?? '')).toEqual({ kind: 'end', events });
  });

  it('answers what waits, takes nothing more and does nothing more', () => {
    const probe = new Probe().run();
    probe.lead();
    const answers: Answer[] = [];
    probe.replica.submit(op('x'), (answer) => answers.push(answer));
    probe.clock.run(0);
    probe.replica.stop(() => undefined);
    probe.replica.submit(op('y'), (answer) => answers.push(answer));
    probe.syncAll();
    probe.clock.run(0);
    expect(answers).toEqual([
      { ok: false, reason: 'stopping' },
      { ok: false, reason: 'stopping' },
    ]);
    probe.news();
    probe.receive(B, accept(5));
    probe.clock.run(5_000);
    expect(probe.news()).toEqual([]);
  });
});

describe('errors after which nothing is known', () => {
  const failed = (probe: Probe, act: () => void): string => {
    const answers: Answer[] = [];
    probe.replica.submit(op('x'), (answer) => answers.push(answer));
    probe.clock.run(0);
    act();
    probe.clock.run(0);
    expect(probe.fatal.length).toBe(1);
    expect(answers).toEqual([{ ok: false, reason: 'stopping' }]);
    probe.news();
    probe.receive(B, prepare(7));
    probe.clock.run(10_000);
    expect(probe.news(), 'a stopped replica does nothing').toEqual([]);
    expect(probe.lines.at(-1)).not.toContain('"end"');
    let stopped = false;
    probe.replica.stop(() => {
      stopped = true;
    });
    expect(stopped).toBe(true);
    return probe.fatal[0]?.message ?? '';
  };

  it('stops for good when a sync fails, and sends nothing that rested on it', () => {
    const probe = new Probe().run();
    const message = failed(probe, () => {
      probe.receive(B, prepare(1));
      probe.synced(new Error('EIO'));
    });
    expect(message).toBe('syncing the log failed (EIO): what is on disk is unknown, so the replica stops');
    expect(probe.sent.filter(({ frame }) => frame.kind === 'parts')).toEqual([]);
  });

  it('stops for good when an append fails', () => {
    const probe = new Probe().run();
    probe.failAppend = new Error('ENOSPC');
    const message = failed(probe, () => probe.receive(B, prepare(1)));
    expect(message).toContain('appending to the log failed (ENOSPC)');
    expect(probe.syncing).toBe(0);
  });

  it('stops for good when the trace cannot be handed over, before anything that rests on it leaves', () => {
    const probe = new Probe().run();
    probe.failFlush = new Error('ENOSPC');
    const message = failed(probe, () => probe.receive(B, prepare(1)));
    expect(message).toContain('the trace could not be handed to the system: ENOSPC; make room');
    expect(probe.fatal[0]?.exit).toBe('disk');
    expect(probe.syncing).toBe(0);
  });
});
