/** `decree simulate`: seeds of the simulator, one of them again, and the results of shards as one. */
import { InvalidArgumentError, type Command } from 'commander';
import { join, relative } from 'node:path';
import { findTlc, type TlcLookup } from '../../../conformance/tlc/find.js';
import { DecreeError, type ExitName } from '../../errors.js';
import {
  FAULT_MODES,
  parseOverrides,
  parseSkip,
  SEED_LIMIT,
  type FaultMode,
  type Plan,
} from '../../sim/swarm/choice.js';
import { replaySeed } from '../../verify/swarm/replay.js';
import { mergeFiles, runBatch } from '../../verify/swarm/run-batch.js';
import { whole } from '../options.js';
import type { Register } from '../register.js';

export interface SimulateFlags {
  readonly seeds?: number;
  readonly start: number;
  readonly shard: Plan['shard'];
  readonly minutes?: number;
  readonly set: readonly string[];
  readonly faults: FaultMode;
  readonly validate?: number;
  readonly replay?: number;
  readonly skip?: ReadonlySet<number>;
  readonly shrink?: number;
  readonly out?: string;
  readonly results?: string;
  readonly resume?: string;
  readonly tlcJar?: string;
  readonly verbose?: true;
}

/** What is done with the options; tests of examples only look at them. */
export interface Acts {
  simulate(flags: SimulateFlags): Promise<ExitName>;
  merge(files: readonly string[]): Promise<ExitName>;
}

/** One seed in so many is replayed by TLC. */
const SAMPLE = 200;
/** Runs that may be spent to shrink a failing seed of many. */
const SHRINK = 100;
const OUT = join('.cache', 'simulate');

const seedNumber = whole(0, SEED_LIMIT - 1);
const collect = (value: string, before: readonly string[]): string[] => [...before, value];

export const simulate: Register = (program, setExit) =>
  addSimulate(program, setExit, { simulate: run, merge });

export function addSimulate(program: Command, setExit: (exit: ExitName) => void, acts: Acts): void {
  const command = program
    .command('simulate')
    .description('run whole simulated cells under faults, each decided by its seed, and check them')
    .option('--seeds <n>', 'how many seeds, in all shards together', whole(1, SEED_LIMIT))
    .option('--start <seed>', 'the first seed', seedNumber, 1)
    .option('--shard <i/n>', 'of n shards that share the seeds, only the i-th', parseShard, {
      index: 1,
      of: 1,
    })
    .option('--minutes <m>', 'begin no seed after so many minutes', whole(1, 1_000_000))
    .option('--faults <mode>', 'drawn: by each seed; default: the same for all; none', parseFaults, 'drawn')
    .option('--set <knob=value>', 'a setting for all seeds, often if need be', collect, [])
    .option(
      '--validate <every>',
      `TLC replays one seed in so many (default: ${SAMPLE}); 0: none`,
      whole(0, 1e9),
    )
    .option('--replay <seed>', 'only this seed, with everything that is known of it', seedNumber)
    .option('--skip <n,...>', 'with --replay: leave out the strikes of these numbers', parseSkip)
    .option(
      '--shrink <runs>',
      `shrink the first failing seed of each class by so many runs at most (default: ${SHRINK}), ` +
        'or that of --replay (default: 0); 0: none',
      whole(0, 1_000_000),
    )
    .option('--out <directory>', `for the folders of failing seeds (default: ${OUT}), or of --replay`)
    .option('--results <file>', 'write the results there, for decree simulate merge')
    .option('--resume <file>', 'leave out the seeds that the file of results has, and write on in it')
    .option('--tlc-jar <file>', 'the jar of TLC (else TLA2TOOLS_JAR, the cache, Maven)')
    .option('--verbose', 'a line for each seed')
    .action(async (flags: SimulateFlags) => setExit(await acts.simulate(flags)));
  command
    .command('merge')
    .description('add up the results of shards, and check that they are whole')
    .argument('<file...>', 'what --results wrote')
    .action(async (files: string[]) => setExit(await acts.merge(files)));
}

/** Throws DecreeError for options that do not go together, and for what --set cannot take. */
export function planOf(flags: SimulateFlags): Plan {
  const { seeds, start, shard, faults, set, validate, minutes, replay, results, resume } = flags;
  const { skip, shrink = 0, out } = flags;
  if (replay === undefined && seeds === undefined && minutes === undefined)
    throw new DecreeError('usage', 'simulate: give --seeds, --minutes or --replay');
  const batchOnly = { '--seeds': seeds, '--minutes': minutes, '--results': results, '--resume': resume };
  const alien = Object.entries(batchOnly).find(([, value]) => value !== undefined);
  if (replay !== undefined && alien !== undefined)
    throw new DecreeError(
      'usage',
      `${alien[0]} is for many seeds, and --replay runs one: leave out one of them`,
    );
  if (replay === undefined && skip !== undefined)
    throw new DecreeError('usage', '--skip is for one seed: give --replay too');
  if (replay !== undefined && shrink > 0 && out === undefined)
    throw new DecreeError('usage', '--shrink with --replay needs --out, where the smaller run goes');
  const every = validate ?? (replay === undefined ? SAMPLE : 1);
  return { start, seeds: seeds ?? null, shard, faults, set: parseOverrides(set), validate: every };
}

async function run(flags: SimulateFlags): Promise<ExitName> {
  const plan = planOf(flags);
  const options = {
    plan,
    tlc: plan.validate === 0 ? { missing: 'not asked for' } : lookUp(flags.tlcJar),
    program: programName(),
    verbose: flags.verbose === true,
    print: (line: string): void => void process.stdout.write(`${line}\n`),
    warn: (line: string): void => void process.stderr.write(`decree: ${line}\n`),
  };
  const {
    replay: seed,
    skip = new Set(),
    shrink,
    minutes = null,
    out,
    results = null,
    resume = null,
  } = flags;
  if (seed !== undefined)
    return replaySeed({ ...options, seed, skip, shrink: shrink ?? 0, out: out ?? null });
  return runBatch({ ...options, minutes, out: out ?? OUT, shrink: shrink ?? SHRINK, results, resume });
}

function programName(): string {
  return `node ${relative(process.cwd(), process.argv[1] ?? 'decree')}`;
}

function lookUp(jar: string | undefined): TlcLookup {
  const tlc = findTlc({ jar });
  if ('note' in tlc && tlc.note !== undefined) process.stderr.write(`decree: ${tlc.note}\n`);
  return tlc;
}

function merge(files: readonly string[]): Promise<ExitName> {
  return Promise.resolve(mergeFiles(files, programName(), (line) => void process.stdout.write(`${line}\n`)));
}

function parseShard(text: string): Plan['shard'] {
  const [index, of] = (/^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? []).slice(1).map(Number);
  if (index !== undefined && of !== undefined && index >= 1 && index <= of) return { index, of };
  throw new InvalidArgumentError('It must be i/n, with i from 1 to n.');
}

function parseFaults(text: string): FaultMode {
  const mode = FAULT_MODES.find((each) => each === text);
  if (mode !== undefined) return mode;
  throw new InvalidArgumentError(`It must be one of ${FAULT_MODES.join(', ')}.`);
}
