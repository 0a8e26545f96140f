/**
 * Simulated seconds per second of processor time of a cell of five, on disks of whole records and on the log
 * that ships over simulated files, quiet and with 5 requests a second. After `npm run build`:
 * node bench/storage.mjs [SECONDS]
 */
import { StoreMachine } from '../dist/src/driver/store-machine.js';
import { SimCell } from '../dist/src/sim/cell.js';
import { encodeOperation } from '../dist/src/store/codec.js';
import { Store } from '../dist/src/store/store.js';

const SECONDS = Number(process.argv[2] ?? 1_000);

const bytes = (text) => Uint8Array.from(Buffer.from(text));
const flags = { lease: 0n, previous: false, ignoreValue: false, ignoreLease: false };
const put = (n) =>
  encodeOperation({ kind: 'put', key: bytes(`key ${n % 10}`), value: bytes(`value ${n}`), ...flags });

function measure(storage, perSecond) {
  const machine = () => new StoreMachine(new Store());
  const cell = new SimCell({ seed: 1, members: 5, storage, machine }).start();
  cell.runUntil(() => cell.leader() !== null);
  let answered = 0;
  const before = process.cpuUsage();
  const steps = SECONDS * Math.max(perSecond, 1);
  for (let n = 0; n < steps; n += 1) {
    if (perSecond > 0) cell.submit(cell.leader() ?? cell.names[0], put(n), ({ ok }) => (answered += ok));
    cell.run((SECONDS * 1_000) / steps);
  }
  const { user, system } = process.cpuUsage(before);
  return { rate: (SECONDS * 1e6) / (user + system), answered };
}

for (const perSecond of [0, 5]) {
  for (const storage of ['records', 'files']) {
    const runs = Array.from({ length: 4 }, () => measure(storage, perSecond));
    const best = Math.max(...runs.map(({ rate }) => rate));
    const { answered } = runs[0];
    process.stdout.write(
      `${storage}, ${perSecond} requests a second: ${Math.round(best)} simulated seconds per second, ` +
        `${answered} answered, best of ${runs.length}\n`,
    );
  }
}
