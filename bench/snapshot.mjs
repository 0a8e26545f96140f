/**
 * Pauses of the event loop while a store of many keys takes a snapshot under puts, and without one, in turns:
 * one replica on real files, 1,000 puts a second. After `npm run build`:
 * node bench/snapshot.mjs [KEYS [SECONDS [ROUNDS]]]
 */
import { mkdtempSync, rmSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replicaOptions } from '../dist/src/driver/options.js';
import { Replica } from '../dist/src/driver/replica.js';
import { StoreMachine } from '../dist/src/driver/store-machine.js';
import { realClock, realRandom } from '../dist/src/runtime/clock.js';
import { realFiles } from '../dist/src/runtime/real-files.js';
import { WriteAheadLog } from '../dist/src/storage/log.js';
import { readLog } from '../dist/src/storage/recover.js';
import { settle } from '../dist/src/storage/settle.js';
import { findSnapshots, SnapshotFolder } from '../dist/src/storage/snapshots.js';
import { encodeOperation } from '../dist/src/store/codec.js';
import { Store } from '../dist/src/store/store.js';

const [KEYS = 1_000_000, SECONDS = 10, ROUNDS = 3] = process.argv.slice(2).map(Number);
const PER_SECOND = 1_000;
const member = 'r1.00000001';
const cell = 'bench';
const flags = { lease: 0n, previous: false, ignoreValue: false, ignoreLease: false };
const bytes = (text) => Uint8Array.from(Buffer.from(text));
const put = (n) =>
  encodeOperation({ kind: 'put', key: bytes(`key ${n % KEYS}`), value: bytes(`value ${n}`), ...flags });

const root = mkdtempSync(join(tmpdir(), 'decree-bench-'));
const directory = join(root, 'log');
mkdirSync(directory);
const identity = { cell, member };
const settled = settle(realFiles, directory, readLog(realFiles, directory, identity, 0));
const fail = (error) => {
  throw error;
};
const disk = new WriteAheadLog(directory, identity, settled, {
  files: realFiles,
  segmentBytes: 1 << 26,
  onFatal: fail,
});
const found = findSnapshots(realFiles, directory, cell);
const folder = new SnapshotFolder({ files: realFiles, directory, cell, found });
const store = new Store();
for (let n = 0; n < KEYS; n += 1) store.apply(put(n));

/**
 * Each turn that touches snapshot code, in ms of the wall and of the processor: on a machine that others use,
 * the wall counts them too.
 */
let turns = [];
let sliced = false;
const machine = new StoreMachine(store);
const watched = {
  apply: (slot, value) => machine.apply(slot, value),
  restore: () => machine.restore(),
  snapshot: () => machine.snapshot(),
};
const touching =
  (call) =>
  (...args) => {
    sliced = true;
    return call(...args);
  };
const snapshots = {
  write: touching((begun) => {
    const file = folder.write(begun);
    return {
      ...{ part: touching((part) => file.part(part)), parts: () => file.parts() },
      sync: touching((done) => file.sync(done)),
      ...{ publish: touching(() => file.publish()), abandon: () => file.abandon() },
      get bytes() {
        return file.bytes;
      },
    };
  }),
  ...{ receive: (handle) => folder.receive(handle), size: (id) => folder.size(id) },
  read: (id, offset, length) => folder.read(id, offset, length),
  prune: touching(() => folder.prune()),
};
const clock = {
  now: () => realClock.now(),
  after: (ms, run) =>
    realClock.after(ms, () => {
      sliced = false;
      const [began, cpu] = [performance.now(), process.cpuUsage()];
      run();
      if (!sliced) return;
      const { user, system } = process.cpuUsage(cpu);
      turns.push({ wall: performance.now() - began, cpu: (user + system) / 1_000 });
    }),
};
const options = replicaOptions({ snapshotSlots: 1_000_000_000, snapshotBytes: 2 ** 40 });
const replica = new Replica({
  self: member,
  birth: { cell, members: [member], alpha: 32, leaseMs: 2_000, driftPerMille: 10 },
  start: 1,
  records: [],
  options,
  ports: {
    ...{ clock, random: realRandom, disk, snapshots, machine: watched },
    transport: { send: () => false },
    trace: { write: () => undefined, flush: () => undefined },
  },
  onFatal: fail,
});
replica.run();
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
while (replica.status().role !== 'leader') await wait(20);

/** The pauses of the event loop in ms over some seconds of puts, and how many were answered. */
async function load(withSnapshot) {
  const pauses = [];
  let answered = 0;
  let sent = 0;
  let last = performance.now();
  let on = true;
  const tick = () => {
    const now = performance.now();
    pauses.push(now - last);
    last = now;
    if (on) setImmediate(tick);
  };
  setImmediate(tick);
  const { taken } = replica.snapshots.own.counts;
  // A snapshot is due at once, and again when it is done.
  if (withSnapshot) options.snapshotSlots = 1;
  const began = performance.now();
  while (performance.now() - began < SECONDS * 1_000) {
    const due = ((performance.now() - began) / 1_000) * PER_SECOND;
    for (; sent < due; sent += 1) replica.submit(put(sent * 7919), ({ ok }) => (answered += ok));
    await wait(2);
  }
  options.snapshotSlots = 1_000_000_000;
  on = false;
  pauses.sort((a, b) => a - b);
  const at = (part) => pauses[Math.min(pauses.length - 1, Math.floor(pauses.length * part))];
  const snapshotsTaken = replica.snapshots.own.counts.taken - taken;
  return { p999: at(0.999), most: at(1), answered, snapshotsTaken };
}

const ofTurns = () => {
  const sorted = (key) => turns.map((turn) => turn[key]).sort((x, y) => x - y);
  const at = (list, part) =>
    (list[Math.min(list.length - 1, Math.floor(list.length * part))] ?? 0).toFixed(2);
  const [wall, cpu] = [sorted('wall'), sorted('cpu')];
  return (
    `${turns.length} turns with snapshot code, wall p50 ${at(wall, 0.5)} p99 ${at(wall, 0.99)} ` +
    `longest ${at(wall, 1)} ms, processor p99 ${at(cpu, 0.99)} longest ${at(cpu, 1)} ms`
  );
};
await load(false);
process.stdout.write(`${KEYS} keys, ${PER_SECOND} puts a second, ${SECONDS} s a turn\n`);
for (let round = 1; round <= ROUNDS; round += 1) {
  for (const withSnapshot of [false, true]) {
    turns = [];
    const { p999, most, answered, snapshotsTaken } = await load(withSnapshot);
    process.stdout.write(
      `round ${round}, ${withSnapshot ? 'with snapshots' : 'without      '}: p99.9 pause ` +
        `${p999.toFixed(2)} ms, longest ${most.toFixed(2)} ms, ${answered} puts answered, ` +
        `${snapshotsTaken} snapshots taken` +
        (withSnapshot ? `; ${ofTurns()}\n` : '\n'),
    );
    await wait(500);
  }
}
rmSync(root, { recursive: true, force: true });
process.exit(0);
