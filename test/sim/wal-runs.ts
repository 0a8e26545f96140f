/**
 * Random runs of the log on simulated files: writes, syncs, crashes, failing and slow syncs, full disks,
 * power cuts between any two calls. The oracle is its own: what was appended, and what a sync was done for.
 */
import type { LogRecord } from '../../src/core/types.js';
import { DecreeError } from '../../src/errors.js';
import type { StorageFaults } from '../../src/storage/faults.js';
import { pack } from '../../src/storage/msgpack.js';
import { SimClock, type ProcessClock } from '../../src/sim/clock.js';
import { SimRandom } from '../../src/sim/random.js';
import { SimWalDisk } from '../../src/sim/wal-disk.js';
import type { DiskStart } from '../../src/sim/node-disk.js';
import { A, B } from '../contract/samples.js';

export interface WalRunReport {
  /** The first thing that went wrong, or null. */
  readonly wrong: string | null;
  readonly appended: number;
  readonly synced: number;
  readonly starts: number;
  readonly files: SimWalDisk['files']['counts'];
}

export class WalRun {
  private readonly clock = new SimClock();
  private readonly random: SimRandom;
  private readonly disk: SimWalDisk;
  private opened: { readonly port: DiskStart; readonly process: ProcessClock } | null = null;
  private appended: LogRecord[] = [];
  /** How many of them a sync was done for, since the last start or before it. */
  private synced = 0;
  private syncing = false;
  private seq = 0;
  /** What may have made the disk fail in this life. */
  private excuse = false;
  private wrong: string | null = null;
  private readonly counts = { appended: 0, synced: 0, starts: 0 };

  constructor(
    seed: number,
    faults: Partial<StorageFaults> = {},
    /** Faults of the disk besides crashes. */
    private readonly failing = true,
  ) {
    this.random = new SimRandom(seed);
    const identity = { cell: 'test', member: A };
    const segmentBytes = this.random.integer(1, 4) * 1_024;
    const killPerMille = this.random.integer(0, 6) * 100;
    const latency = { minMs: 1, maxMs: this.random.integer(1, 30) };
    this.disk = new SimWalDisk(this.random.fork('disk'), latency, {
      identity,
      segmentBytes,
      killPerMille,
      faults,
    });
  }

  run(steps: number): WalRunReport {
    for (let step = 0; step < steps && this.wrong === null; step += 1) {
      if (this.opened === null) this.start();
      else this.act();
    }
    if (this.wrong === null) this.end();
    return { wrong: this.wrong, ...this.counts, files: { ...this.disk.files.counts } };
  }

  private act(): void {
    const { random } = this;
    const choice = random.integer(0, 99);
    if (choice < 40) this.append();
    else if (choice < 65) this.sync();
    else if (choice < 88) this.clock.run(random.integer(1, 25));
    else if (choice < 93) this.crash();
    else if (choice < 94) this.attempt(() => this.close());
    else if (this.failing) this.injure();
  }

  private injure(): void {
    const { random } = this;
    const { files } = this.disk;
    switch (random.integer(0, 3)) {
      case 0:
        files.failNextSync = Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
        break;
      case 1:
        files.room = random.integer(0, 600);
        break;
      case 2:
        files.failAfter(random.integer(0, 12));
        break;
      default:
        files.latency = { minMs: 1, maxMs: random.integer(1, 60) };
        return;
    }
    this.excuse = true;
  }

  private start(): void {
    const { random, disk } = this;
    const full = this.failing && random.chance(150);
    disk.files.room = full ? random.integer(0, 200) : Infinity;
    if (this.failing && random.chance(150)) disk.files.failAfter(random.integer(0, 14));
    else if (this.failing && random.chance(100)) disk.failNextSync = new Error('EIO: i/o error, fdatasync');
    this.excuse = full || disk.failNextSync !== null || disk.files.failing;
    const process = this.clock.process();
    this.attempt(() => {
      const port = disk.start(process, () => undefined);
      this.opened = { port, process };
      this.recovered(port.records);
      this.synced = this.appended.length;
      port.begin();
      this.counts.starts += 1;
    });
  }

  private recovered(records: readonly LogRecord[]): void {
    const expected = this.appended.slice(0, records.length);
    if (!pack(records).equals(pack(expected))) this.wrong = 'recovered something else than a prefix';
    if (records.length < this.synced) this.wrong = `${records.length} of ${this.synced} synced records`;
    this.appended = expected;
    this.seq = 0;
    this.syncing = false;
  }

  private append(): void {
    const { random } = this;
    const start = this.opened?.port.start ?? 0;
    const records = Array.from({ length: random.integer(1, 4) }, (): LogRecord => {
      this.seq += random.integer(1, 3);
      const ballot = { round: this.seq, member: random.chance(500) ? A : B };
      const op = new Uint8Array(random.chance(200) ? random.integer(400, 1_800) : random.integer(0, 90));
      op.fill(random.integer(1, 255));
      const value = { kind: 'batch' as const, epoch: 0, commands: [{ id: `c${this.seq}`, op }] };
      const body = { kind: 'accept' as const, slot: this.seq, ballot, value };
      return { event: { start, seq: this.seq }, promised: ballot, prefix: 0, learnt: null, body };
    });
    this.appended.push(...records);
    this.counts.appended += records.length;
    this.attempt(() => this.opened?.port.disk.append(records));
  }

  private sync(): void {
    const life = this.opened;
    if (this.syncing || life === null) return;
    const covered = this.appended.length;
    this.syncing = true;
    this.attempt(() =>
      life.port.disk.sync((error) => {
        if (this.opened !== life) return;
        this.syncing = false;
        if (error !== null) return this.failed(error);
        this.synced = covered;
        this.counts.synced += 1;
        if (this.random.chance(300)) this.checkDurable(covered);
      }),
    );
  }

  /** What a power cut that spares nothing would leave now. */
  private checkDurable(covered: number): void {
    try {
      const durable = this.disk.recover().length;
      if (durable < covered) this.wrong ??= `${durable} of ${covered} records are on the disk after a sync`;
    } catch (error) {
      this.wrong ??= error instanceof Error ? error.message : String(error);
    }
  }

  private close(): void {
    this.opened?.process.end();
    this.disk.close();
    this.opened = null;
    if (!this.syncing) this.synced = this.appended.length;
  }

  private crash(): void {
    this.opened?.process.end();
    this.opened = null;
    this.disk.crash();
  }

  private attempt(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.failed(error);
    }
  }

  /** An error that a fault of the disk explains ends the process; any other is wrong. */
  private failed(error: unknown): void {
    const explained = error instanceof DecreeError && error.exit === 'disk' && this.excuse;
    if (!explained) this.wrong ??= error instanceof Error ? error.message : String(error);
    this.crash();
  }

  /** All is mended: two more starts, the second after the power was cut, find everything. */
  private end(): void {
    if (this.opened !== null) this.crash();
    this.disk.files.room = Infinity;
    for (let i = 0; i < 2 && this.wrong === null; i += 1) {
      const process = this.clock.process();
      this.excuse = false;
      this.attempt(() => {
        const port = this.disk.start(process, () => undefined);
        this.recovered(port.records);
        this.synced = this.appended.length;
        port.begin();
        process.end();
        this.disk.crash(0);
      });
    }
  }
}
