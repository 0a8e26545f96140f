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
  return run
    .finish()
    .floor(20, 'acknowledged writes', run.acknowledged())
    .floor(3, 'configurations proposed', run.events('Propose', isConfiguration))
    .floor(12, 'configurations voted for', run.events('HandleAccept', isConfiguration))
    .floor(2, 'ballots that led', run.ballotsThatLed());
}

/**
 * The log is cut before a new machine joins, which fetches a snapshot; it becomes a member and the leader is
 * removed. Snapshots cover both changes when all start again: what governs stands in their handles alone.
 */
export function newMachine(run: Rehearsal): Rehearsal {
  const { cell } = run;
  const leader = run.awaitLeader();
  const isCut = (name: string, slot: number): boolean =>
    cell.process(name).replica.inspect().snapshot.upTo >= slot;
  run.write(leader, 20, 10);
  run.must('the first slots are cut', () => cell.up.every((name) => isCut(name, 8)));
  const fresh = cell.add('r4');
  fresh.start();
  const promoted = { promote: true, replaces: null };
  change(run, { kind: 'add', member: fresh.member, address: '127.0.0.1:1 127.0.0.1:2', ...promoted });
  run.must('the new member votes', () => {
    if (cell.leader() === leader) run.write(leader, 1, 8);
    return cell.process(leader).replica.membership.current().members.includes(fresh.member);
  });
  change(run, { kind: 'remove', member: cell.node(leader).member });
  run.must('another leads', () => cell.leader() !== leader && cell.leader() !== null);
  cell.node(leader).stop(() => undefined);
  run.must('the removed leader stopped', () => cell.node(leader).process === null);
  const { changes } = cell.process(run.awaitLeader(leader)).replica.inspect();
  const last = changes.at(-1)?.slot ?? 0;
  run.must('snapshots cover the changes', () => {
    run.write(run.awaitLeader(leader), 1, 10);
    return cell.up.every((name) => isCut(name, last + 2 * cell.birth.alpha));
  });
  for (const name of cell.up) cell.crash(name);
  cell.start(...cell.others(leader));
  run.write(run.awaitLeader(), 8, 10);
  run.settle();
  run.converge();
  const named = ({ inForce = [] }: { readonly inForce?: readonly unknown[] }): boolean => inForce.length > 0;
  const ofFresh = run.cell.node('r4').member;
  return run
    .finish()
    .floor(20, 'acknowledged writes', run.acknowledged())
    .floor(2, 'configurations proposed', run.events('Propose', isConfiguration))
    .floor(4, 'snapshots whose handles name who governs', run.events('TakeSnapshot', named))
    .floor(
      1,
      'snapshots that the new machine installed',
      run.events('InstallSnapshot').filter(({ file }) => file.startsWith(ofFresh)),
    )
    .floor(
      3,
      'restarts from snapshots that name who governs',
      run.events('Restart', ({ snapshot }) => named(snapshot ?? {})),
    );
}

const isConfiguration = ({ value }: { readonly value?: string }): boolean =>
  value?.startsWith('configuration:') === true;
