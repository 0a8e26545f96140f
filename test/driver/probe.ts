/** One replica on ports that write down what it does to them, in order. */
import type { Faults } from '../../src/core/index.js';
import type { Message } from '../../src/core/messages.js';
import type { Birth, LogRecord, Member } from '../../src/core/types.js';
import { replicaOptions, type ReplicaOptions } from '../../src/driver/options.js';
import type { Frame } from '../../src/driver/ports.js';
import { Replica } from '../../src/driver/replica.js';
import type { DecreeError } from '../../src/errors.js';
import { SimClock } from '../../src/sim/clock.js';
import { Journal } from '../../src/sim/journal.js';
import { SimRandom } from '../../src/sim/random.js';
import { A, B, C } from '../contract/samples.js';

export interface ProbeSetup {
  readonly members?: readonly Member[];
  readonly start?: number;
  readonly records?: readonly LogRecord[];
  readonly options?: Partial<ReplicaOptions>;
  readonly faults?: Partial<Faults>;
  readonly leaseMs?: number;
}

export class Probe {
  readonly clock = new SimClock();
  /** `trace ACTION`, `flush`, `append KIND`, `sync`, `send TYPE+TYPE>MEMBER`, `execute SLOT`, in order. */
  readonly log: string[] = [];
  readonly lines: string[] = [];
  readonly sent: { readonly to: Member; readonly frame: Frame }[] = [];
  readonly fatal: DecreeError[] = [];
  readonly journal = new Journal();
  readonly replica: Replica;
  readonly birth: Birth;
  failAppend: Error | null = null;
  failFlush: Error | null = null;
  private readonly syncs: ((error: Error | null) => void)[] = [];

  constructor(setup: ProbeSetup = {}) {
    const { members = [A, B, C], start = 1, records = [], options = {}, faults = {}, leaseMs = 400 } = setup;
    this.birth = { cell: 'probe', members, alpha: 4, leaseMs, driftPerMille: 10 };
    this.replica = new Replica({
      self: A,
      birth: this.birth,
      start,
      records,
      options: replicaOptions(options),
      faults,
      onFatal: (error) => this.fatal.push(error),
      ports: {
        clock: this.clock,
        random: new SimRandom(1),
        disk: {
          append: (appended) => this.append(appended),
          sync: (done) => {
            this.log.push('sync');
            this.syncs.push(done);
          },
          cut: (upTo) => void this.log.push(`cut ${upTo}`),
        },
        transport: {
          send: (to, frame) => {
            // Everybody hears it before a campaign.
            if (frame.kind === 'question') {
              const reply = { kind: 'reply', n: frame.n, free: true, prefix: 0 } as const;
              this.clock.after(0, () => this.replica.receive(to, reply));
              return true;
            }
            this.sent.push({ to, frame });
            this.log.push(`send ${describeFrame(frame)}>${to}`);
            return true;
          },
        },
        machine: {
          apply: (slot, value) => {
            this.log.push(`execute ${slot}`);
            return this.journal.apply(slot, value);
          },
          read: () => this.journal.read(),
          snapshot: () => this.journal.snapshot(),
          restore: () => this.journal.restore(),
        },
        trace: { write: (line) => this.write(line), flush: () => this.flush() },
      },
    });
  }

  /** Starts the replica and lets it take its first turn. */
  run(): this {
    this.replica.run();
    this.clock.run(0);
    return this;
  }

  /** Messages arrive in one frame, and the turn is taken. */
  receive(from: Member, ...parts: readonly Message[]): void {
    this.replica.receive(from, { kind: 'parts', parts });
    this.clock.run(0);
  }

  /** The running sync ends; the turn is taken. */
  synced(error: Error | null = null): void {
    const done = this.syncs.shift();
    if (done === undefined) throw new Error('no sync is running');
    done(error);
    this.clock.run(0);
  }

  get syncing(): number {
    return this.syncs.length;
  }

  /** Syncs until nothing waits. */
  syncAll(): void {
    while (this.syncs.length > 0) this.synced();
  }

  /** Waits for the election timeout, and gets promises from B until A leads; its mark is in slot 1. */
  lead(): void {
    this.clock.runUntil(() => this.replica.status().role === 'candidate', 2_000);
    this.clock.run(0);
    this.syncAll();
    const ballot = this.replica.status().promised;
    if (ballot === null) throw new Error('no campaign');
    if (this.birth.members.length > 1) {
      this.receive(B, { type: 'Promise', id: `${B}/1/0/0`, ballot, from: B, accepted: [], prefix: 0 });
      this.receive(B, { type: 'Accepted', id: `${B}/1/1/0`, ballot, slot: 1, from: B });
    }
    this.syncAll();
  }

  /** B grants what A asked for last. */
  grant(): void {
    const parts = this.sent.flatMap(({ to, frame }) =>
      to === B && frame.kind === 'parts' ? frame.parts : [],
    );
    const request = parts.findLast(({ type }) => type === 'LeaseRequest');
    if (request?.type !== 'LeaseRequest') throw new Error('no lease was asked for');
    const { ballot, at } = request;
    this.receive(B, { type: 'Grant', id: `${B}/1/${at}/7`, ballot, from: B, at });
  }

  /** What was logged since the last call. */
  news(): readonly string[] {
    return this.log.splice(0);
  }

  private append(records: readonly LogRecord[]): void {
    if (this.failAppend !== null) throw this.failAppend;
    this.log.push(...records.map(({ body }) => `append ${body.kind}`));
  }

  private write(line: string): void {
    this.lines.push(line);
    const { kind, action } = JSON.parse(line) as { kind?: string; action?: string };
    this.log.push(`trace ${action ?? kind ?? ''}`);
  }

  private flush(): void {
    if (this.failFlush !== null) throw this.failFlush;
    this.log.push('flush');
  }
}

const describeFrame = (frame: Frame): string =>
  frame.kind === 'parts' ? frame.parts.map(({ type }) => type).join('+') : frame.kind;
