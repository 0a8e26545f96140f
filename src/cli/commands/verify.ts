/** `decree verify`: the main job. */
import type { Command } from 'commander';
import { relative } from 'node:path';
import { DEFAULTS } from '../../verify/options.js';
import { verify as runVerify, verifyHistory } from '../../verify/verify.js';
import { whole } from '../options.js';
import type { Register } from '../register.js';

interface Flags {
  readonly replicas: number;
  readonly clients: number;
  readonly seconds: number;
  readonly seed?: number;
  readonly dir?: string;
  readonly keep?: true;
  readonly tlcJar?: string;
  readonly models: boolean;
  readonly history?: string;
}

const SEEDS = 2 ** 31;

export const verify: Register = (program, setExit) => {
  const command: Command = program
    .command('verify')
    .description('check the spec, run a real cell under kills, and check its traces and its history')
    .option('--replicas <n>', 'processes of the cell: 3, 5, 7 or 9', whole(1, 99), DEFAULTS.replicas)
    .option('--clients <n>', 'clients at work at once', whole(1, 64), DEFAULTS.clients)
    .option('--seconds <n>', 'how long the clients work', whole(1, 86_400), DEFAULTS.seconds)
    .option('--seed <n>', 'the operations of an earlier run again (default: drawn)', whole(0, SEEDS - 1))
    .option('--dir <directory>', 'a new directory for logs, traces and history, which is kept')
    .option('--keep', 'keep the files after success too')
    .option('--tlc-jar <file>', 'the jar of TLC (else TLA2TOOLS_JAR, the cache, Maven)')
    .option('--no-models', 'leave out the models of the spec: decree check has them all')
    .option('--history <file>', 'only judge the history that an earlier run wrote');
  command.action(async (flags: Flags) => {
    const print = (line: string): void => {
      process.stdout.write(`${line}\n`);
    };
    if (flags.history !== undefined) {
      setExit(verifyHistory(flags.history, print));
      return;
    }
    const { dir, tlcJar, keep = false, seed = Math.floor(Math.random() * SEEDS), ...rest } = flags;
    const given = {
      ...(dir === undefined ? {} : { directory: dir }),
      ...(tlcJar === undefined ? {} : { tlcJar }),
    };
    const program = `node ${relative(process.cwd(), process.argv[1] ?? 'decree')}`;
    setExit(await runVerify({ ...rest, ...given, seed, keep, program }, print));
  });
};
