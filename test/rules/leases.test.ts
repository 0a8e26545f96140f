/** The rules of leases, reads and elections, one by one: conformance/RULES.md. */
import { initialState, marginMs, readBlocked, step } from '../../src/core/index.js';
import type { FaultName, Faults, State } from '../../src/core/index.js';
import type { Input } from '../../src/core/step-types.js';
import type { Answer } from '../../src/driver/ports.js';
import { ExclusivityCheck } from '../../src/sim/checks/exclusivity.js';
import { A, at, B, BIRTH, C, from, leader, prepare } from '../core/cast.js';
import { CellScript } from './cell-script.js';
import { rule } from './rule.js';
import { naming } from './script.js';

const L = 400;
const birth = { ...BIRTH, leaseMs: L, driftPerMille: 10 };
const END = 100 + L - marginMs(birth);

const take = (state: State, ...inputs: readonly Input[]): State =>
  inputs.reduce((now, input) => step(now, input).state, state);
const tick = (now: number): Input => ({ kind: 'tick', now });
const grant = (when: number, member = B): Input =>
  from(member, { type: 'Grant', id: `${member}/1/5/${when}`, ballot: at(1, A), from: member, at: when });
const does = (state: State, input: Input): string | null => step(state, input).action?.name ?? null;
const READ: Input = { kind: 'read' };

/** A leads 1@A at time 100, asked then, and granted to itself; B's grant is counted. */
function master(faults: Partial<Faults> = {}): State {
  const lead: State = { ...leader(), birth };
  const now = take({ ...lead, faults: { ...lead.faults, ...faults } }, tick(100));
  const asked = step(now, { kind: 'ask lease' });
  let { state } = asked;
  for (const effect of asked.effects) {
    if (effect.kind !== 'send' || effect.outgoing.to !== A) continue;
    const granted = step(state, from(A, effect.outgoing.message));
    state = granted.state;
    for (const own of granted.effects)
      if (own.kind === 'send') state = take(state, from(A, own.outgoing.message));
  }
  return take(state, grant(100));
}

rule<FaultName>(
  'a lease counts from its request and ends early by the margin',
  { leaseWithoutMargin: 'read after its end' },
  (faults) => {
    const state = master(faults);
    if (does(take(state, tick(END - 1)), READ) !== 'ReadLocally') return 'no read under the lease';
    return does(take(state, tick(END)), READ) === null ? null : 'read after its end';
  },
);

rule<FaultName>(
  'who granted promises no other member until the lease has run out',
  { grantsIgnored: 'promised early' },
  (faults) => {
    const other = from(C, prepare(at(2, C)));
    if (does(take(master(faults), tick(100 + L - 1)), other) !== null) return 'promised early';
    return does(take(master(faults), tick(100 + L)), other) === 'HandlePrepare' ? null : 'never promised';
  },
);

rule<FaultName>(
  'the master reads by grants of a quorum, and else not',
  { readsWithoutLease: 'read by one grant' },
  (faults) => {
    const lead: State = { ...leader(), birth, faults: { ...leader().faults, ...faults } };
    const one = take(lead, tick(100), { kind: 'ask lease' }, grant(100));
    return readBlocked(one) === null ? 'read by one grant' : null;
  },
);

rule<FaultName>(
  'a leader reads nothing before it executed what its promises report',
  { barrierSkipped: 'read too early' },
  (faults) => {
    const state = master(faults);
    const attempt = state.attempt === null ? null : { ...state.attempt, reported: state.applied + 1 };
    return readBlocked({ ...state, attempt }) === null ? 'read too early' : null;
  },
);

rule<FaultName>(
  'a restarted acceptor promises nobody for as long as a lease may run',
  { grantsForgotten: 'promised at once' },
  (faults) => {
    const again = initialState(B, 2, birth, faults);
    const asked = from(C, prepare(at(2, C)));
    if (does(take(again, tick(L - 1)), asked) !== null) return 'promised at once';
    return does(take(again, tick(L)), asked) === 'HandlePrepare' ? null : 'never promised';
  },
);

rule<FaultName>(
  'after a jump of the clock, or a stall, no older grant counts',
  { clockTrusted: 'read by an old grant' },
  (faults) => {
    for (const kind of ['distrust clock', 'stalled'] as const)
      if (readBlocked(take(master(faults), { kind })) === null) return 'read by an old grant';
    return readBlocked(master(faults)) === null ? null : 'no read before';
  },
);

rule<FaultName>(
  'a master that gave up its lease reads no more in its ballot',
  { releaseIgnored: 'read after the release' },
  (faults) => {
    const released = take(master(faults), { kind: 'release lease' });
    return readBlocked(released) === null ? 'read after the release' : null;
  },
);

rule<FaultName>(
  'a lease needs grants of each configuration behind what is executed, proposed ones too',
  { readsByOldConfiguration: 'read without the new members' },
  (faults) => {
    const state = take(master(faults), { kind: 'propose', value: naming(['d', 'e']) });
    if (state.attempt?.configurations.length !== 1) return 'nothing was proposed';
    return readBlocked(state) === null ? 'read without the new members' : null;
  },
);

rule<FaultName>(
  'a round for reads counts no answer to another round',
  { roundsMixed: 'read by old answers' },
  (faults) => {
    const ask = (state: State): { readonly state: State; readonly id: string } => {
      const asked = step(state, { kind: 'ask round' });
      return { state: asked.state, id: asked.state.attempt?.round?.id ?? '' };
    };
    const lead: State = { ...leader(), faults: { ...leader().faults, ...faults } };
    const confirm = (member: string, round: string): Input =>
      from(member, { type: 'Confirm', id: `${member}/1/${round}`, ballot: at(1, A), from: member, round });
    const first = ask(lead);
    const confirmed = take(first.state, confirm(A, first.id), confirm(B, first.id));
    const read = step(confirmed, { kind: 'read by quorum' });
    if (read.action?.name !== 'ReadByQuorum') return 'no read by a quorum';
    const second = ask(read.state);
    const late = take(second.state, confirm(A, second.id), confirm(B, first.id));
    return does(late, { kind: 'read by quorum' }) === null ? null : 'read by old answers';
  },
);

const OPTIONS = { heartbeatMs: 100, electionMinMs: 500, electionMaxMs: 1_000 };

/** Frames from all others to it are lost; it is heard. */
function deafen({ cell }: CellScript, name: string): void {
  for (const other of cell.others(name))
    cell.network.break(cell.node(other).member, cell.node(name).member, 'cut');
}

rule<FaultName>(
  'who reaches no quorum both ways starts no ballot',
  { campaignsUnasked: 'the leader was deposed' },
  (faults) => {
    const run = new CellScript(faults, 3, { options: OPTIONS });
    const [deaf = ''] = run.cell.others(run.leader);
    const before = run.state(run.leader).promised?.round;
    deafen(run, deaf);
    run.cell.run(10_000);
    const { role, promised } = run.state(run.leader);
    return role === 'leader' && promised?.round === before ? null : 'the leader was deposed';
  },
);

rule<FaultName>(
  'a leader that no quorum answers falls silent, and another one leads',
  { deafLeads: 'nobody else leads' },
  (faults) => {
    const run = new CellScript(faults, 3, { options: OPTIONS, leaseMs: 400 });
    deafen(run, run.leader);
    const other = (): boolean => run.cell.leader() !== run.leader && run.cell.leader() !== null;
    return run.cell.runUntil(other, 20_000) ? null : 'nobody else leads';
  },
);

rule<FaultName>('only durable progress renews a lease', { renewedWhileStuck: 'it leads on' }, (faults) => {
  const run = new CellScript(faults, 3, { options: OPTIONS, leaseMs: 400 });
  run.cell.node(run.leader).disk.latency = { minMs: 1e7, maxMs: 1e7 };
  run.cell.run(2_000);
  return readBlocked(run.cell.process(run.leader).replica.atNow()) === null ? 'it leads on' : null;
});

rule<FaultName>(
  'while the master reads a quorum is bound, in true time',
  { grantsIgnored: 'OneMaster' },
  (faults) => {
    const run = new CellScript(faults, 3, { options: OPTIONS, leaseMs: 400 });
    const check = new ExclusivityCheck(run.cell);
    const answers: Answer[] = [];
    run.cell.process(run.leader).replica.read(Uint8Array.of(1), (answer) => answers.push(answer));
    run.cell.run(1);
    const [answer] = answers;
    if (answer?.ok !== true || answer.by !== 'lease') return 'no read under the lease';
    return check.violations()[0] ?? (check.held > 0 ? null : 'no lease was looked at');
  },
);
