/** A model in TLC's server and workers has the verdict and the states of one process. */
import { describe, expect, it } from 'vitest';
import { checkDistributed, compareDistributed, withoutOthers } from '../../conformance/models/distributed.js';
import { readModels, type Model } from '../../conformance/models/codec.js';
import { readDistributed, workerCommand, type Place } from '../../conformance/tlc/distributed.js';
import { describeWithTlc } from './with-tlc.js';

const STATES = '46850 states generated, 2421 distinct states found, 0 states left on queue.';
const DONE = 'Model checking completed. No error has been found.';

describeWithTlc('models in a server and workers', (tlc) => {
  it('pass with the same states, and fail where they must', { timeout: 240_000 }, async () => {
    const places: Place[] = [];
    const results = await checkDistributed({
      ...{ tlc, tier: 'quick', names: ['paxos-2x1', 'broken-W03'], workers: 2 },
      onServing: (_, place) => places.push(place),
    });
    expect(results.map(({ verdict }) => verdict)).toEqual(['ok', 'invariant KnownIsChosen']);
    expect(results.flatMap(({ differences }) => differences)).toEqual([]);
    expect(results[1]?.trace).toMatch(/^State 1: /);
    expect(places.map(({ address }) => address)).toEqual(['127.0.0.1', '127.0.0.1']);
  });

  it('are refused by name where they cannot be run so', async () => {
    const options = { tlc, tier: 'quick', workers: 1 } as const;
    await expect(checkDistributed({ ...options, names: ['simulate-5r'] })).rejects.toThrow(/is a simulation/);
    await expect(checkDistributed({ ...options, names: ['none'] })).rejects.toThrow(/no model is named none/);
  });
});

describe('what the server prints', () => {
  it.each<[string, number | null, string, string]>([
    ['a success', 0, `${DONE}\n${STATES}`, 'ok'],
    ['a text of success before a failure', 1, `${DONE}\n${STATES}`, 'error'],
    ['an end without a word', 0, STATES, 'error'],
    [
      'a counterexample, with which it ends with 0',
      0,
      'Error: The behavior up to this point is:',
      'violated',
    ],
    ['an initial state that is wrong', 0, 'Error: Invariant A is violated by the initial state:', 'violated'],
  ])('%s', (_name, exit, output, verdict) => {
    expect(readDistributed(exit, output).verdict).toBe(verdict);
  });

  it('is compared with what is expected', () => {
    const model = readModels().find(({ name }) => name === 'paxos-2x1') as Model;
    const found = { ...readDistributed(0, `${DONE}\n${STATES}`), seconds: 1 };
    expect(compareDistributed(model, found).differences).toEqual([]);
    expect(compareDistributed(model, { ...found, distinct: 7 }).differences).toHaveLength(1);
    expect(compareDistributed(model, { ...found, verdict: 'violated' }).verdict).toBe('violated');
    const broken: Model = { ...model, expect: { verdict: 'invariant', name: 'A' } };
    expect(compareDistributed(broken, found).differences).toEqual(['verdict ok, expected invariant A']);
  });
});

describe('a configuration with one demand', () => {
  const cfg = 'INIT Init\nINVARIANTS\n  TypeOK\n  A\nPROPERTY P\n';
  it('keeps the invariant or the property that must fail, so that it is what fails', () => {
    expect(withoutOthers(cfg, { verdict: 'ok' })).toBe(cfg);
    expect(withoutOthers(cfg, { verdict: 'invariant', name: 'A' })).toBe('INIT Init\nINVARIANT A\n');
    expect(withoutOthers(cfg, { verdict: 'property', name: 'P' })).toBe('INIT Init\nPROPERTY P\n');
  });
});

describe('the command for another machine', () => {
  it('names both addresses and the port', () => {
    const text = workerCommand({ address: '192.0.2.1', port: 10_997, jar: 't.jar' }, '192.0.2.2').join(' ');
    expect(text).toContain('-Djava.rmi.server.hostname=192.0.2.2');
    expect(text).toContain('TLCServer.port=10997');
    expect(text).toMatch(/-cp t\.jar tlc2\.tool\.distributed\.TLCWorker 192\.0\.2\.1$/);
  });
});
