/** Flags of `decree check` that make no sense are one clear line, and exit code 2. */
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../src/errors.js';
import { decree } from './run.js';

describe('decree check', () => {
  it.each([
    ['an unknown tier', ['--tier', 'huge'], /give small, quick or full$/],
    ['an address without a server', ['--listen', '127.0.0.1'], /--listen is for --distributed/],
    ['a name for an address', ['--distributed', '--listen', 'somewhere'], /give an IP address/],
    ['counts of many workers', ['--distributed', '--update'], /--update needs the counts of one worker/],
    ['going on with a server', ['--distributed', '--resume', 'x'], /--resume does not go with --distributed/],
    ['an update of what is not run', ['--update', '--resume', 'x'], /leave out --resume/],
    ['no workers', ['--workers', '0'], /whole number from 1 to 64/],
  ])('refuses %s', async (_name, args, says) => {
    const { code, stdout, stderr } = await decree('check', ...args);
    expect(code).toBe(EXIT.usage);
    expect(stdout).toBe('');
    expect(stderr.trimEnd()).toMatch(says);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});
