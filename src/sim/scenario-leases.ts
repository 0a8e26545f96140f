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
 * The new master raises its ballot within its lease and stays master in its epoch; then it hands over.
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
  raise(run, second);
  readAndWrite(run, second, 3, 20);
  const [third = ''] = cell.others(first, second);
  handOver(run, second, third);
  readAndWrite(run, third, 3, 20);
  run.settle();
  run.converge();
  return run
    .finish()
    .floor(21, 'acknowledged writes', run.acknowledged())
    .floor(16, 'reads under the lease', run.events('ReadLocally'))
    .floor(1, 'reads by a quorum', run.events('ReadByQuorum'))
    .floor(20, 'grants', run.events('GrantLease'))
    .floor(4, 'ballots that led', run.ballotsThatLed())
    .floor(1, 'restarts', run.events('Restart'))
    .floor(1, 'releases', run.events('ReleaseLease'));
}

function raise(run: Rehearsal, name: string): void {
  const { replica } = run.cell.process(name);
  run.must('it is master', () => replica.status().master > 0);
  const { master, promised } = replica.status();
  replica.campaign();
  run.must('it leads the raised ballot', () => {
    const now = replica.status();
    return now.role === 'leader' && (now.promised?.round ?? 0) > (promised?.round ?? 0);
  });
  run.cell.run(100);
  run.must('it is master in the same epoch', () => replica.status().master === master);
}

function handOver(run: Rehearsal, from: string, to: string): void {
  const { cell } = run;
  let made = false;
  run.must('the other has caught up', () => {
    if (!made)
      cell.process(from).replica.leadership.handOver(cell.node(to).member, (answer) => {
        made = made || answer === 'made';
      });
    return made;
  });
  run.must('the other is master', () => cell.process(to).replica.status().master > 0);
}
