/**
 * A cell on one machine: makes the directories, starts one process a replica, kills and restarts them,
 * ends them. cell.json in the cell's directory says what runs, so another process can go on from there.
 */
import * as fs from 'node:fs';
import * as http from 'node:http';
import { join, resolve } from 'node:path';
import type { Birth, Member } from '../core/types.js';
import { DecreeError } from '../errors.js';
import { BIRTH_DEFAULTS, readBirth, readOrDrawBirth } from './birth.js';
import { killedBy, killedWithout, removeManifest, traceFilesOf, writeManifest } from './cell-manifest.js';
import { cellPath, readCell, writeCell, type CellFile, type CellMember } from './cell-file.js';
import { randomHex, realRandom } from './clock.js';
import { replicaOf } from './codecs.js';
import { makeReplica, markerPath, readMarker, sameBirth } from './marker.js';
import { freePorts } from './ports.js';
import { endServe, pause, serves, spawnServe, type Child } from './serve-child.js';
import type { Address } from './tcp/outgoing.js';
import type { TraceMode } from './trace-target.js';

export interface CellSetup {
  readonly directory: string;
  /** Replicas r1, r2, ... of a new cell; an existing one has as many as its birth record names. */
  readonly replicas?: number;
  readonly cell?: string;
  readonly alpha?: number;
  /** Client ports basePort, + 2, ...; peer ports basePort + 1, + 3, ... Absent: free ones. */
  readonly basePort?: number;
  /** The options file of each process. */
  readonly options?: string;
  readonly trace?: TraceMode;
  /** How long a replica may take until it serves, and the cell until it has a leader, in milliseconds. */
  readonly patienceMs?: number;
  /** A process ended that was not told to by this object. */
  readonly onEnd?: (replica: string, code: number | null) => void;
}

export interface CellAddress {
  readonly replica: string;
  readonly member: Member;
  readonly peer: Address;
  readonly client: Address;
  readonly pid: number | null;
  readonly directory: string;
}

const HOST = '127.0.0.1';
const PATIENCE_MS = 30_000;

export class LocalCell {
  /** Processes started by this object, by replica. */
  private readonly children = new Map<string, Child>();
  private readonly expected = new Set<number>();

  private constructor(
    private readonly directory: string,
    private file: CellFile,
    private readonly setup: Pick<CellSetup, 'patienceMs' | 'onEnd'>,
  ) {}

  /** Makes what is missing, starts every replica and waits for a leader. After a failure nothing runs. */
  static async up(setup: CellSetup): Promise<LocalCell> {
    const directory = resolve(setup.directory);
    fs.mkdirSync(directory, { recursive: true });
    const before = readCell(directory);
    const fixed = before === null ? [] : joinedOf(directory, before);
    if (fixed.length > 0 && setup.basePort !== undefined) {
      throw new DecreeError(
        'usage',
        `--base-port: ${fixed.join(', ')} joined later, and the others know their ports: they must stay`,
      );
    }
    const running = before?.members.find(({ pid, directory: of }) => pid !== null && serves(pid, of));
    if (running !== undefined) {
      throw new DecreeError(
        'inUse',
        `${directory} is up already (${running.replica} is process ${running.pid})`,
      );
    }
    const birth = makeDirectories(directory, setup);
    const file = await describe(directory, birth, before, setup);
    fs.mkdirSync(join(directory, 'run'), { recursive: true });
    const cell = new LocalCell(directory, file, setup);
    try {
      await Promise.all(file.members.map(({ replica }) => cell.start(replica)));
      await cell.waitForLeader();
    } catch (error) {
      await cell.endAll('SIGKILL');
      throw error;
    }
    return cell;
  }

  /** The cell that another process started there. */
  static attach(directory: string, setup: Pick<CellSetup, 'patienceMs' | 'onEnd'> = {}): LocalCell {
    const file = readCell(resolve(directory));
    if (file === null) {
      throw new DecreeError(
        'usage',
        `no cell was started in ${directory}: ${cellPath(directory)} is missing`,
      );
    }
    return new LocalCell(resolve(directory), file, setup);
  }

  /** The cell's name, as in its birth record. */
  get name(): string {
    return this.file.cell;
  }

  addresses(): readonly CellAddress[] {
    return this.file.members.map(({ replica, member, peer, client, pid, directory }) => ({
      replica,
      member,
      peer,
      client,
      pid,
      directory,
    }));
  }

  /** Free ports and a directory for a member that joins under that name; nothing is made yet. */
  async place(replica: string): Promise<{ directory: string; client: Address; peer: Address }> {
    const old = this.file.members.find((member) => member.replica === replica);
    if (old !== undefined && this.isUp(replica))
      throw new DecreeError('inUse', `${replica} is up: stop it before another takes its name`);
    const [client = 0, peer = 0] = await freePorts(2, realRandom);
    let directory = join(this.directory, replica);
    for (let n = 2; fs.existsSync(directory); n++) directory = join(this.directory, `${replica}-${n}`);
    return { directory, client: { host: HOST, port: client }, peer: { host: HOST, port: peer } };
  }

  /** From now on the replica of that name is this member. */
  enlist(
    replica: string,
    member: Member,
    place: { readonly directory: string; readonly client: Address; readonly peer: Address },
  ): void {
    const log = join(this.directory, 'run', `${replica}.log`);
    const others = this.file.members.filter((one) => one.replica !== replica);
    const members = [...others, { replica, member, ...place, pid: null, log, trace: null }];
    const replaced = this.file.members.find((one) => one.replica === replica && one.trace !== null);
    const former = [...(this.file.former ?? []), ...(replaced === undefined ? [] : [replaced.member])];
    this.file = { ...this.file, members, former };
    writeCell(this.directory, this.file);
  }

  /** Every trace file of this cell, of all starts so far. */
  traceFiles(): readonly string[] {
    return traceFilesOf(this.file);
  }

  /** Whether the replica's process runs. */
  isUp(replica: string): boolean {
    const { pid, directory } = this.member(replica);
    return pid !== null && serves(pid, directory);
  }

  /** Starts a replica that is down, from its files; resolves when it serves. */
  async start(replica: string): Promise<void> {
    const member = this.member(replica);
    if (this.isUp(replica))
      throw new DecreeError('inUse', `${replica} is up already (process ${member.pid})`);
    removeManifest(this.file);
    this.file = { ...this.file, killed: killedWithout(this.file, member.member) };
    const child = spawnServe({
      ...member,
      // Where those who joined later are is in the log.
      others: this.founders(),
      trace: this.file.trace,
      traceDirectory: this.file.traceDirectory,
      options: this.file.options,
      readyFile: join(this.directory, 'run', `${replica}.ready`),
      patienceMs: this.patience(),
    });
    this.children.set(replica, child);
    this.note(replica, { pid: child.pid });
    try {
      this.note(replica, { trace: await child.ready });
    } catch (error) {
      this.note(replica, { pid: null });
      throw error;
    }
    void child.exited.then((code) => {
      if (!this.expected.has(child.pid)) this.setup.onEnd?.(replica, code);
    });
  }

  /** SIGKILL; resolves when the process is gone. */
  kill(replica: string): Promise<void> {
    return this.end(replica, 'SIGKILL');
  }

  /** SIGTERM; resolves when the process has stopped cleanly. */
  stop(replica: string): Promise<void> {
    return this.end(replica, 'SIGTERM');
  }

  /** Stops every replica that runs, and says in a manifest what traces there are. */
  async down(): Promise<void> {
    await this.endAll('SIGTERM');
    writeManifest(this.file, readBirth(join(this.directory, 'birth.json')).members);
  }

  /** Resolves to a replica that knows of a leader. */
  async waitForLeader(): Promise<string> {
    const deadline = performance.now() + this.patience();
    while (performance.now() < deadline) {
      for (const { replica, client } of this.file.members) {
        if (await knowsLeader(client)) return replica;
      }
      await pause(50);
    }
    throw new DecreeError(
      'failed',
      `no leader within ${this.patience()} ms: see ${join(this.directory, 'run')}`,
    );
  }

  private founders(): readonly CellMember[] {
    const names = readBirth(join(this.directory, 'birth.json')).members.map(replicaOf);
    return this.file.members.filter(({ replica }) => names.includes(replica));
  }

  private patience(): number {
    return this.setup.patienceMs ?? PATIENCE_MS;
  }

  private member(replica: string): CellMember {
    const found = this.file.members.find((member) => member.replica === replica);
    if (found !== undefined) return found;
    const names = this.file.members.map((member) => member.replica).join(', ');
    throw new DecreeError('usage', `there is no replica ${replica}; there are ${names}`);
  }

  private note(replica: string, change: Partial<CellMember>): void {
    const members = this.file.members.map((each) =>
      each.replica === replica ? { ...each, ...change } : each,
    );
    this.file = { ...this.file, members };
    writeCell(this.directory, this.file);
  }

  private async end(replica: string, signal: NodeJS.Signals): Promise<void> {
    const { pid, directory } = this.member(replica);
    if (pid === null) throw new DecreeError('usage', `${replica} is not up`);
    this.expected.add(pid);
    const ended = await endServe(pid, directory, signal, this.patience());
    if (ended && signal === 'SIGKILL') this.file = { ...this.file, killed: killedBy(this.file, replica) };
    this.note(replica, { pid: null });
    if (!ended)
      throw new DecreeError('failed', `${replica} was down: process ${pid} does not serve ${directory}`);
  }

  private async endAll(signal: NodeJS.Signals): Promise<void> {
    const ends = this.file.members.map(async ({ replica, pid, directory }) => {
      if (pid !== null) {
        this.expected.add(pid);
        if (serves(pid, directory)) await endServe(pid, directory, signal, this.patience());
        else await this.endUnready(replica, signal);
      }
      this.note(replica, { pid: null });
    });
    await Promise.all(ends);
  }

  /** A child of this object that holds no lock yet, or no more. */
  private async endUnready(replica: string, signal: NodeJS.Signals): Promise<void> {
    const child = this.children.get(replica);
    if (child === undefined) return;
    const { pid } = this.member(replica);
    if (pid !== child.pid) return;
    try {
      process.kill(child.pid, signal);
    } catch {
      return;
    }
    await child.exited;
  }
}

/** Makes the birth record and each replica's directory, once; refuses what does not fit together. */
function makeDirectories(directory: string, setup: CellSetup): Birth {
  const path = join(directory, 'birth.json');
  const birth =
    fs.existsSync(path) && setup.replicas === undefined ? readBirth(path) : drawOrCheck(path, setup);
  for (const member of birth.members) {
    const replica = replicaOf(member);
    const own = join(directory, replica);
    if (!fs.existsSync(markerPath(own))) {
      makeReplica(own, replica, birth, path);
    } else if (!sameBirth(readMarker(own).birth, birth)) {
      throw new DecreeError('invalidInput', `the marker in ${own} has another birth record than ${path}`);
    }
  }
  return birth;
}

function drawOrCheck(path: string, { replicas = 5, cell, alpha }: CellSetup): Birth {
  const old = fs.existsSync(path) ? readBirth(path) : null;
  const names = Array.from({ length: replicas }, (_, i) => `r${i + 1}`);
  const { leaseMs, driftPerMille } = old ?? BIRTH_DEFAULTS;
  const wish = {
    cell: cell ?? old?.cell ?? BIRTH_DEFAULTS.cell,
    replicas: names,
    alpha: alpha ?? old?.alpha ?? BIRTH_DEFAULTS.alpha,
    leaseMs,
    driftPerMille,
  };
  return readOrDrawBirth(path, wish, randomHex);
}

/** The replicas whose members the birth record does not name. */
function joinedOf(directory: string, { members }: CellFile): readonly string[] {
  const path = join(directory, 'birth.json');
  if (!fs.existsSync(path)) return [];
  const birth = readBirth(path).members;
  return members.filter(({ member }) => !birth.includes(member)).map(({ replica }) => replica);
}

/** The same addresses as before, else those from the base port, else free ones. */
async function describe(
  directory: string,
  birth: Birth,
  before: CellFile | null,
  { basePort, options, trace }: CellSetup,
): Promise<CellFile> {
  if (before !== null && joinedOf(directory, before).length > 0)
    return {
      ...before,
      members: before.members.map((one) => ({ ...one, pid: null })),
      trace: trace ?? before.trace,
    };
  const { members } = birth;
  const ports =
    basePort === undefined
      ? await freePorts(members.length * 2, realRandom)
      : members.flatMap((_, i) => [basePort + 2 * i, basePort + 2 * i + 1]);
  return {
    version: 1,
    cell: birth.cell,
    members: members.map((member, i) => {
      const replica = replicaOf(member);
      const old = basePort === undefined ? before?.members.find((each) => each.member === member) : undefined;
      return {
        replica,
        member,
        directory: join(directory, replica),
        client: old?.client ?? { host: HOST, port: ports[2 * i] ?? 0 },
        peer: old?.peer ?? { host: HOST, port: ports[2 * i + 1] ?? 0 },
        pid: null,
        log: join(directory, 'run', `${replica}.log`),
        trace: null,
      };
    }),
    traceDirectory: join(directory, 'traces'),
    trace: trace ?? before?.trace ?? 'file',
    options: options === undefined ? (before?.options ?? null) : resolve(options),
    killed: before?.killed ?? [],
    former: before?.former ?? [],
  };
}

function knowsLeader({ host, port }: Address): Promise<boolean> {
  return new Promise((done) => {
    const request = http.get({ host, port, path: '/health', timeout: 500 }, (response) => {
      response.resume();
      done(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => done(false));
  });
}
