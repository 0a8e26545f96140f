/**
 * Golden text scripts: a line `> COMMAND` acts on a simulated cell, the lines below it are what it must
 * print. Members are named r1, r2, ...; `leader` is who leads now, `follower1`, `follower2`, ... are the
 * others that run; `let NAME = MEMBER` gives a name to keep.
 */
import type { Answer } from '../../src/driver/ports.js';
import { SimCell } from '../../src/sim/cell.js';
import { Journal } from '../../src/sim/journal.js';

type Command = (...words: readonly string[]) => readonly string[];

class Script {
  private cell = new SimCell({ seed: 1 });
  private readonly names = new Map<string, string>();
  private answers: string[] = [];

  readonly commands: Readonly<Record<string, Command>> = {
    /** cell SEED MEMBERS [SYNC_MS]: a new cell, all members down. */
    cell: (seed = '1', members = '3', sync = '1') => {
      const syncMs = { minMs: Number(sync), maxMs: Number(sync) };
      this.cell = new SimCell({ seed: Number(seed), members: Number(members), sync: syncMs });
      return [];
    },
    start: (...names) => {
      this.cell.start(...names.map((name) => this.member(name)));
      return [];
    },
    let: (name = '', _is, member = '') => {
      this.names.set(name, this.member(member));
      return [];
    },
    run: (ms = '0') => {
      this.cell.run(Number(ms));
      return [];
    },
    /** Lets time pass until somebody other than the named leads. */
    elect: (other) => {
      const not = other === undefined ? null : this.member(other);
      const elected = this.cell.runUntil(() => ![null, not].includes(this.cell.leader()), 10_000);
      return [elected ? 'elected' : 'nobody is elected'];
    },
    submit: (name = '', ...ops) => {
      for (const op of ops) {
        this.cell.submit(this.member(name), op, (answer) => this.answers.push(`${op}: ${describe(answer)}`));
      }
      return [];
    },
    /** What was answered since the last time. */
    answers: () => this.answers.splice(0),
    crash: (name = '', survivors) => {
      this.cell.crash(this.member(name), survivors === undefined ? undefined : Number(survivors));
      return [];
    },
    isolate: (name = '', fault = 'cut') => {
      this.cell.isolate(this.member(name), fault === 'held' ? 'held' : 'cut');
      return [];
    },
    cut: (a = '', b = '') => {
      this.cell.partition([this.member(a)], [this.member(b)]);
      return [];
    },
    heal: () => {
      this.cell.heal();
      return [];
    },
    role: (name = '') => [this.cell.process(this.member(name)).replica.status().role],
    /** The operations that a member executed, in order. */
    executed: (name = '') => {
      const { machine } = this.cell.process(this.member(name));
      const entries = machine instanceof Journal ? machine.entries() : [];
      return [entries.map(({ op }) => Buffer.from(op).toString()).join(' ') || 'nothing'];
    },
    /** Whether all running members executed the same. */
    agree: () => {
      const all = new Set(this.cell.up.map((name) => this.commands['executed']?.(name)[0]));
      return [all.size === 1 ? 'all the same' : [...all].join(' / ')];
    },
    unsynced: (name = '') => [String(this.cell.node(this.member(name)).disk.unsynced())],
  };

  private member(name: string): string {
    const leader = this.cell.leader();
    const follower = /^follower([1-9])$/.exec(name)?.[1];
    const followers = this.cell.up.filter((each) => each !== leader);
    if (follower !== undefined) return followers[Number(follower) - 1] ?? 'no such follower';
    const named = name === 'leader' ? leader : (this.names.get(name) ?? name);
    if (named === null) throw new Error('nobody leads');
    return this.cell.node(named).name;
  }
}

const describe = (answer: Answer): string => (answer.ok ? `done in slot ${answer.slot}` : answer.reason);

/** Runs a script and gives its text as it should be: the same text, if it is met. */
export function play(text: string): string {
  const script = new Script();
  const out: string[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) out.push(line);
    if (!line.startsWith('> ')) continue;
    const [name = '', ...words] = line.slice(2).split(/\s+/);
    const command = script.commands[name];
    if (command === undefined) throw new Error(`no command ${name} in: ${line}`);
    out.push(line, ...command(...words));
  }
  return out.join('\n');
}
