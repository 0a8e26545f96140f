/** Faults of the links between members: partitions, one-way cuts, partial meshes, clogged links. */
import type { LinkFault } from '../../network.js';
import type { SimRandom } from '../../random.js';
import type { World } from '../world.js';

export function injectLinkFaults(world: World): void {
  const { settings, cell } = world;
  if (cell.names.length < 2) return;
  const random = world.random('links');
  world.often(settings.partitions, random, (random) => {
    const ones = cell.names.filter(() => random.chance(500));
    if (ones.length === 0 || ones.length === cell.names.length) return;
    world.count('partitions');
    breakBothWays(world, random, ones, cell.others(...ones), 'cut');
  });
  world.often(settings.isolations, random, (random) => {
    const name = world.someMember(random);
    world.count('isolations');
    breakBothWays(world, random, [name], cell.others(name), 'cut');
  });
  world.often(settings.oneWayCuts, random, (random) => {
    const [from, to] = pair(world, random);
    world.count('one-way cuts');
    breakLinks(world, random, [[from, to]], 'cut');
  });
  world.often(settings.partialMeshes, random, (random) => {
    const [a, b] = pair(world, random);
    world.count('partial meshes');
    breakBothWays(world, random, [a], [b], 'cut');
  });
  world.often(settings.cloggedLinks, random, (random) => {
    const [from, to] = pair(world, random);
    world.count('clogged links');
    breakLinks(world, random, [[from, to]], 'held');
  });
}

function pair(world: World, random: SimRandom): readonly [string, string] {
  const from = world.someMember(random);
  const others = world.cell.others(from);
  return [from, others[random.integer(0, others.length - 1)] ?? ''];
}

function breakBothWays(
  world: World,
  random: SimRandom,
  ones: readonly string[],
  others: readonly string[],
  fault: LinkFault,
): void {
  const links = ones.flatMap((a) =>
    others.flatMap((b): [string, string][] => [
      [a, b],
      [b, a],
    ]),
  );
  breakLinks(world, random, links, fault);
}

function breakLinks(
  world: World,
  random: SimRandom,
  links: readonly (readonly [string, string])[],
  fault: LinkFault,
): void {
  const { cell, settings } = world;
  const mends = links.map(([from, to]) =>
    cell.network.break(cell.node(from).member, cell.node(to).member, fault),
  );
  world.lasting(settings.linkFaultMs, random, () => mends.forEach((mend) => mend()));
}
