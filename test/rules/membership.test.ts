/** The rules of membership, one by one: conformance/RULES.md. */
import type { FaultName } from '../../src/core/index.js';
import type { Change } from '../../src/driver/changes.js';
import { CellScript } from './cell-script.js';
import { rule, type Off } from './rule.js';
import { naming, Script, type Shape } from './script.js';

/** A scenario among cores: the invariants say what is wrong, unless it says so itself. */
function cores(
  name: string,
  off: Off<FaultName>,
  play: (run: Script) => string | null | Script,
  shape: Shape = {},
): void {
  rule<FaultName>(name, off, (faults) => {
    const said = play(new Script(faults, shape));
    return said instanceof Script ? said.finding() : said;
  });
}

/** The same in a simulated cell with a leader. */
function cell(
  name: string,
  off: Off<FaultName>,
  play: (run: CellScript) => string | null,
  members = 3,
): void {
  rule<FaultName>(name, off, (faults) => {
    const run = new CellScript(faults, members);
    return play(run) ?? run.finding();
  });
}

cores(
  'a configuration governs alpha slots behind its own, and no earlier',
  { configurationAtOnce: 'KnownIsChosen' },
  (run) => {
    run.lead('a', 'b', 'c').choose('a', naming(['d']), 'b');
    run.heartbeat('a').heartbeat('a').pass('a', 'd', 'Prepare').pass('d', 'a');
    return run.propose('a', 1).sync('a').pass('a', 'd', 'Accept').pass('d', 'a').pass('a', 'b');
  },
  { alpha: 2, joiners: ['d'] },
);

cores(
  'a leader proposes in a slot whose members promised its ballot',
  { establishedForAll: 'ChosenOnce' },
  (run) => {
    run
      .lead('b', 'a', 'c')
      .propose('b', naming(['d']))
      .sync('b');
    run.pass('b', 'a', 'Accept').pass('b', 'c', 'Accept').pass('c', 'b', 'Accepted');
    run.askedBy('d', 'b').pass('b', 'd', 'Entries');
    run.campaign('d').sync('d').propose('d', 1).sync('d');
    run.lose('b', 'a').lose('b', 'c').campaign('a').campaign('a').sync('a');
    run.pass('a', 'c', 'Prepare').pass('c', 'a', 'Promise').pass('a', 'c', 'Accept').pass('c', 'a');
    return run.propose('a', 2);
  },
  { alpha: 1, joiners: ['d'] },
);

cores(
  'votes count of whom the configuration of the slot names',
  { votesOfRemoved: 'KnownIsChosen', configurationOfStart: 'KnownIsChosen' },
  (run) => {
    run.lead('a', 'b', 'c').choose('a', naming(['a', 'd', 'e']), 'b');
    run.heartbeat('a').heartbeat('a').pass('a', 'd', 'Prepare').pass('d', 'a').pass('a', 'b');
    return run.choose('a', 1, 'b', 'c').choose('a', 2, 'b', 'c');
  },
  { alpha: 2, joiners: ['d', 'e'] },
);

cores(
  'who does not know that it votes answers all the same',
  { strangerIsSilent: 'no quorum promised' },
  (run) => {
    run
      .lead('a', 'b', 'c')
      .choose('a', naming(['d']), 'b')
      .lose('a', 'd');
    run.heartbeat('a').heartbeat('a').lose('a', 'd', 'Chosen').pass('a', 'd', 'Prepare').pass('d', 'a');
    run.choose('a', 1, 'd');
    return run.state('a').prefix === 2 ? run : 'no quorum promised';
  },
  { alpha: 1, joiners: ['d'] },
);

cell(
  'a change is answered once a quorum of the new members has all that the old ones knew',
  { changeAnsweredEarly: 'new members have it' },
  (run) => {
    const fresh = ['r4', 'r5', 'r6'];
    for (const name of fresh) run.add(name);
    run.cell.run(1_000);
    for (const name of fresh) run.cell.node(name).disk.latency = { minMs: 40, maxMs: 50 };
    const answer = run.ask({ kind: 'become', members: fresh.map((name) => run.member(name)) });
    if (answer?.ok !== true) return 'the change was refused';
    const last = answer.slot + run.cell.birth.alpha - 1;
    const saving = fresh.filter((name) => (run.state(name).durable?.prefix ?? 0) >= last).length;
    if (saving < 2) return `${saving} new members have it`;
    // At that moment the old machines may be destroyed.
    for (const name of ['r1', 'r2', 'r3']) run.cell.crash(name);
    if (!run.cell.runUntil(() => run.cell.leader() !== null)) return 'nobody leads';
    run.cell.run(1_000);
    return null;
  },
);

cell(
  'a configuration whose quorum is not there and caught up is refused',
  { namedUnseen: 'no write is answered' },
  (run) => {
    const [dead = '', other = ''] = run.cell.others(run.leader);
    run.cell.crash(dead);
    run.cell.run(2_000);
    const refused = [run.ask({ kind: 'remove', member: run.member(other) }, 1_000)];
    refused.push(run.ask({ kind: 'become', members: [run.member(dead)] }, 1_000));
    const before = run.acknowledged;
    run.cell.run(3_000);
    if (run.acknowledged === before) return 'no write is answered';
    return refused.every((answer) => answer?.ok === false && answer.reason === 'not caught up')
      ? null
      : JSON.stringify(refused);
  },
);

cell('no-ops fill the window behind a change', { windowLeftOpen: 'timed out' }, (run) => {
  run.quiet();
  const [gone = ''] = run.cell.others(run.leader);
  const change: Change = { kind: 'remove', member: run.member(gone) };
  const answer = run.ask(change, 60_000);
  return answer?.ok === true ? null : (answer?.reason ?? 'no answer');
});

cell(
  'a removed replica that was away disturbs nobody: it is told',
  { removedDisturbs: 'another ballot' },
  (run) => {
    const { leader } = run;
    const [away = ''] = run.cell.others(leader);
    run.cell.crash(away);
    run.cell.run(1_000);
    if (run.ask({ kind: 'remove', member: run.member(away) })?.ok !== true) return 'the change was refused';
    run.cell.run(2_000);
    const ballot = run.state(leader).promised;
    run.cell.start(away);
    const told = run.cell.runUntil(() => run.cell.process(away).replica.status().standing === 'removed');
    run.cell.run(5_000);
    const { role, promised } = run.state(leader);
    if (role !== 'leader' || promised?.round !== ballot?.round) return 'another ballot';
    return told ? null : 'it does not know that it is removed';
  },
  5,
);
