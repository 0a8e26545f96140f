/** Replicas together, in virtual time: who answers a request, what is synced by then, and how a cell ends. */
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../src/driver/ports.js';
import { SimCell, type CellSetup } from '../../src/sim/cell.js';
import { AnswerCheck } from '../../src/sim/checks/answers.js';
import { Journal } from '../../src/sim/journal.js';
import { readEvents } from '../../src/sim/rehearsal.js';

const led = (
  setup: Partial<CellSetup> = {},
): { cell: SimCell; leader: string; followers: readonly string[] } => {
  const cell = new SimCell({ seed: 21, ...setup }).start();
  expect(cell.runUntil(() => cell.leader() !== null, 5_000)).toBe(true);
  cell.run(300);
  const leader = cell.leader() ?? '';
  return { cell, leader, followers: cell.others(leader) };
};

const ask = (cell: SimCell, name: string, op: string): { answer: Answer | null } => {
  const box: { answer: Answer | null } = { answer: null };
  cell.submit(name, op, (answer) => {
    expect(box.answer, 'answered once').toBeNull();
    box.answer = answer;
  });
  return box;
};

const executed = (cell: SimCell, name: string): readonly string[] => {
  const { machine } = cell.process(name);
  if (!(machine instanceof Journal)) throw new Error('no journal');
  return machine.entries().map(({ op }) => Buffer.from(op).toString());
};

describe('acknowledged writes', () => {
  it('are covered by syncs of a quorum at the moment of the answer, counted at the disks', () => {
    const { cell, leader, followers } = led({ sync: { minMs: 5, maxMs: 25 } });
    const check = new AnswerCheck(cell);
    const { replica } = cell.process(leader);
    for (let n = 1; n <= 60; n++) {
      const id = `${cell.node(leader).member}/1/c${n}`;
      replica.submit(Uint8Array.of(n), (answer) => {
        expect(answer.ok).toBe(true);
        if (answer.ok) check.answered(id, answer.slot);
      });
      cell.run(4);
    }
    cell.run(500);
    expect(check.acknowledged.length).toBe(60);
    expect(check.uncovered).toEqual([]);
    const synced = [leader, ...followers].map((name) => cell.node(name).disk.counts.syncs);
    for (const syncs of synced) expect(syncs).toBeGreaterThan(1);
  });

  it('share syncs on a slow disk: fewer syncs than slots', () => {
    const { cell, leader } = led({ sync: { minMs: 30, maxMs: 30 }, alpha: 64 });
    const answers = Array.from({ length: 50 }, (_, n) => {
      cell.run(2);
      return ask(cell, leader, `w${n}`);
    });
    cell.run(1_000);
    expect(answers.every(({ answer }) => answer?.ok)).toBe(true);
    const { appended, syncs } = cell.node(leader).disk.counts;
    expect(appended).toBeGreaterThan(40);
    expect(syncs).toBeLessThan(appended / 4);
  });

  it('are not given while a quorum cannot sync', () => {
    const { cell, leader, followers } = led();
    for (const name of followers) cell.node(name).disk.latency = { minMs: 900, maxMs: 900 };
    const write = ask(cell, leader, 'slow');
    cell.run(800);
    expect(write.answer).toBeNull();
    cell.run(400);
    expect(write.answer?.ok).toBe(true);
  });
});

describe('passing on', () => {
  it('a follower passes a request to the leader and answers with its result', () => {
    const { cell, leader, followers } = led();
    const writes = followers.map((name) => ask(cell, name, `from ${name}`));
    cell.run(200);
    for (const { answer } of writes) expect(answer?.ok).toBe(true);
    expect(executed(cell, leader).toSorted()).toEqual(followers.map((name) => `from ${name}`));
  });

  it('executes a request once although the links repeat every frame', () => {
    const network = { duplicatePerMille: 1_000, reorder: true, maxMs: 20 };
    const { cell, leader, followers } = led({ network });
    const writes = Array.from({ length: 40 }, (_, n) => {
      cell.run(5);
      return ask(cell, followers[n % 2] ?? '', `write ${n}`);
    });
    cell.run(1_000);
    const ok = writes.filter(({ answer }) => answer?.ok).length;
    expect(ok).toBe(40);
    expect(executed(cell, leader).length).toBe(40);
  });

  it('a request that was passed on to a replica that does not lead is not passed on again', () => {
    const { cell, leader, followers } = led();
    const [one = '', other = ''] = followers;
    const id = `${cell.node(one).member}/1/c77`;
    const before = cell.network.counts.sent;
    cell.process(other).replica.receive(cell.node(one).member, {
      ...{ kind: 'forward', id, op: Uint8Array.of(1), epoch: 0 },
    });
    const answers: unknown[] = [];
    cell.network.observe = (from, frame) => {
      if (frame.kind !== 'parts') answers.push({ from, frame });
    };
    cell.run(50);
    const refusal = { kind: 'answer', id, epoch: 0, answer: { ok: false, reason: 'no leader' } };
    expect(answers).toEqual([{ from: cell.node(other).member, frame: refusal }]);
    expect(cell.network.counts.sent).toBeGreaterThan(before);
    expect(executed(cell, leader)).toEqual([]);
  });

  it('waits for the election where no leader is known, then answers', () => {
    const cell = new SimCell({ seed: 3 }).start();
    const write = ask(cell, 'r1', 'early');
    cell.run(2_000);
    expect(write.answer?.ok).toBe(true);
  });

  it('says no leader in a cell without a quorum, and the command does not happen later', () => {
    const cell = new SimCell({ seed: 3 }).start('r1');
    const write = ask(cell, 'r1', 'alone');
    cell.run(2_500);
    expect(write.answer).toEqual({ ok: false, reason: 'no leader' });
    cell.start('r2', 'r3');
    cell.run(5_000);
    expect(cell.leader()).not.toBeNull();
    expect(executed(cell, 'r1')).toEqual([]);
  });
});

describe('time-outs and limits', () => {
  it('a request that the leader proposed and cannot get chosen times out, and may happen later', () => {
    const { cell, leader, followers } = led();
    cell.isolate(leader, 'cut');
    const write = ask(cell, leader, 'stuck');
    cell.run(3_999);
    expect(write.answer).toBeNull();
    cell.run(2);
    expect(write.answer).toEqual({ ok: false, reason: 'timed out' });
    expect(followers.flatMap((name) => executed(cell, name))).toEqual([]);
  });

  it('puts a request again, in the next epoch, once another value stands in the slot of the proposal', () => {
    const { cell, leader } = led();
    cell.isolate(leader, 'cut');
    const write = ask(cell, leader, 'overwritten');
    expect(cell.runUntil(() => ![null, leader].includes(cell.leader()), 5_000)).toBe(true);
    const next = ask(cell, cell.leader() ?? '', 'instead');
    cell.run(300);
    cell.heal();
    cell.run(1_000);
    expect(next.answer?.ok).toBe(true);
    expect([write.answer, next.answer]).toMatchObject([
      { ok: true, epoch: 2 },
      { ok: true, epoch: 2 },
    ]);
    for (const name of cell.names) expect(executed(cell, name)).toEqual(['instead', 'overwritten']);
  });

  it('refuses requests beyond the limit and takes them again when others are answered', () => {
    const { cell, leader } = led({ options: { pendingLimit: 5 } });
    const writes = Array.from({ length: 8 }, (_, n) => ask(cell, leader, `w${n}`));
    const refused = writes.filter(({ answer }) => answer !== null).map(({ answer }) => answer);
    expect(refused).toEqual(Array.from({ length: 3 }, () => ({ ok: false, reason: 'too many requests' })));
    cell.run(200);
    expect(writes.filter(({ answer }) => answer?.ok).length).toBe(5);
    const again = ask(cell, leader, 'again');
    cell.run(200);
    expect(again.answer?.ok).toBe(true);
  });

  it('fills a batch while the window is full', () => {
    const { cell, leader } = led({ alpha: 1, sync: { minMs: 20, maxMs: 20 } });
    const writes = Array.from({ length: 100 }, (_, n) => ask(cell, leader, `w${n}`));
    cell.run(500);
    expect(writes.every(({ answer }) => answer?.ok)).toBe(true);
    expect(cell.process(leader).replica.status().prefix).toBeLessThanOrEqual(3);
    expect(executed(cell, leader)).toEqual(Array.from({ length: 100 }, (_, n) => `w${n}`));
  });
});

describe('the end of a process', () => {
  it('a cell that stops in peace syncs all that it handled, and each trace has its end', () => {
    const { cell, leader } = led({ sync: { minMs: 20, maxMs: 40 } });
    for (let n = 0; n < 10; n++) ask(cell, leader, `w${n}`);
    cell.run(5);
    cell.finish();
    for (const name of cell.names) {
      const { appended, lost } = cell.node(name).disk.counts;
      expect([cell.node(name).disk.recover().length, lost]).toEqual([appended, 0]);
    }
    const traces = [...cell.folder()].filter(([name]) => name.endsWith('.ndjson'));
    expect(traces.length).toBe(3);
    for (const [, text] of traces) expect(text.trimEnd().split('\n').at(-1)).toMatch(/^\{"kind":"end"/);
  });

  it('a member whose sync fails stops with the reason, the others go on, and it comes back', () => {
    const { cell, leader, followers } = led();
    cell.node(leader).disk.failNextSync = new Error('EIO');
    const write = ask(cell, leader, 'unlucky');
    cell.run(3_000);
    expect(cell.node(leader).process).toBeNull();
    expect(cell.node(leader).fatal.map(({ message }) => message)).toEqual([
      'syncing the log failed (EIO): what is on disk is unknown, so the replica stops',
    ]);
    expect(write.answer).toEqual({ ok: false, reason: 'stopping' });
    expect(followers).toContain(cell.leader());
    cell.start(leader);
    const after = ask(cell, leader, 'after');
    cell.run(2_000);
    expect(after.answer?.ok).toBe(true);
    expect(executed(cell, leader)).toEqual(executed(cell, followers[0] ?? ''));
  });

  it('names in the manifest the files of processes that were killed for good', () => {
    const { cell, leader, followers } = led();
    ask(cell, leader, 'x');
    cell.run(100);
    const [killed = ''] = followers;
    cell.crash(killed);
    cell.finish();
    const manifest: unknown = JSON.parse(cell.folder().get('manifest.json') ?? '');
    expect(manifest).toMatchObject({ version: 1, killed: [`${cell.node(killed).member}-1.ndjson`] });
    expect(readEvents(cell.folder()).length).toBeGreaterThan(10);
  });
});
