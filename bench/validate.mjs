/**
 * `npm run bench:validate`: what validating one event costs at 10,000, 30,000 and 100,000 events. The traces
 * are of a simulated cell of five, whose leader is killed at a third of the run and comes back, and a
 * follower at two thirds. Needs `npm run build`. Arguments: other numbers of events.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { merge } from '../dist/conformance/merge/merge.js';
import { findTlc } from '../dist/conformance/tlc/find.js';
import { validateTrace } from '../dist/conformance/trace/validate.js';
import { SimCell } from '../dist/src/sim/cell.js';

const EVENTS_PER_WRITE = 20;

function record(events) {
  const cell = new SimCell({ seed: 7, members: 5 }).start();
  const leader = () => {
    cell.runUntil(() => cell.leader() !== null);
    return cell.leader();
  };
  const writes = Math.ceil(events / EVENTS_PER_WRITE);
  let down = null;
  for (let i = 0; i < writes; i += 1) {
    const now = leader();
    if (i === Math.floor(writes / 3)) down = now;
    if (i === Math.floor((2 * writes) / 3)) down = cell.others(now)[0];
    if (down !== null && cell.up.includes(down)) {
      cell.crash(down);
    } else if (down !== null && i % 50 === 0) {
      cell.start(down);
      down = null;
    }
    cell.submit(leader(), `write ${i}`);
    cell.run(4);
  }
  cell.run(1_000);
  cell.finish();
  return cell.folder();
}

async function measure(events, tlc) {
  const folder = mkdtempSync(join(tmpdir(), 'decree-bench-'));
  try {
    for (const [name, text] of record(events)) writeFileSync(join(folder, name), text);
    const started = performance.now();
    const result = merge([folder]);
    if ('failure' in result) throw new Error(JSON.stringify(result.failure));
    const { merged } = result;
    const mergeSeconds = (performance.now() - started) / 1000;
    const { verdict, seconds = 0 } = await validateTrace({ name: folder, files: [folder] }, { tlc });
    return {
      events: merged.header.events,
      slots: merged.header.chosen,
      mergeSeconds,
      seconds,
      verdict,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const tlc = findTlc();
if ('missing' in tlc) {
  process.stderr.write(`${tlc.missing}\n`);
  process.exitCode = 3;
} else {
  const sizes = process.argv.slice(2).map(Number);
  process.stdout.write('  events   slots  merge s   TLC s  ms/event  verdict\n');
  for (const size of sizes.length > 0 ? sizes : [10_000, 30_000, 100_000]) {
    const { events, slots, mergeSeconds, seconds, verdict } = await measure(size, tlc);
    const columns = [
      String(events).padStart(8),
      String(slots).padStart(7),
      mergeSeconds.toFixed(1).padStart(8),
      seconds.toFixed(1).padStart(7),
      ((1000 * seconds) / events).toFixed(3).padStart(9),
    ];
    process.stdout.write(`${columns.join(' ')}  ${verdict}\n`);
    if (verdict !== 'accepted') process.exitCode = 1;
  }
}
