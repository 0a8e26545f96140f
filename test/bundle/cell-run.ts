/** A cell of three processes under a short, fixed sequence of requests and faults. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, SessionClient, type Outcome } from '../../src/client/index.js';
import { readCell } from '../../src/runtime/cell-file.js';
import { LocalCell } from '../../src/runtime/cell.js';
import { CHANGE_TIMEOUTS } from '../../src/verify/join.js';
import { CellVictims, endpoint } from '../../src/verify/victims.js';
import type { Told } from './format.js';

export interface CellRecord {
  /** Directories of all replicas, the one that was destroyed too. */
  readonly directories: readonly string[];
  /** The birth record and the folder of traces. */
  readonly birth: string;
  readonly traces: string;
  readonly steps: readonly string[];
  /** What the cell told of some keys at the end. */
  readonly told: readonly Told[];
  /** The key of the request that was sent twice, and the revision that it was answered with. */
  readonly repeated: { readonly key: string; readonly revision: number };
}

const OPTIONS = { snapshotSlots: 20, segmentBytes: 4_096, logLevel: 'error' } as const;
const PATIENCE_MS = 20_000;

/** After it once more a delete and a Txn, for the logs that are cut before. */
const LAST_KEY = 42;
const REPEATED_KEY = 'once';
const KEYS = ['k/01', 'k/02', 'k/40', 'k/42', 'txn', 'bytes', 'session', REPEATED_KEY];

export async function recordCell(directory: string): Promise<CellRecord> {
  mkdirSync(directory, { recursive: true });
  const options = join(directory, 'options.json');
  writeFileSync(options, JSON.stringify(OPTIONS));
  const killAll = (): void => killWhoRuns(directory);
  // The replicas outlive this process, unless it ends them; before anyone removes their directories.
  process.prependListener('exit', killAll);
  try {
    // A small window: a change is followed by as many no-ops, and they are no use here.
    const cell = await LocalCell.up({ directory, replicas: 3, alpha: 8, options, trace: 'file' });
    const run = new Run(cell);
    const { told, repeated } = await run.all().finally(() => run.close());
    await cell.down();
    const directories = [...run.destroyed, ...cell.addresses().map((one) => one.directory)];
    const paths = { birth: join(directory, 'birth.json'), traces: join(directory, 'traces') };
    return { directories, ...paths, steps: run.steps, told, repeated };
  } finally {
    killAll();
    process.off('exit', killAll);
  }
}

/** The processes of the cell that were started and have not been ended, by its own notes. */
function killWhoRuns(directory: string): void {
  for (const { pid } of readCell(directory)?.members ?? []) {
    try {
      if (pid !== null) process.kill(pid, 'SIGKILL');
    } catch {
      // It ended meanwhile.
    }
  }
}

class Run {
  readonly steps: string[] = [];
  readonly destroyed: string[] = [];
  private client: Client;
  private readonly victims: CellVictims;

  constructor(private readonly cell: LocalCell) {
    this.victims = new CellVictims(cell);
    this.client = this.clientOf();
  }

  async all(): Promise<Pick<CellRecord, 'told' | 'repeated'>> {
    await this.write(1, 5);
    const victim = await this.follower();
    await this.killAndStart(victim);
    await this.replace(victim);
    await this.transfer();
    await this.write(41, LAST_KEY);
    await this.endSession();
    const repeated = await this.repeat();
    await this.settle();
    const told: Told[] = [];
    for (const key of KEYS) told.push(await this.tell(key));
    this.steps.push('stopped');
    return { told, repeated };
  }

  close(): void {
    this.client.close();
    this.victims.close();
  }

  /** Puts; after each tenth and the last of all a delete, a Txn and a put of bytes that are no text. */
  private async write(from: number, to: number): Promise<void> {
    for (let n = from; n <= to; n++) {
      const key = `k/${String(n).padStart(2, '0')}`;
      done(await this.client.put(key, `value ${n}`));
      if (n % 10 !== 0 && n !== LAST_KEY) continue;
      done(await this.client.del(`k/${String(n - 8).padStart(2, '0')}`));
      const guards = [{ key: 'k/01', version: 0, is: '>' as const }];
      done(await this.client.multiOp({ guards, then: [{ put: 'txn', value: `${n}` }, { get: key }] }));
      done(await this.client.put('bytes', Uint8Array.of(0, n, 255)));
    }
    this.steps.push(`put k/${from} to k/${to}${to < 10 ? '' : ', with deletes and Txns'}`);
  }

  /** It comes back before any snapshot, so its log has the values that the others told it. */
  private async killAndStart(victim: string): Promise<void> {
    await this.cell.kill(victim);
    this.steps.push(`killed ${victim}`);
    this.connect();
    await this.write(6, 8);
    await this.cell.start(victim);
    this.steps.push(`started ${victim} from its files`);
    await this.settle();
  }

  /** The new one comes when the logs of the others are cut: it begins with a snapshot. */
  private async replace(replica: string): Promise<void> {
    const old = this.cell.addresses().find((one) => one.replica === replica);
    if (old === undefined) throw new Error(`there is no ${replica}`);
    await this.cell.kill(replica);
    this.destroyed.push(old.directory);
    this.steps.push(`killed ${replica} for good`);
    this.connect();
    await this.write(9, 40);
    await this.victims.replace(replica);
    this.connect();
    this.steps.push(`a new member took the place of ${replica}`);
  }

  private async transfer(): Promise<void> {
    const from = await this.leader();
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const to = this.cell.addresses().find(({ replica }) => replica !== from);
      if (to === undefined) throw new Error('there is no other replica');
      const refused = await this.victims.transfer(to.replica);
      if (refused === null) break;
      if (performance.now() > deadline) throw new Error(`no hand-over: ${refused}`);
      await pause(100);
    }
    const now = await this.leader();
    this.steps.push(`${from} handed the mastership over to ${now}`);
  }

  /** A session of which nothing is left. */
  private async endSession(): Promise<void> {
    const client = new SessionClient({ endpoints: this.endpoints(), ...CHANGE_TIMEOUTS });
    done(await client.put('session', 'ended'));
    await client.end();
    this.steps.push('a session with one request, ended');
  }

  /** A session that stays, with requests of which one is sent twice: its first answer is thrown away. */
  private async repeat(): Promise<CellRecord['repeated']> {
    let loses = false;
    const loseAnswer = (): boolean => {
      const lost = loses;
      loses = false;
      return lost;
    };
    const timeouts = { timeoutMs: PATIENCE_MS, attemptMs: 5_000 };
    const client = new SessionClient({ endpoints: this.endpoints(), ...timeouts, loseAnswer });
    try {
      for (const n of [1, 2, 3]) done(await client.put('session', `${n}`));
      loses = true;
      const answered = done(await client.put(REPEATED_KEY, 'sent twice', { prevKv: true }));
      const { retries } = client.counts;
      if (retries < 1) throw new Error('no request was sent twice');
      this.steps.push(`a session with four requests, the last sent ${retries + 1} times`);
      return { key: REPEATED_KEY, revision: Number(answered.header?.revision ?? 0n) };
    } finally {
      client.close();
    }
  }

  /** All replicas have executed the same, so that their directories hold the same state. */
  private async settle(): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    this.connect();
    for (;;) {
      const said = await Promise.all(this.cell.addresses().map((one) => this.client.status(endpoint(one))));
      const applied = said.map((one) => (one.kind === 'ok' ? one.value.raftAppliedIndex : -1n));
      if (applied.every((slot) => slot === applied[0] && slot > 0n)) return;
      if (performance.now() > deadline) throw new Error(`executed up to ${applied.join(', ')}`);
      await pause(50);
    }
  }

  private async tell(key: string): Promise<Told> {
    const { pair } = done(await this.client.get(key));
    if (pair === null) return { key, value: null, createRevision: 0, modRevision: 0, version: 0 };
    const { value, createRevision, modRevision, version } = pair;
    const numbers = { createRevision: Number(createRevision), modRevision: Number(modRevision) };
    return { key, value: Buffer.from(value).toString('latin1'), ...numbers, version: Number(version) };
  }

  private async leader(): Promise<string> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const leader = await this.victims.leader();
      if (leader !== null) return leader;
      if (performance.now() > deadline) throw new Error('no replica leads');
      await pause(20);
    }
  }

  private async follower(): Promise<string> {
    const leader = await this.leader();
    return this.cell.addresses().find(({ replica }) => replica !== leader)?.replica ?? '';
  }

  /** Of those that run. */
  private endpoints(): readonly string[] {
    const all = this.cell.addresses();
    return all.filter(({ replica }) => this.cell.isUp(replica)).map(endpoint);
  }

  /** Anew, after a process was killed: a request on its connection would be lost. */
  private connect(): void {
    this.client.close();
    this.client = this.clientOf();
  }

  private clientOf(): Client {
    return new Client({ endpoints: this.endpoints(), ...CHANGE_TIMEOUTS });
  }
}

function done<T>(outcome: Outcome<T>): T {
  if (outcome.kind === 'ok') return outcome.value;
  throw new Error(`a request of the recording was not answered: ${outcome.error.message}`);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
