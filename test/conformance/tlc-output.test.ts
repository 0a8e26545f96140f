/** What TLC printed is read right: counts, names of what is violated, counterexamples, coverage. */
import { describe, expect, it } from 'vitest';
import { parseProperties } from '../../conformance/tlc/config.js';
import {
  isTemporal,
  parseChecked,
  parseCounts,
  parseCoverage,
  parseErrors,
  parseFired,
  parseTrace,
  parseViolated,
  verdictOf,
} from '../../conformance/tlc/output.js';

const VIOLATED = `Finished computing initial states: 1 distinct state generated at 2026-01-01 10:00:00.
Error: Invariant Agreement is violated.
Error: The behavior up to this point is:
State 1: <Initial predicate>
/\\ x = 0

State 2: <Campaigns line 3, col 1 to line 3, col 9 of module M>
/\\ x = 1

1,234 states generated, 1,057 distinct states found, 12 states left on queue.
The depth of the complete state graph search is 11.
`;

const TEMPORAL = `Checking temporal properties for the complete state space with 18 total distinct states
Error: Temporal properties were violated.

Error: The following behavior constitutes a counter-example:

State 1: <Initial predicate>
/\\ x = 0

State 2: <Campaigns line 3, col 1 to line 3, col 9 of module M>
/\\ x = 1

Back to state 1: <Campaigns line 3, col 1 to line 3, col 9 of module M>

Finished checking temporal properties in 00s at 2026-01-01 10:00:00
28 states generated, 18 distinct states found, 0 states left on queue.
`;

describe('what TLC prints of a temporal property', () => {
  it('has no name, so that the only property of the configuration is meant', () => {
    expect(isTemporal(TEMPORAL)).toBe(true);
    expect(isTemporal(VIOLATED)).toBe(false);
    expect(parseViolated(TEMPORAL)).toBeUndefined();
    expect(parseViolated(TEMPORAL, ['SteadyLeader'])).toBe('SteadyLeader');
    expect(parseViolated(TEMPORAL, ['SteadyLeader', 'Other'])).toBeUndefined();
    expect(parseViolated(VIOLATED, ['SteadyLeader'])).toBe('Agreement');
    expect(parseViolated('No error has been found.', ['SteadyLeader'])).toBeUndefined();
  });
  it('has a counterexample that ends with its loop', () => {
    const trace = parseTrace(TEMPORAL);
    expect(trace.startsWith('State 1: ')).toBe(true);
    expect(trace.endsWith('Back to state 1: <Campaigns line 3, col 1 to line 3, col 9 of module M>')).toBe(
      true,
    );
    expect(parseTrace(TEMPORAL.replace(/^Back to.*$/m, 'State 3: Stuttering')).endsWith('Stuttering')).toBe(
      true,
    );
  });
});

describe('a configuration of TLC', () => {
  it.each([
    ['INIT I\nPROPERTY P\n', ['P']],
    ['PROPERTIES\n  P\n  Q\nINVARIANTS\n  X\nPROPERTY R', ['P', 'Q', 'R']],
    ['PROPERTY (* not Q *) P \\* nor R\nCHECK_DEADLOCK FALSE', ['P']],
    ['INVARIANTS\n  PROPERTYLIKE\n', []],
  ])('has the properties of %j', (cfg, names) => {
    expect(parseProperties(cfg)).toEqual(names);
  });
});

describe('what TLC prints', () => {
  it('has counts, with separators', () => {
    expect(parseCounts(VIOLATED)).toEqual({ generated: 1234, distinct: 1057, depth: 11 });
  });
  it('has no counts where TLC found none', () => {
    expect(parseCounts('Error: Parsing failed')).toEqual({ generated: 0, distinct: 0, depth: 0 });
  });
  it.each([
    ['Error: Invariant OneValue is violated.', 'OneValue'],
    ['Error: Invariant OneValue is violated by the initial state:', 'OneValue'],
    [
      'Error: Action property line 3, col 9 to line 3, col 20 of module MultiPaxos is violated.',
      'Spec of MultiPaxos',
    ],
    ['Error: Action property Refines is violated.', 'Refines'],
    ['Error: Property Refines is violated by the initial state:', 'Refines'],
    ['Model checking completed. No error has been found.', undefined],
  ])('names what is violated in: %s', (line, name) => {
    expect(parseViolated(`Starting...\n${line}\n`)).toBe(name);
  });
  it('has a counterexample that ends where the counts begin', () => {
    const trace = parseTrace(VIOLATED);
    expect(trace.startsWith('State 1: <Initial predicate>')).toBe(true);
    expect(trace.endsWith('/\\ x = 1')).toBe(true);
    expect(trace.match(/^State \d+: /gm)).toHaveLength(2);
    expect(parseTrace('No error has been found.')).toBe('');
  });
  it('has errors of the spec, without what was printed before', () => {
    expect(parseErrors('Parsing file A.tla\n*** Errors: 1\nline 3: unknown operator')).toBe(
      '*** Errors: 1\nline 3: unknown operator',
    );
  });
  it('has coverage: the last report counts, places of one action are summed, zero stays zero', () => {
    const output = [
      'The coverage statistics at 2026-01-01 10:00:00',
      '<Campaigns line 1, col 1 to line 1, col 9 of module M>: 1:1',
      'The coverage statistics at 2026-01-01 10:01:00',
      '<Campaigns line 1, col 1 to line 1, col 9 of module M>: 10:20',
      '  line 5, col 6 to line 5, col 17 of module M: 99',
      '<Apply line 2, col 1 to line 2, col 11 of module M (8 2 8 43)>: 1,000:2,000',
      '<Apply line 2, col 1 to line 2, col 11 of module M (9 2 9 43)>: 1:2',
      '<Crashes line 3, col 1 to line 3, col 9 of module M>: 0:0',
      '<TypeOK line 4, col 1 to line 4, col 6 of module M>',
    ].join('\n');
    expect([...parseCoverage(output)]).toEqual([
      ['Campaigns', { distinct: 10, taken: 20 }],
      ['Apply', { distinct: 1001, taken: 2002 }],
      ['Crashes', { distinct: 0, taken: 0 }],
    ]);
  });
  it('reads the states and the coverage of random runs, the last of each', () => {
    const output = [
      '"fired;Campaign;1"',
      '"fired;Crash;0"',
      'Progress: 4,000 states checked.',
      '"fired;Campaign;20"',
      'Progress: 5691 states checked.',
      'Finished in 01s',
    ].join('\n');
    expect(parseChecked(output)).toBe(5691);
    expect([...parseFired(output)]).toEqual([
      ['Campaign', 20],
      ['Crash', 0],
    ]);
    expect(parseChecked('')).toBe(0);
  });
  it('maps exit codes, and takes an unknown one for a crash, never for a pass', () => {
    expect([0, 10, 11, 12, 13, 150, 255, 1, null].map(verdictOf)).toEqual([
      'ok',
      'assumption',
      'deadlock',
      'invariant',
      'property',
      'error',
      'crash',
      'crash',
      'crash',
    ]);
  });
});
