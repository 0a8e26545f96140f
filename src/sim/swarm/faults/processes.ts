/** Faults of processes: killed between steps or between effects, all at once; stopped for a while; slow. */
import type { SimRandom } from '../../random.js';
import type { World } from '../world.js';

/** A kill between effects comes within so many port calls. */
const EFFECTS = 12;

export function injectCrashes(world: World): void {
  const { settings, cell } = world;
  const random = world.random('crashes');
  world.often(settings.crashes, random, (random) => {
    const name = world.someUp(random);
    if (name === undefined) return;
    world.count('crashes');
    cell.crash(name);
  });
  world.often(settings.effectCrashes, random, (random) => {
    const name = world.someUp(random);
    if (name === undefined) return;
    cell.process(name).kill.arm(random.integer(0, EFFECTS), () => world.count('crashes between effects'));
  });
  world.often(settings.massCrashes, random, () => {
    world.count('crashes of all');
    cell.crashAll();
  });
}

/** Starts again, a while later, whatever process ended, for whatever reason. */
export class Supervisor {
  private readonly random: SimRandom;
  private readonly waiting = new Set<string>();

  constructor(
    private readonly world: World,
    /** Those that stay down when the faults end. */
    private readonly mayRestart: (name: string) => boolean,
  ) {
    this.random = world.random('supervisor');
  }

  /** Looks for processes that ended since the last look. */
  look(): void {
    const { cell, settings } = this.world;
    for (const name of cell.names) {
      if (cell.node(name).process !== null || this.waiting.has(name) || !this.mayRestart(name)) continue;
      this.waiting.add(name);
      // A stream for each, so that one crash less leaves the other restarts as they are.
      const random = this.random.fork(`${name} at ${cell.clock.now()}`);
      cell.clock.after(random.integer(1, Math.max(1, 2 * settings.downMs)), () => {
        this.waiting.delete(name);
        if (cell.node(name).process !== null || !this.mayRestart(name)) return;
        this.world.count('restarts');
        cell.start(name);
      });
    }
  }
}

export function injectPauses(world: World): void {
  const { settings, cell } = world;
  const random = world.random('pauses');
  world.often(settings.pauses, random, (random) => {
    const name = world.someUp(random);
    if (name === undefined) return;
    const { clock } = cell.process(name);
    world.count('pauses');
    clock.stop();
    world.lasting(settings.pauseMs, random, () => clock.goOn());
  });
  world.often(settings.slowdowns, random, (random) => {
    const name = world.someUp(random);
    if (name === undefined) return;
    const { clock } = cell.process(name);
    world.count('slow processes');
    clock.slowTurnMs = settings.slowTurnMs;
    world.lasting(10 * settings.pauseMs, random, () => (clock.slowTurnMs = 0));
  });
}
