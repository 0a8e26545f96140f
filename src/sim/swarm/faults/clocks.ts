/** Faults of clocks: drift within the bound of the cell, jumps ahead, suspended machines. */
import type { SimRandom } from '../../random.js';
import type { World } from '../world.js';

export function injectClockFaults(world: World): void {
  const { settings, cell } = world;
  const random = world.random('clocks');
  for (const name of cell.names) {
    const drift = random.integer(-settings.driftPerMille, settings.driftPerMille);
    const wild = settings.wildDriftPerMille === 0 ? 0 : wildDrift(settings.wildDriftPerMille, random);
    const { clockFaults } = cell.node(name);
    clockFaults.rate = 1 + (drift + wild) / 1000;
    // Both clocks of a machine count the same oscillations: comparing them tells nothing.
    clockFaults.wallRate = 1 + wild / 1000;
  }
  if (settings.wildDriftPerMille > 0) world.count('wildly drifting clocks', cell.names.length);
  if (settings.driftPerMille > 0) world.count('drifting clocks', cell.names.length);
  world.often(settings.clockJumps, random, (random) => {
    world.count('clock jumps');
    const node = cell.node(world.someMember(random));
    node.clockFaults.skewMs += random.integer(1, Math.max(1, settings.clockJumpMs));
  });
  world.often(settings.suspensions, random, (random) => {
    const name = world.someUp(random);
    if (name === undefined) return;
    const { clockFaults } = cell.node(name);
    const { clock } = cell.process(name);
    const from = cell.clock.now();
    // Some clocks go on while the machine is suspended, some do not.
    const counted = random.chance(500);
    world.count('suspensions');
    clock.stop();
    world.lasting(settings.suspensionMs, random, () => {
      // A process that was started meanwhile has read the clock: it must not go back.
      const same = cell.node(name).process?.clock === clock;
      if (!counted && same) clockFaults.skewMs -= (cell.clock.now() - from) * clockFaults.rate;
      clock.goOn();
      world.resumed();
    });
  });
}

/** Half of the clocks are too slow and half too fast, by all of it. */
function wildDrift(perMille: number, random: SimRandom): number {
  return random.chance(500) ? perMille : -perMille;
}
