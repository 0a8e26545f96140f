/** The recorded scenario of leases: reads under them, and without them by a quorum. */
import type { Rehearsal } from './rehearsal.js';

/** Clocks of the members run so much too fast or slow, in a thousand: within what the cell declares. */
const DRIFT = [4, -4, 2];

/** Reads at the named member, each after a write, `gapMs` apart. */
function readAndWrite(run: Rehearsal, name: string, count: number, gapMs: number): void {
  for (let i = 0; i < count; i++) {
    run.write(name, 1, gapMs);
    run.read(name);
    run.cell.run(gapMs);
  }
}

/**
 * The master reads under its lease; after a jump of its clock, by a quorum until it has new grants. It is cut
 * off, another one is elected once its lease has run out, and reads. A member that granted is started again.
 */
export function leases(run: Rehearsal): Rehearsal {
  const { cell } = run;
  cell.names.forEach((name, i) => (cell.node(name).clockFaults.rate = 1 + (DRIFT[i] ?? 0) / 1000));
  const first = run.awaitLeader();
  cell.run(150);
  readAndWrite(run, first, 5, 10);
  cell.node(first).clockFaults.skewMs += 30;
  readAndWrite(run, first, 2, 10);
  cell.run(150);
  readAndWrite(run, first, 3, 10);
  run.settle();
  cell.isolate(first);
  run.read(first);
  const second = run.awaitLeader(first);
  cell.run(150);
  readAndWrite(run, second, 5, 10);
  cell.heal();
  cell.run(300);
  const granted = run.follower();
  cell.crash(granted);
  cell.start(granted);
  readAndWrite(run, second, 3, 20);
  run.settle();
  run.converge();
  return run
    .finish()
    .floor(15, 'acknowledged writes', run.acknowledged())
    .floor(12, 'reads under the lease', run.events('ReadLocally'))
    .floor(1, 'reads by a quorum', run.events('ReadByQuorum'))
    .floor(20, 'grants', run.events('GrantLease'))
    .floor(2, 'ballots that led', run.ballotsThatLed())
    .floor(1, 'restarts', run.events('Restart'));
}
