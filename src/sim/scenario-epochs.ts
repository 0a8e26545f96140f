/** Recorded scenarios of masterships. */
import type { Rehearsal } from './rehearsal.js';

/**
 * Requests that a follower passed on to the master are held up on the link. Another leads meanwhile, and the
 * requests are handled anew and answered there; then the first is master again, and what was held arrives: it
 * is proposed, and refused where it is executed.
 */
export function regainedMastership(run: Rehearsal): Rehearsal {
  const { cell } = run;
  const first = run.awaitLeader();
  run.write(first, 5, 8);
  const [taker = '', second = ''] = cell.others(first);
  run.must('the mark is known', () => cell.process(taker).replica.status().epoch > 0);
  cell.network.fault(cell.node(taker).member, cell.node(first).member, 'held');
  run.write(taker, 4, 3);
  lead(run, second);
  run.write(second, 5, 8);
  run.settle();
  lead(run, first);
  run.write(first, 5, 8);
  cell.heal();
  run.write(first, 5, 8);
  run.settle();
  run.converge();
  return run
    .finish()
    .floor(24, 'acknowledged writes', run.acknowledged())
    .floor(3, 'ballots that led', run.ballotsThatLed())
    .floor(
      3,
      'entries refused',
      run.events('Apply', ({ refused }) => refused === true),
    );
}

function lead(run: Rehearsal, name: string): void {
  const { cell } = run;
  cell.process(name).replica.campaign();
  run.must(`${name} is master`, () => cell.process(name).replica.status().master > 0);
}
