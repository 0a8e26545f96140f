/** The recorded scenarios reach their floors, and the same seed gives the same bytes. */
import { describe, expect, it } from 'vitest';
import { readEvents } from '../../src/sim/rehearsal.js';
import { PLANTED, plantedFolder } from './planted.js';
import { SCENARIOS } from '../../src/sim/scenarios.js';

describe('scenarios', () => {
  it('have names and seeds of their own', () => {
    expect(new Set(SCENARIOS.map(({ seed }) => seed)).size).toBe(SCENARIOS.length);
    expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
    expect(SCENARIOS.length).toBeGreaterThanOrEqual(7);
  });

  it.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))(
    '%s reaches its floors, the same way each time',
    (_, scenario) => {
      const folder = scenario.run();
      expect([...scenario.run()]).toEqual([...folder]);
      const manifest = JSON.parse(folder.get('manifest.json') ?? '') as { files: string[]; killed: string[] };
      expect(manifest.files.toSorted()).toEqual(
        [...folder.keys()].filter((f) => f.endsWith('.ndjson')).sort(),
      );
      expect(manifest.killed).toEqual([]);
      expect(readEvents(folder).length).toBeGreaterThan(100);
    },
  );

  it.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))(
    '%s reaches its floors with other seeds too',
    (_, scenario) => {
      for (let seed = 100; seed < 105; seed++) {
        expect(readEvents(scenario.run(seed)).length, `seed ${seed}`).toBeGreaterThan(100);
      }
    },
  );

  it.each(PLANTED)(
    'record the planted mistake $fault in $scenario, other bytes than without it',
    (planted) => {
      const good = SCENARIOS.find(({ name }) => name === planted.scenario)?.run();
      const bad = plantedFolder(planted.fault, planted.scenario);
      expect(readEvents(bad).length).toBeGreaterThan(100);
      expect([...bad.values()].join('')).not.toBe([...(good?.values() ?? [])].join(''));
    },
  );
});
