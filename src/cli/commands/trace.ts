/** decree trace merge: one merged trace from the files of a run. */
import { writeFileSync } from 'node:fs';
import { merge, mergedLines } from '../../../conformance/merge/merge.js';
import { describe } from '../../../conformance/trace/verdict.js';
import { DecreeError } from '../../errors.js';
import type { Register } from '../register.js';

const EXITS = { invalid: 'invalidInput', rejected: 'failed', undecided: 'undecided' } as const;

export const trace: Register = (program, setExit) => {
  program
    .command('trace')
    .description('work on recorded traces')
    .command('merge')
    .description('put the files of one run into one causal order, as TLC reads them')
    .argument('<path...>', 'a scenario folder, or the trace files of one run')
    .option('-o, --output <file>', 'where the merged trace goes; default: standard output')
    .action((paths: string[], options: { output?: string }) => {
      const result = merge(paths);
      if ('failure' in result) {
        process.stderr.write(`${describe({ name: paths.join(' '), notes: [], ...result.failure })}\n`);
        setExit(EXITS[result.failure.verdict]);
        return;
      }
      const { merged } = result;
      for (const note of merged.notes) process.stderr.write(`note: ${note}\n`);
      const text = mergedLines(merged)
        .map((line) => `${line}\n`)
        .join('');
      if (options.output === undefined) {
        process.stdout.write(text);
        return;
      }
      try {
        writeFileSync(options.output, text);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        throw new DecreeError(
          'usage',
          `-o: cannot write ${options.output} (${why}); name a file that can be written`,
        );
      }
    });
};
