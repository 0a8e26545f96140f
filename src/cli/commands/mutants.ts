/** `decree mutants`: what a guard of the spec is for, and who catches each known mistake in the code. */
import { InvalidArgumentError } from 'commander';
import type { Tier } from '../../../conformance/models/codec.js';
import { recordGuards, verifyGuards } from '../../../conformance/guards/run.js';
import { formatOutcome, summary } from '../../../conformance/guards/table.js';
import { recordMutants } from '../../../conformance/mutants/run.js';
import {
  formatOutcome as formatMutant,
  summary as mutantsSummary,
} from '../../../conformance/mutants/table.js';
import { findTlc } from '../../../conformance/tlc/find.js';
import type { ExitName } from '../../errors.js';
import { whole } from '../options.js';
import type { Register } from '../register.js';

interface Flags {
  readonly module?: string[];
  readonly guard?: string[];
  readonly tier: Tier;
  readonly workers: number;
  readonly tlcJar?: string;
  readonly verify?: true;
  readonly again?: true;
}

interface CodeFlags {
  readonly only?: string[];
  readonly seeds: number;
}

export const mutants: Register = (program, setExit) => {
  const group = program.command('mutants').description('take something away, and see who notices');
  group
    .command('spec')
    .description('remove each guard of the actions of spec/, and run the models that take it in TLC')
    .option('--module <name...>', 'only guards of these modules')
    .option('--guard <id...>', 'only these guards, as spec/guards.json names them')
    .option('--tier <tier>', 'the models that are tried: quick, or full for all', parseTier, 'quick')
    .option('--workers <n>', 'how many TLC run at once, one thread each', whole(1, 64), 2)
    .option('--tlc-jar <file>', 'the jar of TLC (else TLA2TOOLS_JAR, the cache, Maven)')
    .option('--verify', 'only run each recorded killer again, and write nothing')
    .option('--again', 'do not go on where an earlier run on the same spec was ended')
    .action(async (flags: Flags) => setExit(await runMutants(flags)));
  group
    .command('code')
    .description('run replicas that make one known mistake in the simulator, until a checker notices')
    .option('--only <name...>', 'only these mistakes, as conformance/MUTANTS.md names them')
    .option('--seeds <n>', 'how many seeds a mistake may survive, from 1 on', whole(1, 1_000_000), 2_000)
    .action((flags: CodeFlags) => setExit(runCode(flags)));
};

function runCode({ only = [], seeds }: CodeFlags): ExitName {
  const { record, faults } = recordMutants({
    ...{ only, seeds },
    onOutcome: (...outcome) => process.stdout.write(`${formatMutant(...outcome)}\n`),
  });
  faults.forEach((fault) => process.stdout.write(`FAULT ${fault}\n`));
  process.stdout.write(`${mutantsSummary(record)}; see conformance/MUTANTS.md\n`);
  return faults.length === 0 ? 'ok' : 'failed';
}

async function runMutants({ module = [], guard = [], tlcJar, verify, ...flags }: Flags): Promise<ExitName> {
  const tlc = findTlc({ jar: tlcJar });
  if ('missing' in tlc) {
    process.stderr.write(`decree: ${tlc.missing}\n`);
    return 'notRun';
  }
  if (tlc.note !== undefined) process.stderr.write(`decree: ${tlc.note}\n`);
  const run = verify === true ? verifyGuards : recordGuards;
  const report = await run({
    ...{ tlc, modules: module, ids: guard, ...flags },
    onOutcome: (...outcome) => process.stdout.write(`${formatOutcome(...outcome)}\n`),
  });
  report.faults.forEach((fault) => process.stdout.write(`FAULT ${fault}\n`));
  process.stdout.write(`${summary(report.outcomes.values())}; ${report.faults.length} faults\n`);
  return report.faults.length === 0 ? 'ok' : 'failed';
}

function parseTier(text: string): Tier {
  if (text === 'quick' || text === 'full') return text;
  throw new InvalidArgumentError('give quick or full');
}
