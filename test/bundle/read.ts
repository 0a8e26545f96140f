/**
 * Reads the directory of a replica as a start of its process does, in the same order and by the same
 * functions (src/runtime/replica-process.ts, assemble), and changes nothing.
 */
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DEFAULT_OPTIONS } from '../../src/driver/options.js';
import { Replica, type ReplicaPorts } from '../../src/driver/replica.js';
import { StoreMachine } from '../../src/driver/store-machine.js';
import { logDirectory, readMarker, type Marker } from '../../src/runtime/marker.js';
import { realFiles } from '../../src/runtime/real-files.js';
import { readLog, type Recovery } from '../../src/storage/recover.js';
import { chooseSnapshot, findSnapshots, SnapshotFolder } from '../../src/storage/snapshots.js';
import { Store } from '../../src/store/store.js';
import { OFF } from '../../src/trace/sinks.js';
import type { Summary } from './format.js';

export interface Opened {
  readonly marker: Marker;
  readonly recovery: Recovery;
  readonly replica: Replica;
  readonly store: Store;
  /** Each command that the replay executed, with its answer. */
  readonly executed: readonly Executed[];
  readonly summary: Summary;
}

export interface Executed {
  readonly op: Uint8Array;
  readonly answer: Uint8Array;
}

/**
 * Throws what a start would throw, and where a log is torn or any snapshot damaged. With other ports than
 * those that are given here the replica can run.
 */
export function openReplica(directory: string, ports: Partial<ReplicaPorts> = {}): Opened {
  const marker = readMarker(directory);
  const { member: self, birth, cell } = marker;
  const log = logDirectory(directory);
  const recovery = readLog(realFiles, log, { cell, member: self }, marker.starts);
  if (recovery.cut !== null) throw new Error(`${recovery.cut.file} has a torn end: ${recovery.cut.why}`);
  const found = findSnapshots(realFiles, log, cell);
  const [broken] = found.damaged;
  if (broken !== undefined) throw new Error(broken.why);
  const handle = chooseSnapshot(found, recovery.cutUpTo, log);
  const folder = new SnapshotFolder({ files: realFiles, directory: log, cell, found });
  const store = new Store();
  const executed: Executed[] = [];
  const replica = new Replica({
    ...{ self, birth, start: recovery.lastStart + 1, records: recovery.records },
    snapshot: handle === null ? null : { handle, parts: () => folder.parts(handle.id) },
    options: DEFAULT_OPTIONS,
    ports: { ...IDLE, ...ports, machine: new Watched(store, executed) },
    onFatal: (error) => {
      throw error;
    },
  });
  const intact = found.intact.map(({ upTo, digest }) => `${upTo} ${digest}`);
  const opened = { marker, recovery, replica, store, executed };
  return { ...opened, summary: { ...summaryOf(directory, opened), snapshots: intact } };
}

function summaryOf(
  directory: string,
  { marker, recovery, replica, store }: Omit<Opened, 'summary'>,
): Omit<Summary, 'snapshots'> {
  const { promised, prefix, learnt, applied, epoch, changes } = replica.inspect();
  const { lastStart, records, segments, cleanStop, cutUpTo } = recovery;
  if (store.epoch !== epoch)
    throw new Error(`${directory}: the store counts ${store.epoch} epochs, not ${epoch}`);
  return {
    ...{ directory: basename(directory), member: marker.member, starts: lastStart },
    ...{ records: records.length, segments, cleanStop, cutUpTo },
    ...{ promised, prefix, learnt, applied, epoch, digest: store.digest(), revision: store.revision },
    ...{ keys: store.keys, sessions: store.sessions.size },
    members: [...(changes.at(-1)?.configuration.members ?? [])],
  };
}

/** The replicas of a bundle, by the names of their directories. */
export function openCell(folder: string): readonly Opened[] {
  const cell = join(folder, 'cell');
  return readdirSync(cell)
    .sort()
    .map((name) => openReplica(join(cell, name)));
}

class Watched extends StoreMachine {
  constructor(
    store: Store,
    private readonly executed: Executed[],
  ) {
    super(store);
  }

  protected override execute(...[op, at]: Parameters<Store['apply']>): Uint8Array {
    const answer = super.execute(op, at);
    this.executed.push({ op, answer });
    return answer;
  }
}

const never = (): never => {
  throw new Error('a replica that only recovers needs no disk');
};

/** Nothing leaves a replica before it runs, and this one never does. */
const IDLE: Omit<ReplicaPorts, 'machine'> = {
  clock: { now: () => 0, after: () => () => undefined },
  random: { integer: (min) => min },
  disk: { append: never, sync: never, cut: never },
  transport: { send: never },
  trace: OFF,
};
