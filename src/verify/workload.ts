/** Clients at work on shared keys, each operation recorded from its start to its end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Recorder } from '../history/index.js';
import type { History, KvInput, KvOutput } from '../history/index.js';
import { Operations } from '../history/index.js';
import type { KvPort } from './port.js';
import { pickFrom } from '../history/index.js';

export interface Counts {
  /** Acknowledged puts and deletes; those inside a Txn are not counted. */
  writes: number;
  /** Answered reads of one key or of a range. */
  reads: number;
  /** Answered Txns. */
  txns: number;
  /** Operations that certainly did not happen. */
  refused: number;
  /** Operations of which nobody knows. */
  unknown: number;
}

export interface WorkloadSetup {
  readonly clients: readonly KvPort[];
  readonly seed: number;
  /** Operations a second of all clients together; what an outage cost is made up for. */
  readonly rate: number;
}

/** How long a client waits after a failure, in milliseconds. */
const AFTER_FAILURE_MS = 60;

export class Workload {
  readonly counts: Counts = { writes: 0, reads: 0, txns: 0, refused: 0, unknown: 0 };
  /** Why operations failed, and how often. */
  readonly failures = new Map<string, number>();
  private readonly recorder = new Recorder<KvInput, KvOutput>();
  private readonly running: Promise<void>[];
  private stopped = false;
  private hurrying = false;

  constructor(private readonly setup: WorkloadSetup) {
    this.running = setup.clients.map((port, client) => this.work(port, client));
  }

  /** Operations in progress end; then nothing more is asked. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.running);
  }

  /** In a hurry the clients do not pause between operations. */
  hurry(on: boolean): void {
    this.hurrying = on;
  }

  history(): History<KvInput, KvOutput> {
    return this.recorder.history();
  }

  private async work(port: KvPort, client: number): Promise<void> {
    const { rate, clients, seed } = this.setup;
    const pick = pickFrom(seed + 1 + client);
    const operations = new Operations(client, pick);
    const pause = (1000 * clients.length) / rate;
    let due = performance.now() + pick(Math.ceil(pause));
    while (!this.stopped) {
      while (!this.stopped && !this.hurrying && due > performance.now()) {
        await sleep(Math.min(20, due - performance.now()));
      }
      if (this.stopped) return;
      due = (this.hurrying ? performance.now() : due) + pause * (0.5 + pick(1000) / 1000);
      if (!(await this.one(port, client, operations))) await sleep(AFTER_FAILURE_MS);
    }
  }

  /** Asks once; false where there was no answer. */
  private async one(port: KvPort, client: number, operations: Operations): Promise<boolean> {
    const input = operations.next();
    const operation = this.recorder.invoke(client, input);
    const attempt = await port.run(input);
    if (attempt.kind === 'answered') {
      this.recorder.answer(operation, attempt.output);
      operations.saw(attempt.output);
      this.count(input);
      return true;
    }
    if (attempt.kind === 'refused') this.recorder.refuse(operation);
    this.counts[attempt.kind] += 1;
    this.failures.set(attempt.why, (this.failures.get(attempt.why) ?? 0) + 1);
    return false;
  }

  private count(input: KvInput): void {
    if (input.kind === 'range') this.counts.reads += 1;
    else if (input.kind === 'txn') this.counts.txns += 1;
    else this.counts.writes += 1;
  }
}
