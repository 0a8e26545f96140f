/** `decree check`: TLC runs the models of spec/, and any difference from spec/models is a failure. */
import { InvalidArgumentError } from 'commander';
import { checkModels } from '../../../conformance/models/check.js';
import type { Tier } from '../../../conformance/models/codec.js';
import { formatResult } from '../../../conformance/models/table.js';
import { updateModels } from '../../../conformance/models/update.js';
import { findTlc } from '../../../conformance/tlc/find.js';
import type { ExitName } from '../../errors.js';
import type { Register } from '../register.js';

interface CheckFlags {
  readonly model?: string[];
  readonly tier: Tier;
  readonly tlcJar?: string;
  readonly workers: number;
  readonly update?: true;
  readonly trace?: true;
}

export const check: Register = (program, setExit) => {
  program
    .command('check')
    .description('check the TLA+ models of spec/ with TLC')
    .option('--model <name...>', 'only these models')
    .option('--tier <tier>', 'small (20 s), quick (4 min) or full (40 min)', parseTier, 'quick')
    .option('--tlc-jar <file>', 'the jar of TLC (else TLA2TOOLS_JAR, the cache, Maven)')
    .option('--workers <n>', 'how many TLC run at once, one thread each', parseWorkers, 2)
    .option('--trace', 'print the counterexamples')
    .option('--update', 'take over states and depth into spec/models and spec/README.md')
    .action(async (flags: CheckFlags) => setExit(await runCheck(flags)));
};

async function runCheck(flags: CheckFlags): Promise<ExitName> {
  const tlc = findTlc({ jar: flags.tlcJar });
  if ('missing' in tlc) {
    process.stderr.write(`decree: ${tlc.missing}\n`);
    return 'notRun';
  }
  if (tlc.note !== undefined) process.stderr.write(`decree: ${tlc.note}\n`);
  const report = await checkModels({
    tlc,
    tier: flags.tier,
    names: flags.model ?? [],
    workers: flags.workers,
    onResult: (result) => {
      process.stdout.write(`${formatResult(result)}\n`);
      if (flags.trace === true && result.trace !== '') process.stdout.write(`\n${result.trace}\n\n`);
    },
  });
  if (flags.update === true) {
    updateModels(report.results);
    process.stdout.write('updated spec/models and spec/README.md\n');
    return 'ok';
  }
  const differ = report.results.filter((result) => result.differences.length > 0).length;
  const verdict = differ === 0 ? 'all as expected' : `${differ} differ from spec/models`;
  process.stdout.write(`${report.results.length} models in ${report.seconds.toFixed(0)} s: ${verdict}\n`);
  return report.ok ? 'ok' : 'failed';
}

function parseTier(text: string): Tier {
  if (text === 'small' || text === 'quick' || text === 'full') return text;
  throw new InvalidArgumentError('give small, quick or full');
}

function parseWorkers(text: string): number {
  const workers = Number(text);
  if (Number.isInteger(workers) && workers >= 1 && workers <= 64) return workers;
  throw new InvalidArgumentError('give a whole number from 1 to 64');
}
