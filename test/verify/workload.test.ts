/** The clients of the main job against a store in memory: what they record can be judged, both ways. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { checkHistory, EMPTY, execute, kvModel } from '../../src/history/index.js';
import type { KvInput, KvState } from '../../src/history/index.js';
import type { Attempt, KvPort } from '../../src/verify/port.js';
import { pickFrom } from '../../src/history/pick.js';
import { Operations } from '../../src/history/operations.js';
import { Workload } from '../../src/verify/workload.js';

/**
 * One store for all clients. One operation in ten gets no answer and one in ten is refused; or else all are
 * answered, and one put in twenty is applied twice.
 */
class Memory {
  state: KvState = EMPTY;
  private readonly pick = pickFrom(99);

  constructor(private readonly twice = false) {}

  port(): KvPort {
    return {
      run: (input) => this.run(input),
      close: () => undefined,
    };
  }

  private async run(input: KvInput): Promise<Attempt> {
    await sleep(this.pick(3));
    const fate = this.twice ? 9 : this.pick(10);
    if (fate === 0) return { kind: 'refused', why: 'no leader' };
    const step = execute(this.state, input);
    if (fate !== 1 || this.pick(2) === 0) this.state = step.state;
    if (this.twice && input.kind === 'put' && this.pick(20) === 0)
      this.state = execute(this.state, input).state;
    await sleep(this.pick(3));
    return fate === 1 ? { kind: 'unknown', why: 'timed out' } : { kind: 'answered', output: step.output };
  }
}

async function work(memory: Memory, ms: number): Promise<Workload> {
  const clients = [0, 1, 2, 3].map(() => memory.port());
  const workload = new Workload({ clients, seed: 5, rate: 1500 });
  await sleep(ms);
  await workload.stop();
  return workload;
}

describe('Workload', () => {
  it('records a history that is linearizable where the store is right', async () => {
    const memory = new Memory();
    const workload = await work(memory, 1200);
    const history = workload.history();
    expect(checkHistory(kvModel, history).kind).toBe('linearizable');
    const { writes, reads, txns, unknown, refused } = workload.counts;
    expect(Math.min(writes, reads, txns, unknown, refused)).toBeGreaterThan(5);
    const answered = history.filter(({ end }) => end.kind === 'answered');
    expect(answered.length).toBe(writes + reads + txns);
    expect(history.length).toBe(answered.length + unknown);
    expect([...workload.failures]).toEqual(
      expect.arrayContaining([
        ['no leader', refused],
        ['timed out', unknown],
      ]),
    );
  });

  it('records what shows that a store applied a put twice', async () => {
    const workload = await work(new Memory(true), 600);
    expect(checkHistory(kvModel, workload.history()).kind).toBe('violation');
  });

  it('does not pause in a hurry, nor makes up for it with a longer pause', async () => {
    const memory = new Memory();
    const workload = new Workload({ clients: [memory.port()], seed: 5, rate: 1 });
    await sleep(50);
    const before = workload.history().length;
    workload.hurry(true);
    await sleep(200);
    workload.hurry(false);
    await workload.stop();
    expect(before).toBeLessThan(3);
    expect(workload.history().length).toBeGreaterThan(before + 5);
  });
});

describe('Operations', () => {
  it('asks the same for the same seed, with unique values and every kind of operation', () => {
    const ask = (): KvInput[] => {
      const operations = new Operations(1, pickFrom(3));
      return Array.from({ length: 500 }, () => operations.next());
    };
    expect(ask()).toEqual(ask());
    const values = JSON.stringify(ask()).match(/"value":"[^"]*"/g) ?? [];
    expect(new Set(values).size).toBe(values.length);
    expect(new Set(ask().map(({ kind }) => kind))).toEqual(new Set(['put', 'range', 'delete', 'txn']));
  });
});
