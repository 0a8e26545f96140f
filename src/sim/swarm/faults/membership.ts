/**
 * Changes of the configuration, of all kinds, under all other faults: a machine is replaced, added, removed,
 * or any set of members follows any set. Once a change is answered, machines that it removed are destroyed.
 */
import type { Change, ChangeAnswer } from '../../../driver/changes.js';
import { losesDisk } from '../../../driver/early.js';
import type { SimRandom } from '../../random.js';
import type { World } from '../world.js';

export function injectChanges(world: World): void {
  const { settings, cell } = world;
  const random = world.random('changes');
  world.often(settings.changes, random, (random) => {
    const leader = cell.leader();
    if (leader === null) return;
    const change = draw(world, leader, random);
    if (change === null) return;
    world.count('changes asked for');
    world.count(`changes asked for: ${change.kind}`);
    const { process } = cell.node(leader);
    process?.clock.pass(() => {
      process.replica.change(
        change,
        process.kill.reply((answer: ChangeAnswer) => answered(world, answer, random)),
      );
    });
  });
}

/** What might be asked of that leader; null where nothing fits. */
function draw(world: World, leader: string, random: SimRandom): Change | null {
  const { cell, settings } = world;
  world.noteNamed();
  const { members, learners } = cell.process(leader).replica.membership.current();
  const some = (): string => members[random.integer(0, members.length - 1)] ?? '';
  const kind = random.integer(0, 9);
  if (kind < 4) {
    if (world.machines >= settings.members + settings.newMachines) return null;
    const node = world.addMachine();
    node.start();
    const replaces = kind < 3 ? some() : null;
    return { kind: 'add', member: node.member, address: node.name, promote: random.chance(800), replaces };
  }
  if (kind < 6) return { kind: 'remove', member: random.chance(500) ? some() : cell.node(leader).member };
  const [learner] = learners;
  if (kind < 7 && learner !== undefined) return { kind: 'promote', member: learner.member };
  const all = [...members, ...learners.map(({ member }) => member)];
  return { kind: 'become', members: all.filter(() => random.chance(600)) };
}

/** Everybody that the new configuration does not name is of no use any more; most are destroyed. */
function answered(world: World, answer: ChangeAnswer, random: SimRandom): void {
  if (!answer.ok) {
    world.count('changes refused');
    return;
  }
  world.count('changes made');
  world.noteNamed();
  const { cell } = world;
  const { members, learners } = answer.membership;
  const named = [...members, ...learners.map(({ member }) => member)];
  for (const name of cell.names) {
    if (named.includes(cell.node(name).member) || world.destroyed.has(name)) continue;
    // A machine that was just added is named by a change to come.
    if (!world.wasNamed(name, answer.slot) || random.chance(300)) continue;
    world.count('machines destroyed');
    world.destroyed.add(name);
    if (cell.node(name).process !== null) cell.crash(name);
  }
}

/** Planted (removedComesBackEmpty, wipedKeepsId): disks that are emptied though their members live on. */
export function injectWipes(world: World): void {
  const { cell, planted } = world;
  if (planted.removedComesBackEmpty !== true && planted.wipedKeepsId !== true) return;
  const wiped = new Set<string>();
  world.often(200, world.random('wipes'), (random) => {
    const losing = cell.up.filter((name) => {
      const { replica } = cell.process(name);
      return !wiped.has(name) && losesDisk(replica.inspect(), replica.status().standing === 'removed');
    });
    const name = losing[random.integer(0, Math.max(0, losing.length - 1))];
    if (name === undefined) return;
    wiped.add(name);
    world.count('disks wiped');
    cell.wipe(name).start();
  });
}
