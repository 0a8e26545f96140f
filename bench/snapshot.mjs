/**
 * Pauses of the event loop while a store of many keys takes snapshots under puts, and without one, in turns:
 * one replica on real files, 1,000 puts a second. After `npm run build`:
 * node bench/snapshot.mjs [KEYS [SECONDS [ROUNDS]]]
 *
 * A pause is what perf_hooks.monitorEventLoopDelay counts with a resolution of 1 ms: the time between two
 * turns of a timer of 1 ms, that millisecond included. A slice is one turn with code of snapshots; off its
 * time go collections of garbage that fell into it, and what its thread waited for a processor (schedstat of
 * Linux), since neither is work of a slice. Both are printed beside.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
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

/** Collections of garbage: since when, how long, in ms of performance.now(). */
let collections = [];
new PerformanceObserver((list) => collections.push(...list.getEntries())).observe({ entryTypes: ['gc'] });
/** How long the main thread has waited for a processor, in ms; 0 where the system does not say. */
const waited = () => {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
};

let turns = [];
/** What of snapshots a turn did; empty if nothing. */
let did = [];
const machine = new StoreMachine(store);
const watched = {
  apply: (slot, value) => machine.apply(slot, value),
  restore: () => machine.restore(),
  snapshot: () => machine.snapshot(),
};
/** A turn of the event loop; kept where it did something of snapshots. */
function timed(run) {
  did = [];
  const [before, began] = [waited(), performance.now()];
  run();
  const ended = performance.now();
  if (did.length > 0) turns.push({ what: did.join(' and '), began, ended, waited: waited() - before });
}

const touching =
  (what, call) =>
  (...args) => {
    if (!did.includes(what)) did.push(what);
    return call(...args);
  };
const snapshots = {
  write: touching('begin', (begun) => {
    const file = folder.write(begun);
    return {
      ...{ part: touching('parts', (part) => file.part(part)), parts: () => file.parts() },
      sync: touching('sync', (done) => file.sync((error) => timed(() => done(error)))),
      ...{ publish: touching('name', () => file.publish()), abandon: () => file.abandon() },
      get bytes() {
        return file.bytes;
      },
    };
  }),
  ...{ receive: (handle) => folder.receive(handle), size: (id) => folder.size(id) },
  read: (id, offset, length) => folder.read(id, offset, length),
  prune: touching('cut', (given) => folder.prune(given)),
};
const clock = {
  now: () => realClock.now(),
  after: (ms, run) => realClock.after(ms, () => timed(run)),
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

const PAUSES = { resolution: 1 };

/** Some seconds of puts: the pauses of the event loop in ms, the slices, and how many puts were answered. */
async function load(withSnapshot) {
  [turns, collections] = [[], []];
  let answered = 0;
  let sent = 0;
  const { taken } = replica.snapshots.own.counts;
  const delays = monitorEventLoopDelay(PAUSES);
  delays.enable();
  // A snapshot is due at once, and again when it is done.
  if (withSnapshot) options.snapshotSlots = 1;
  const began = performance.now();
  while (performance.now() - began < SECONDS * 1_000) {
    const due = ((performance.now() - began) / 1_000) * PER_SECOND;
    for (; sent < due; sent += 1) replica.submit(put(sent * 7919), ({ ok }) => (answered += ok));
    await wait(2);
  }
  delays.disable();
  const snapshots = replica.snapshots.own.counts.taken - taken;
  options.snapshotSlots = 1_000_000_000;
  const pause = (part) => delays.percentile(part) / 1e6;
  const pauses = { p50: pause(50), p99: pause(99), p999: pause(99.9), longest: delays.max / 1e6 };
  // What is under way ends in the pause between two turns.
  await wait(3_000);
  return { pauses, answered, snapshots, slices: turns.map(ownTime) };
}

/** What a slice took by itself, and all that passed meanwhile, in ms. */
function ownTime({ what, began, ended, waited }) {
  const collected = collections
    .map(({ startTime, duration }) => Math.min(ended, startTime + duration) - Math.max(began, startTime))
    .reduce((sum, overlap) => sum + Math.max(0, overlap), 0);
  const wall = ended - began;
  return { what, wall, own: Math.max(0, wall - collected - waited) };
}

const of = (list, part) => list[Math.min(list.length - 1, Math.floor(list.length * part))] ?? 0;
const ms = (value) => `${value.toFixed(2)} ms`;
const median = (list) =>
  of(
    list.toSorted((x, y) => x - y),
    0.5,
  );

function tell(name, { pauses, answered, snapshots, slices }) {
  const [p50, p99, p999, longest] = Object.values(pauses).map(ms);
  const parts = [`${name}: pauses p50 ${p50}, p99 ${p99}, p99.9 ${p999}, longest ${longest}`];
  parts.push(`${answered} puts answered`);
  if (slices.length > 0) {
    const sorted = (key) => slices.map((slice) => slice[key]).sort((x, y) => x - y);
    const [own, wall] = [sorted('own'), sorted('wall')];
    parts.push(`${snapshots} snapshots taken in ${slices.length} slices`);
    parts.push(`own time p50 ${ms(of(own, 0.5))}, p99 ${ms(of(own, 0.99))}, longest ${ms(of(own, 1))}`);
    const kinds = [...new Set(slices.map(({ what }) => what))].map((what) => {
      const those = slices.filter((slice) => slice.what === what).map((slice) => slice.own);
      return `${what} ${ms(Math.max(...those))}`;
    });
    parts.push(`longest of each kind: ${kinds.join(', ')}`);
    parts.push(`with collections and waits longest ${ms(of(wall, 1))}`);
  }
  process.stdout.write(`${parts.join('; ')}\n`);
}

await load(false);
await load(true);
process.stdout.write(`${KEYS} keys, ${PER_SECOND} puts a second, ${SECONDS} s a turn\n`);
const [ratios, longest] = [[], []];
for (let round = 1; round <= ROUNDS; round += 1) {
  const without = await load(false);
  tell(`round ${round}, without`, without);
  const taking = await load(true);
  tell(`round ${round}, taking `, taking);
  if (taking.snapshots === 0) throw new Error('no snapshot was taken: nothing was measured');
  ratios.push(taking.pauses.p999 / without.pauses.p999);
  longest.push(...taking.slices.map(({ own }) => own));
}
process.stdout.write(
  `p99.9 pause while snapshots are taken, to that without: ${median(ratios).toFixed(2)} (median of ` +
    `${ROUNDS} rounds: ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')}); ` +
    `longest slice of ${longest.length}: ${ms(Math.max(...longest))}\n`,
);
rmSync(root, { recursive: true, force: true });
process.exit(0);
