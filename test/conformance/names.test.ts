/** One word per action, in the spec, the core, the events and the trace spec; a missing partner is named. */
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/root.js';
import { ACTION_NAMES, POST } from '../../src/trace/format.js';
import {
  actionsOfNext,
  AHEAD,
  FOR_TLC_ALONE,
  INSERTED,
  matches,
  missingPartners,
  OBSERVERS,
  specFiles,
  TRACE_SPEC,
  Tree,
} from './partners.js';

const tree = new Tree(packageRoot());
const spec = specFiles(tree.root)
  .map((file) => tree.read(file))
  .join('\n');
const allActions = actionsOfNext(tree);
const specActions = allActions.filter((name) => !AHEAD.includes(name));

describe('the names of actions and messages', () => {
  it('finds the actions of the spec', () => {
    expect(specActions.length).toBeGreaterThanOrEqual(15);
    expect(new Set(specActions).size).toBe(specActions.length);
  });

  it('each has all its partners', () => {
    expect(missingPartners(tree.root)).toEqual([]);
  });

  it('what the spec is ahead of the code in is in the spec and not in the code', () => {
    expect(AHEAD.filter((name) => !allActions.includes(name))).toEqual([]);
    expect(AHEAD.filter((name) => new Set<string>(ACTION_NAMES).has(name))).toEqual([]);
  });

  it('each action of the spec is an event, and the other way round', () => {
    const named = ACTION_NAMES.filter((name) => !OBSERVERS.includes(name));
    expect([...named, ...INSERTED].sort()).toEqual([...specActions].sort());
  });
});

describe('the names of variables', () => {
  const between = (text: string, from: RegExp, to: RegExp): string => {
    const rest = text.slice(text.search(from));
    return rest.slice(0, rest.search(to));
  };

  it('each logged variable is one of the spec, of its durable states, or Waiting', () => {
    const variables = matches(between(spec, /^VARIABLES/m, /^memory ==/m), /^ {2}(\w+)/gm);
    const durable = matches(between(spec, /^Blank ==/m, /^$/m), /(\w+) \|->/g);
    const words = new Set([...variables, ...durable, 'waiting']);
    expect(variables.length).toBeGreaterThan(5);
    expect(Object.keys(POST).filter((name) => !words.has(name))).toEqual([]);
  });

  it('the trace spec compares each of them', () => {
    const post = tree.between(TRACE_SPEC, /^Post ==/m, /^$/m);
    expect(Object.keys(POST).filter((name) => !post.includes(`Same("${name}"`))).toEqual([]);
  });

  it('the trace spec stays under 125 lines and five for each action', () => {
    const cases = specActions.length + FOR_TLC_ALONE.length;
    expect(tree.read(TRACE_SPEC).trimEnd().split('\n').length).toBeLessThan(125 + 5 * cases);
  });
});
