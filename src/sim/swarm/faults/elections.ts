/** Elections that no silence asks for: a replica campaigns beside a leader, a leader raises its ballot. */
import type { SimRandom } from '../../random.js';
import type { World } from '../world.js';

export function injectElections(world: World): void {
  const { settings, cell } = world;
  const random = world.random('elections');
  world.often(settings.campaigns, random, (random) => {
    const name = world.someUp(random);
    if (name === undefined) return;
    world.count('needless campaigns');
    cell.process(name).replica.campaign();
  });
  world.often(settings.boosts, random, (random) => {
    const leader = cell.up.find((name) => cell.process(name).replica.status().role === 'leader');
    if (leader === undefined) return;
    world.count('boosted ballots');
    if (random.chance(500)) holdVotes(world, random, leader);
    cell.process(leader).replica.campaign();
  });
}

/**
 * What one member says to the leader is late by a few round trips: its votes of the ballot before arrive in
 * the next one, while that one proposes the same slots again.
 */
function holdVotes(world: World, random: SimRandom, leader: string): void {
  const { settings, cell } = world;
  const others = cell.others(leader);
  const late = others[random.integer(0, Math.max(0, others.length - 1))];
  if (late === undefined) return;
  const mend = cell.network.break(cell.node(late).member, cell.node(leader).member, 'held');
  world.lasting(2 * (settings.delayMs + settings.syncMs), random, mend);
}
