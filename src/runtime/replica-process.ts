/**
 * One replica as a process: marker, recovery, state machine, the driver's loop, links, client port. The
 * order is what makes a start safe: nothing on disk changes before the ports are had and the log was read,
 * and nothing leaves before the log knows of this start.
 */
import type { Member } from '../core/types.js';
import { startApiServer, type ApiServer } from '../api/server.js';
import type { ApiService } from '../api/service.js';
import type { ReplicaOptions } from '../driver/options.js';
import { Replica } from '../driver/replica.js';
import { SessionKeeper } from '../driver/session-keeper.js';
import { StoreMachine } from '../driver/store-machine.js';
import { DecreeError } from '../errors.js';
import { Store } from '../store/store.js';
import { formatPlace } from './addresses.js';
import { replicaOf } from './codecs.js';
import { realClock, realRandom } from './clock.js';
import { lockDirectory, type Lock } from './lock.js';
import type { Logger } from './logger.js';
import { logDirectory, readMarker, updateMarker, type Marker } from './marker.js';
import { checkLease, checkWindow, type ProcessOptions } from './options.js';
import { apiService, type Addresses } from './service.js';
import { listenError, TcpTransport } from './tcp/transport.js';
import type { Address } from './tcp/outgoing.js';
import { realFiles } from './real-files.js';
import { openTrace, type TraceMode, type TraceTarget } from './trace-target.js';
import { WriteAheadLog } from '../storage/log.js';
import { readLog, type Recovery } from '../storage/recover.js';
import { chooseSnapshot, findSnapshots, SnapshotFolder } from '../storage/snapshots.js';
import { settle, type Settled } from '../storage/settle.js';

export interface ProcessSetup {
  readonly directory: string;
  readonly peerListen: Address;
  readonly clientListen: Address;
  /** Where the other replicas listen, by their names. */
  readonly peers: ReadonlyMap<string, Address>;
  /** Their client ports, where known; only told to clients. */
  readonly clients: ReadonlyMap<string, Address>;
  readonly trace: TraceMode;
  readonly traceDirectory: string;
  readonly options: ProcessOptions;
  readonly log: Logger;
  /** The replica ended by itself; nothing of it runs on. */
  readonly onFatal: (error: DecreeError) => void;
}

/** Told once the replica listens, as one line of JSON. */
export interface Ready {
  readonly ready: true;
  readonly cell: string;
  readonly replica: string;
  readonly member: Member;
  readonly start: number;
  readonly pid: number;
  readonly peer: Address;
  readonly client: Address;
  /** The trace file of this start, or null. */
  readonly trace: string | null;
  readonly recovered: { readonly records: number; readonly cutBytes: number };
}

export interface RunningReplica {
  readonly ready: Ready;
  readonly replica: Replica;
  dumpTrace(): void;
  /** Answers what waits, ends the trace, marks the clean stop in the log. */
  stop(): Promise<void>;
}

interface Parts {
  readonly setup: ProcessSetup;
  readonly marker: Marker;
  readonly lock: Lock;
  readonly recovery: Recovery;
  readonly trace: TraceTarget;
  readonly transport: TcpTransport;
  readonly replica: Replica;
  readonly service: ApiService;
  readonly keeper: SessionKeeper;
  log: WriteAheadLog | null;
  api: ApiServer | null;
  /** The log may know of this start, even where it could not be opened: its trace must stay. */
  begun: boolean;
  /** It ended by itself, and said so. */
  failed: boolean;
}

export async function startReplica(setup: ProcessSetup): Promise<RunningReplica> {
  const marker = readMarker(setup.directory);
  checkPeers(marker, setup.peers);
  checkWindow(marker.birth, setup.options.replica);
  checkLease(marker.birth, setup.options.replica);
  const lock = lockDirectory(setup.directory);
  let parts: Parts | null = null;
  try {
    if (lock.takenOverFrom !== null) {
      setup.log.warn({ pid: lock.takenOverFrom }, 'took over the lock of a process that is dead');
    }
    parts = assemble(setup, marker, lock);
    return await begin(parts);
  } catch (error) {
    if (parts === null) lock.release();
    else await release(parts);
    throw error;
  }
}

/** Every other replica of the birth record has an address, and nobody else. */
function checkPeers({ replica, birth, contacts }: Marker, peers: ReadonlyMap<string, Address>): void {
  if (contacts !== undefined) return;
  const others = birth.members.map(replicaOf).filter((name) => name !== replica);
  const missing = others.find((name) => !peers.has(name));
  if (missing !== undefined) {
    throw new DecreeError('usage', `no address of ${missing}: give --peer ${missing}=HOST:PORT`);
  }
  const stranger = [...peers.keys()].find((name) => name !== replica && !others.includes(name));
  if (stranger === undefined) return;
  throw new DecreeError(
    'usage',
    `--peer names ${stranger}, but the cell has ${[replica, ...others].join(', ')}`,
  );
}

function tell({ log }: ProcessSetup, { records, segments, lastStart, cleanStop }: Recovery): void {
  log.info({ records: records.length, segments, start: lastStart + 1, cleanStop }, 'read the log');
}

/** Reads everything and puts the parts together; writes nothing but an empty trace file. */
function assemble(setup: ProcessSetup, marker: Marker, lock: Lock): Parts {
  const { options, log } = setup;
  const { member: self, birth } = marker;
  const identity = { cell: birth.cell, member: self };
  const recovery = readLog(realFiles, logDirectory(setup.directory), identity, marker.starts);
  const start = recovery.lastStart + 1;
  tell(setup, recovery);
  const { snapshot, snapshots } = findState(setup, marker, recovery);
  const store = new Store();
  const transport = new TcpTransport({
    birth,
    self,
    clock: realClock,
    random: realRandom,
    log,
    options: options.links,
    receive: (from, frame) => replica.receive(from, frame),
    broke: (to) => replica.linkBroke(to),
  });
  const trace = openTrace({
    mode: setup.trace,
    directory: setup.traceDirectory,
    member: self,
    start,
    ringLines: options.traceRingLines,
    log,
  });
  const opened = (): WriteAheadLog => {
    if (parts.log === null) throw new Error('the log is used before it is open');
    return parts.log;
  };
  const replica = new Replica({
    self,
    birth,
    start,
    records: recovery.records,
    snapshot,
    options: options.replica,
    ports: {
      clock: realClock,
      random: realRandom,
      disk: {
        append: (appended) => opened().append(appended),
        sync: (done) => opened().sync(done),
        cut: (upTo) => opened().cut(upTo),
      },
      snapshots,
      transport,
      machine: new StoreMachine(store),
      trace: trace.sink,
    },
    onFatal: (error) => fatal(parts, error),
    addresses: () => placesOf(parts),
  });
  const keeper = keeperOf(replica, store, options.replica);
  const service = apiService({ replica, store, birth, addresses: () => addressesOf(parts) });
  const parts: Parts = {
    ...{ setup, marker, lock, recovery, trace, transport, replica, service, keeper },
    ...{ log: null, api: null, begun: false, failed: false },
  };
  return parts;
}

/** The snapshot files, and the newest of them that is intact; a damaged one is told, and left where it is. */
function findState({ directory, log }: ProcessSetup, { cell }: Marker, { cutUpTo }: Recovery) {
  const where = logDirectory(directory);
  const found = findSnapshots(realFiles, where, cell);
  for (const one of found.damaged) log.error(one, 'a snapshot is damaged: an older one stands in for it');
  const handle = chooseSnapshot(found, cutUpTo, where);
  const snapshots = new SnapshotFolder({ files: realFiles, directory: where, cell, found });
  if (handle !== null) log.info({ slot: handle.upTo, id: handle.id }, 'found a snapshot');
  const snapshot = handle === null ? null : { handle, parts: () => snapshots.parts(handle.id) };
  return { snapshot, snapshots };
}

function keeperOf(replica: Replica, store: Store, options: ReplicaOptions): SessionKeeper {
  return new SessionKeeper({
    clock: realClock,
    options,
    sessions: () => store.sessions,
    leads: () => replica.status().master !== 0,
    propose: (command) => replica.submit(command, () => undefined, true),
  });
}

async function begin(parts: Parts): Promise<RunningReplica> {
  const { setup, marker, transport, replica, recovery, trace, service } = parts;
  const peer = { ...setup.peerListen, port: await transport.listen(setup.peerListen) };
  const api = await startApiServer({
    ...setup.clientListen,
    service,
    onFault: (error) => setup.log.error({ why: String(error) }, 'the client port failed'),
  }).catch((error: Error) => {
    throw listenError('client', setup.clientListen, error);
  });
  parts.api = api;
  // The trace says what was recovered: it must be on the disk before.
  const settled = settleLog(parts);
  trace.sink.flush();
  beginStart(parts, settled);
  replica.run();
  parts.keeper.start();
  const { members, learners, addresses } = replica.membership.current();
  const named = new Set([...members, ...learners.map(({ member }) => member)]);
  const founders = [...peersByMember(marker, setup.peers)].filter(([member]) => named.has(member));
  transport.reach(addresses);
  transport.connect(new Map(founders));
  transport.reach(marker.contacts ?? {});
  const { cell, replica: name, member } = marker;
  const ready: Ready = {
    ready: true,
    cell,
    replica: name,
    member,
    start: recovery.lastStart + 1,
    pid: process.pid,
    peer,
    client: { host: api.host, port: api.port },
    trace: trace.file,
    recovered: { records: recovery.records.length, cutBytes: recovery.cut?.bytes ?? 0 },
  };
  setup.log.info(ready, 'serving');
  return { ready, replica, dumpTrace: () => trace.dump(), stop: () => stop(parts) };
}

function settleLog({ setup, recovery }: Parts): Settled {
  if (recovery.cut !== null) {
    setup.log.warn(recovery.cut, 'cut a damaged end of the log that was never synced');
  }
  return settle(realFiles, logDirectory(setup.directory), recovery);
}

/** From here on the start counts: the log knows of it, and then the marker. */
function beginStart(parts: Parts, settled: Settled): void {
  const { setup, marker } = parts;
  const directory = logDirectory(setup.directory);
  const identity = { cell: marker.cell, member: marker.member };
  parts.begun = true;
  parts.log = new WriteAheadLog(directory, identity, settled, {
    files: realFiles,
    segmentBytes: setup.options.segmentBytes,
    onFatal: (error) => fatal(parts, error),
  });
  updateMarker(setup.directory, { ...marker, starts: parts.log.start });
}

function peersByMember(marker: Marker, peers: ReadonlyMap<string, Address>): ReadonlyMap<Member, Address> {
  return new Map(
    marker.birth.members.flatMap((member): [Member, Address][] => {
      const address = peers.get(replicaOf(member));
      return address === undefined ? [] : [[member, address]];
    }),
  );
}

/** Members of the birth record, and this one, as configurations say where they are. */
function placesOf({ setup, marker, api }: Parts): Readonly<Record<Member, string>> {
  const client = api === null ? setup.clientListen : { host: api.host, port: api.port };
  const others = marker.birth.members.flatMap((member): [Member, string][] => {
    const name = replicaOf(member);
    const peer = setup.peers.get(name);
    return peer === undefined
      ? []
      : [[member, formatPlace({ peer, client: setup.clients.get(name) ?? null })]];
  });
  return {
    ...marker.contacts,
    ...Object.fromEntries(others),
    [marker.member]: formatPlace({ peer: setup.peerListen, client }),
  };
}

function addressesOf({ setup, marker, api }: Parts): Addresses {
  const client = api === null ? setup.clientListen : { host: api.host, port: api.port };
  return {
    peers: new Map([...setup.peers, [marker.replica, setup.peerListen]]),
    clients: new Map([...setup.clients, [marker.replica, client]]),
  };
}

async function stop(parts: Parts): Promise<void> {
  parts.keeper.stop();
  await new Promise<void>((resolve) => parts.replica.stop(resolve));
  await release(parts);
  parts.setup.log.info({ links: parts.transport.counts, log: parts.log?.counts() }, 'stopped');
}

/** The log's last record, the mark of a clean stop, comes after everything else. */
async function release(parts: Parts): Promise<void> {
  await parts.api?.close();
  await parts.transport.close();
  if (parts.begun) parts.trace.close();
  else parts.trace.discard();
  parts.log?.close();
  parts.lock.release();
}

/** Both the log and the loop report an error of the disk; the first report counts. */
function fatal(parts: Parts, error: DecreeError): void {
  if (parts.failed) return;
  parts.failed = true;
  parts.keeper.stop();
  parts.log?.abandon();
  dumpIfPossible(parts);
  parts.lock.release();
  void parts.transport.close();
  void parts.api?.close();
  parts.setup.onFatal(error);
}

/** The ring is written to a disk, too, perhaps to that which has just failed. */
function dumpIfPossible({ trace, setup }: Parts): void {
  try {
    trace.dump();
  } catch (error) {
    setup.log.error({ file: trace.file, why: String(error) }, 'the trace ring could not be dumped');
  }
}
