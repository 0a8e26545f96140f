/** Faults of disks: slow syncs, syncs that fail, disks that are full for a while. */
import type { World } from '../world.js';

/** In the error of an injected fault, so that a process that ends by it is told from one that is wrong. */
const BY_US = 'injected by the simulation';

/** Whether a process ended by such an error; only an injected fault makes a simulated disk full. */
export function isInjected(message: string): boolean {
  return message.includes(BY_US) || message.includes('ENOSPC');
}

export function injectDiskFaults(world: World): void {
  const { settings, cell } = world;
  const random = world.random('disks');
  world.often(settings.slowSyncs, random, (random) => {
    const { disk } = cell.node(world.someMember(random));
    world.count('slow disks');
    disk.latency = { minMs: 1, maxMs: Math.max(settings.syncMs, settings.slowSyncMs) };
    world.lasting(settings.diskFaultMs, random, () => {
      disk.latency = { minMs: 1, maxMs: settings.syncMs };
    });
  });
  world.often(settings.failedSyncs, random, (random) => {
    world.count('failed syncs');
    cell.node(world.someMember(random)).disk.failNextSync = new Error(`EIO ${BY_US}`);
  });
  world.often(settings.fullDisks, random, (random) => {
    const { disk } = cell.node(world.someMember(random));
    world.count('full disks');
    disk.full = new Error(`ENOSPC ${BY_US}`);
    world.lasting(settings.diskFaultMs, random, () => (disk.full = null));
  });
}
