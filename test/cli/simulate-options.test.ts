/** The options of `decree simulate`, as its real parser reads them: those of the examples, and wrong ones. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planOf } from '../../src/cli/commands/simulate.js';
import { EXIT } from '../../src/errors.js';
import { packageRoot } from '../../src/root.js';
import { decree } from './run.js';
import { read } from './simulate-line.js';

/** The calls of the command in a file, with a value for each variable. */
function commandsIn(file: string): readonly string[] {
  const values: Readonly<Record<string, string>> = {
    '${{ github.run_number }}': '12',
    '${{ matrix.shard }}': '3',
    $SLURM_ARRAY_TASK_ID: '7',
    $SLURM_ARRAY_TASK_COUNT: '64',
  };
  let text = readFileSync(join(packageRoot(), 'bench', 'simulate', file), 'utf8');
  for (const [name, value] of Object.entries(values)) text = text.replaceAll(name, value);
  // A call goes on in the next line after a backslash, or where that begins with an option or a file.
  const calls = text.replace(/\\?\n +(?=--|results)/g, ' ').matchAll(/main\.js (simulate .*)/g);
  return [...calls].map(([, call = '']) => call.replaceAll('"', ''));
}

describe('the examples', () => {
  it('of a matrix of GitHub share seeds among all their shards, and merge them', async () => {
    const [run = '', merge = '', ...more] = commandsIn('github-matrix.yml');
    expect(more).toEqual([]);
    const { flags } = await read(run);
    expect(flags).toMatchObject({ seeds: 20_000, start: 1_200_000, shard: { index: 3, of: 8 } });
    expect(flags).toMatchObject({ out: 'failures', results: 'results/3.json' });
    expect(flags && planOf(flags)).toMatchObject({ faults: 'drawn', validate: 200, set: {} });
    const { files } = await read(merge);
    expect(files).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((shard) => `results/${shard}.json`));
  });

  it('of a job array of Slurm go on where they were ended', async () => {
    const [merge = '', run = '', ...more] = commandsIn('slurm-array.sh');
    expect(more).toEqual([]);
    const { flags } = await read(run);
    expect(flags).toMatchObject({ seeds: 200_000, start: 1, shard: { index: 7, of: 64 }, minutes: 220 });
    expect(flags).toMatchObject({ out: 'failures', resume: 'results/7.json' });
    expect((await read(merge)).files).toEqual(['results/*.json']);
  });
});

describe('options', () => {
  it('are a plan: a sample of many seeds is replayed by TLC, and one that is run again always', async () => {
    const plan = async (line: string): Promise<unknown> => {
      const { flags } = await read(line);
      return flags && planOf(flags);
    };
    expect(await plan('simulate --minutes 3 --set crashes=9 --set members=7 --faults none')).toEqual({
      ...{ start: 1, seeds: null, shard: { index: 1, of: 1 }, faults: 'none', validate: 200 },
      set: { crashes: 9, members: 7 },
    });
    expect(await plan('simulate --replay 4')).toMatchObject({ validate: 1, faults: 'drawn' });
    expect(await plan('simulate --replay 4 --validate 0')).toMatchObject({ validate: 0 });
  });

  const wrong = (...args: readonly string[]): Promise<unknown> =>
    read(`simulate ${args.join(' ')}`).then(({ flags }) => flags && planOf(flags));

  it.each([
    ['nothing to do', [], /give --seeds, --minutes or --replay$/],
    ['no seeds', ['--seeds', '0'], /'--seeds <n>'.*whole number from 1/],
    ['a shard beyond the last', ['--seeds', '9', '--shard', '3/2'], /'--shard <i\/n>'.*i from 1 to n/],
    ['a shard before the first', ['--seeds', '9', '--shard', '0/2'], /'--shard <i\/n>'.*i from 1 to n/],
    ['an unknown knob', ['--seeds', '9', '--set', 'crash=1'], /no knob crash; there are members, alpha, /],
    ['a knob without value', ['--seeds', '9', '--set', 'crashes'], /crashes is not knob=value$/],
    ['a knob twice', ['--seeds', '9', '--set', 'alpha=1', '--set', 'alpha=2'], /alpha is given twice$/],
    ['a knob out of range', ['--seeds', '9', '--set', 'members=0'], /members .* from 1 to 7, not 0$/],
    ['a knob that is no number', ['--seeds', '9', '--set', 'alpha=x'], /alpha .* from 1 to 16, not x$/],
    ['unknown faults', ['--seeds', '9', '--faults', 'all'], /one of drawn, default, none\.$/],
    ['many seeds and one', ['--seeds', '9', '--replay', '1'], /--seeds is for many seeds/],
    ['results of one seed', ['--results', 'x', '--replay', '1'], /--results is for many seeds/],
    ['strikes of many seeds', ['--seeds', '9', '--skip', '1'], /--skip is for one seed: give --replay too$/],
    ['no strikes', ['--replay', '9', '--skip', 'x'], /--skip x is no list of different numbers of strikes/],
    ['a strike too many', ['--replay', '9', '--skip', '1,'], /--skip 1, is no list/],
    ['a strike below the first', ['--replay', '9', '--skip=-1'], /--skip -1 is no list/],
    ['a strike twice', ['--replay', '9', '--skip', '3,7,3'], /--skip 3,7,3 is no list of different/],
    ['a smaller run for nowhere', ['--replay', '9', '--shrink', '9'], /--shrink with --replay needs --out/],
    ['runs that are no number', ['--seeds', '9', '--shrink', 'all'], /'--shrink <runs>'.*number from 0/],
    ['an unknown option', ['--sedes', '9'], /unknown option '--sedes'/],
    ['an unknown command', ['marge'], /too many arguments|unknown command/],
    ['a merge of nothing', ['merge'], /missing required argument 'file'/],
  ])('that make no sense are refused: %s', async (_name, args, says) => {
    await expect(wrong(...args)).rejects.toThrow(says);
  });

  it.each([
    ['an unknown knob', ['--seeds', '9', '--set', 'crash=1'], /no knob crash; there are members, alpha, /],
    ['a shard without seeds', ['--seeds', '1', '--shard', '2/2'], /--shard 2\/2 of 1 seeds has none/],
    ['seeds beyond the last', ['--seeds', '9', '--start', '4294967295'], /seeds are below 4294967296$/],
  ])('that make no sense are one line and exit code 2: %s', async (_name, args, says) => {
    const { code, stdout, stderr } = await decree('simulate', ...args);
    expect([code, stdout]).toEqual([EXIT.usage, '']);
    expect(stderr.trimEnd()).toMatch(says);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});
