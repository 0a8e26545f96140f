/** One word per action, in the spec, the core, the events and the trace spec; a missing partner is named. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/root.js';
import { ACTION_NAMES, POST } from '../../src/trace/format.js';

const root = packageRoot();
const read = (...path: string[]): string => readFileSync(join(root, ...path), 'utf8');
const MODULES = ['ReplicaState', 'ReplicaLeases', 'ReplicaLog', 'ReplicaSnapshots', 'PaxosReplica'];
const spec = MODULES.map((module) => read('spec', `${module}.tla`)).join('\n');
const traceSpec = read('conformance', 'TracePaxosReplica.tla');

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] ?? '');
}

function between(text: string, from: RegExp, to: RegExp): string {
  const start = text.search(from);
  expect(start, `${String(from)} is in the text`).toBeGreaterThanOrEqual(0);
  const rest = text.slice(start);
  const end = rest.search(to);
  return end < 0 ? rest : rest.slice(0, end);
}

/** The disjuncts of Next. One that only picks witnesses, `\\E ... : X(r, ...)` in one line, stands for X. */
const allActions = matches(between(spec, /^Next ==/m, /^Spec ==/m), /\b([A-Z]\w+)\(r\)/g).map((disjunct) => {
  const picks = new RegExp(`^${disjunct}\\(r\\) *== *(?:\\\\E .* : )?([A-Z]\\w+)\\(r\\b.*$`, 'm').exec(spec);
  return picks?.[1] ?? disjunct;
});

/** What a trace has besides the events of a replica: the merge puts them in. */
const INSERTED = ['Crash'];
const FOR_TLC_ALONE = ['Forget'];
/** Actions of the spec that the code does not take yet: their events come with the code. */
const AHEAD = [
  ...['TakeSnapshot', 'InstallSnapshot'],
  ...['AskLease', 'GrantLease', 'ReleaseLease', 'HandleRelease', 'ReadLocally'],
];
/** Time passes without an event: events carry a clock reading where a rule depends on it. */
const NO_EVENT = ['Tick'];
const specActions = allActions.filter((name) => ![...AHEAD, ...NO_EVENT].includes(name));

const camel = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

describe('the names of actions', () => {
  it('finds the actions of the spec', () => {
    expect(specActions.length).toBeGreaterThanOrEqual(15);
    expect(new Set(specActions).size).toBe(specActions.length);
  });

  it('what the spec is ahead of the code in is in the spec and not in the code', () => {
    expect(AHEAD.filter((name) => !allActions.includes(name))).toEqual([]);
    expect(AHEAD.filter((name) => new Set<string>(ACTION_NAMES).has(name))).toEqual([]);
  });

  it('each action of the spec is an event, and the other way round', () => {
    expect([...ACTION_NAMES, ...INSERTED].sort()).toEqual([...specActions].sort());
  });

  it('each event is an action of the core', () => {
    const union = between(
      read('src', 'core', 'step-types.ts'),
      /^export type Action =/m,
      /^export type ActionName/m,
    );
    expect(matches(union, /readonly name: '(\w+)'/g).sort()).toEqual([...ACTION_NAMES].sort());
  });

  it('each case of the trace spec is an action of the spec under the same name, or Forget', () => {
    const action = between(traceSpec, /^Action ==/m, /^\(\* The state after/m);
    const cases = matches(action, /e\.action = "(\w+)"/g);
    expect([...cases].sort()).toEqual([...specActions, ...FOR_TLC_ALONE].sort());
    for (const name of specActions)
      expect(action, `the case of ${name} calls it`).toMatch(new RegExp(`\\b${name}\\(r\\b`));
  });

  it('each action is a function of the core under the same word', () => {
    const folder = join(root, 'src', 'core');
    const code = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
    const functions = new Set(code.flatMap((text) => matches(text, /^export function (\w+)/gm)));
    expect(ACTION_NAMES.map(camel).filter((name) => !functions.has(name))).toEqual([]);
  });
});

describe('the names of variables', () => {
  it('each logged variable is one of the spec, of its durable states, or Waiting', () => {
    const variables = matches(between(spec, /^VARIABLES/m, /^memory ==/m), /^ {2}(\w+)/gm);
    const durable = matches(between(spec, /^Blank ==/m, /^$/m), /(\w+) \|->/g);
    const words = new Set([...variables, ...durable, 'waiting']);
    expect(Object.keys(POST).filter((name) => !words.has(name))).toEqual([]);
  });

  it('the trace spec compares each of them', () => {
    const post = between(traceSpec, /^Post ==/m, /^$/m);
    expect(Object.keys(POST).filter((name) => !post.includes(`Same("${name}"`))).toEqual([]);
  });

  it('the trace spec stays under 200 lines', () => {
    expect(traceSpec.trimEnd().split('\n').length).toBeLessThan(200);
  });
});
