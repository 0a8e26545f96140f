/** The checkers of simulated runs notice what they are for. */
import { describe, expect, it } from 'vitest';
import { SimCell } from '../../src/sim/cell.js';
import { BoundCheck, boundsOf, type Queues } from '../../src/sim/checks/bounds.js';
import { ATLAS } from '../../src/sim/swarm/atlas.js';
import { KNOB_NAMES, KNOBS, standardSettings } from '../../src/sim/swarm/knobs.js';
import { runSeed } from '../../src/sim/swarm/run.js';

describe('bounds', () => {
  /** A leader that is cut off, under load: nothing that it proposes is chosen. */
  const overloaded = (): SimCell => {
    const options = { pendingLimit: 40, requestTimeoutMs: 200 };
    const cell = new SimCell({ seed: 2, traced: false, options }).start();
    cell.run(3_000);
    const leader = cell.leader() ?? '';
    cell.isolate(leader);
    for (let n = 0; n < 3_000; n++) {
      cell.submit(leader, 'x');
      cell.run(2);
    }
    expect(cell.process(leader).replica.inspect().role).toBe('leader');
    return cell;
  };

  it('hold of a leader that is cut off, and its queues were full', () => {
    const cell = overloaded();
    const check = new BoundCheck(cell, boundsOf(40, 8));
    expect(check.excesses()).toEqual([]);
    expect(check.peaks.pending).toBeGreaterThan(30);
    expect(check.peaks.open).toBe(8);
    expect(check.peaks.proposed).toBe(8);
    expect(check.peaks.unsynced).toBe(0);
  });

  it.each(['pending', 'waiting', 'proposed', 'open'] as const)(
    'name what is above the bound of %s',
    (queue) => {
      const bounds: Queues = { ...boundsOf(40, 8), [queue]: 3 };
      expect(new BoundCheck(overloaded(), bounds).excesses().join('\n')).toMatch(
        /^r\d: \d+ .*, more than 3$/,
      );
    },
  );

  it('count steps that wait for a sync', () => {
    const cell = new SimCell({ seed: 2, traced: false, sync: { minMs: 1e6, maxMs: 1e6 } }).start();
    cell.run(3_000);
    const found = new BoundCheck(cell, { ...boundsOf(40, 8), unsynced: 0 }).excesses();
    expect(found.length).toBeGreaterThan(0);
    expect(found[0]).toContain('steps wait for a sync, more than 0');
  });

  it('count inputs that wait for the turn of a slow process', () => {
    const cell = new SimCell({ seed: 2, traced: false }).start();
    cell.run(3_000);
    for (const name of cell.names) cell.process(name).clock.slowTurnMs = 500;
    cell.run(400);
    const found = new BoundCheck(cell, { ...boundsOf(40, 8), inputs: 1 }).excesses();
    expect(found.join('\n')).toMatch(/inputs wait for a turn, more than 1/);
  });

  it('are looked at in each seed', () => {
    const busy = { ...standardSettings(), safetySeconds: 20, bursts: 500, thinkMs: 200 };
    const { peaks, finding } = runSeed({ seed: 1, settings: busy });
    expect(finding).toBeNull();
    for (const queue of ['pending', 'proposed', 'open', 'unsynced'] as const)
      expect(peaks[queue], queue).toBeGreaterThan(0);
  });
});

describe('the atlas', () => {
  it('says of each kind of fault, and of nothing else, why a whole cell can repair it', () => {
    const kinds = KNOB_NAMES.filter((name) => {
      const { group } = KNOBS[name];
      return group !== 'cell' && group !== 'clients' && !name.endsWith('Ms');
    });
    expect(Object.keys(ATLAS).sort()).toEqual(kinds.toSorted());
    expect(kinds.length).toBeGreaterThan(15);
    for (const why of Object.values(ATLAS)) expect(why.length).toBeGreaterThan(30);
  });
});
