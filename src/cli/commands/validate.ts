/** decree validate: are recorded runs behaviours of the spec? */
import { findTlc } from '../../../conformance/tlc/find.js';
import { validateTraces } from '../../../conformance/trace/validate.js';
import { describe, summary, type Validation } from '../../../conformance/trace/verdict.js';
import { DecreeError, type ExitName } from '../../errors.js';
import type { Register } from '../register.js';

interface Options {
  readonly tlcJar?: string;
  readonly json?: boolean;
  readonly timeout?: string;
}

export const validate: Register = (program, setExit) => {
  program
    .command('validate')
    .description('have TLC replay recorded traces through the spec')
    .argument('<path...>', 'scenario folders, merged files, or the trace files of one run')
    .option('--tlc-jar <file>', 'a TLC jar; default: TLA2TOOLS_JAR, the cache, else Maven')
    .option('--timeout <seconds>', 'time for one trace, after which it is undecided; default: none')
    .option('--json', 'print the verdicts as one JSON object')
    .action(async (paths: string[], options: Options) => {
      const { json = false } = options;
      const timeoutMs = timeoutOf(options.timeout);
      const tlc = findTlc({ jar: options.tlcJar });
      const say = (line: string): void => {
        if (!json) process.stdout.write(`${line}\n`);
      };
      if ('note' in tlc && tlc.note !== undefined) process.stderr.write(`decree: ${tlc.note}\n`);
      const all = await validateTraces(
        paths,
        { tlc, ...(timeoutMs !== undefined && { timeoutMs }) },
        (one) => {
          say(describe(one));
        },
      );
      if (all.length > 1) say(summary(all));
      if (json) process.stdout.write(`${JSON.stringify({ version: 1, traces: all }, null, 2)}\n`);
      setExit(exitOf(all));
    });
};

/** The worst verdict decides. */
export function exitOf(all: readonly Validation[]): ExitName {
  const some = (verdict: Validation['verdict']): boolean => all.some((one) => one.verdict === verdict);
  if (some('rejected')) return 'failed';
  if (some('invalid')) return 'invalidInput';
  if (some('not run')) return 'notRun';
  if (some('undecided') || all.length === 0) return 'undecided';
  return 'ok';
}

function timeoutOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (!Number.isFinite(seconds) || seconds <= 0) {
    throw new DecreeError('usage', `--timeout: ${text} is no number of seconds; give one above 0`);
  }
  return Math.ceil(seconds * 1000);
}
