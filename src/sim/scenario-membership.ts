/** Recorded scenarios of changes of the configuration. */
import type { Change } from '../driver/changes.js';
import type { Rehearsal } from './rehearsal.js';

/** Puts a change to who leads, again after each refusal, until it is answered ok. */
export function change(run: Rehearsal, wanted: Change): void {
  const { cell } = run;
  let done = false;
  const ask = (): void => {
    const leader = cell.leader();
    const again = (): void => void cell.clock.after(50, ask);
    if (leader === null) return again();
    cell.process(leader).replica.change(wanted, ({ ok }) => (ok ? (done = true) : again()));
  };
  ask();
  run.must(`the change is made: ${wanted.kind}`, () => done);
}

/**
 * One of five members dies and a new one takes its place; then the leader is removed. What is proposed and
 * chosen in the alpha slots behind each change is still governed by those of before.
 */
export function replaceMember(run: Rehearsal): Rehearsal {
  const { cell } = run;
  const leader = run.awaitLeader();
  run.write(leader, 6, 8);
  const dead = run.follower();
  cell.crash(dead);
  const fresh = cell.add('r6');
  fresh.start();
  change(run, {
    kind: 'add',
    member: fresh.member,
    address: '127.0.0.1:1 127.0.0.1:2',
    promote: true,
    replaces: cell.node(dead).member,
  });
  run.must('the new member votes', () => {
    if (cell.leader() === leader) run.write(leader, 1, 8);
    return cell.process(leader).replica.membership.current().members.includes(fresh.member);
  });
  run.write(leader, 12, 5);
  run.settle();
  run.converge();
  change(run, { kind: 'remove', member: cell.node(leader).member });
  run.must('another leads', () => cell.leader() !== leader && cell.leader() !== null);
  cell.node(leader).stop(() => undefined);
  run.must('the removed leader stopped', () => cell.node(leader).process === null);
  const next = run.awaitLeader(leader);
  run.write(next, 8, 5);
  run.settle();
  run.converge();
  // It was down when it was removed, and learns of it when it wants to lead.
  cell.start(dead);
  run.must('the dead one is back and knows that it was removed', () => {
    return cell.process(dead).replica.status().standing === 'removed';
  });
  const changes = ({ value }: { readonly value?: string }): boolean =>
    value?.startsWith('configuration:') === true;
  return run
    .finish()
    .floor(20, 'acknowledged writes', run.acknowledged())
    .floor(3, 'configurations proposed', run.events('Propose', changes))
    .floor(12, 'configurations voted for', run.events('HandleAccept', changes))
    .floor(2, 'ballots that led', run.ballotsThatLed());
}
