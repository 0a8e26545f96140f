/** Elections that no silence asks for: a replica campaigns beside a leader, a leader raises its ballot. */
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
  world.often(settings.handOvers, random, (random) => {
    const leader = cell.up.find((name) => cell.process(name).replica.status().role === 'leader');
    if (leader === undefined) return;
    world.count('hand-overs asked for');
    const to = cell.node(world.someMember(random)).member;
    cell.process(leader).replica.mastership.handOver(to, (answer) => world.count(`hand-overs: ${answer}`));
  });
  world.often(settings.boosts, random, () => {
    const leader = cell.up.find((name) => cell.process(name).replica.status().role === 'leader');
    if (leader === undefined) return;
    world.count('boosted ballots');
    cell.process(leader).replica.campaign();
  });
}
