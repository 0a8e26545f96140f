/** `decree init`: makes a replica's directory with its marker. */
import { randomHex } from '../../runtime/clock.js';
import { BIRTH_DEFAULTS, readOrDrawBirth } from '../../runtime/birth.js';
import { makeReplica } from '../../runtime/marker.js';
import { list, whole } from '../options.js';
import type { Register } from '../register.js';

interface Options {
  readonly dir: string;
  readonly replica: string;
  readonly birth: string;
  readonly replicas?: string[];
  readonly cell: string;
  readonly alpha: number;
  readonly leaseMs: number;
  readonly driftPerMille: number;
}

export const init: Register = (program) => {
  program
    .command('init')
    .description("make a replica's directory; a serving replica needs one")
    .requiredOption('--dir <directory>', 'the directory to make; it must be empty or not exist')
    .requiredOption('--replica <name>', "the replica's name, one of those in the birth record")
    .requiredOption('--birth <file>', 'the birth record of the cell: the same file for each replica')
    .option('--replicas <names>', 'draw the birth record if the file does not exist: r1,r2,r3', list)
    .option('--cell <name>', 'the name of the cell, with --replicas', BIRTH_DEFAULTS.cell)
    .option('--alpha <slots>', 'slots open at once', whole(1, 10_000), BIRTH_DEFAULTS.alpha)
    .option('--lease-ms <ms>', 'master lease', whole(1, 3_600_000), BIRTH_DEFAULTS.leaseMs)
    .option('--drift-per-mille <n>', 'bound of clock rates', whole(0, 999), BIRTH_DEFAULTS.driftPerMille)
    .action((options: Options) => {
      const { dir, replica, birth: path, replicas, cell, alpha, leaseMs, driftPerMille } = options;
      const wish = replicas === undefined ? null : { cell, replicas, alpha, leaseMs, driftPerMille };
      const marker = makeReplica(dir, replica, readOrDrawBirth(path, wish, randomHex), path);
      process.stdout.write(`made ${dir} for ${marker.member} of cell ${marker.cell}\n`);
    });
};
