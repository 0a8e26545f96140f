/** What a command line of `decree simulate` asks for, as its real parser reads it; nothing is run. */
import { Command } from 'commander';
import { addSimulate, type SimulateFlags } from '../../src/cli/commands/simulate.js';

export interface Read {
  readonly flags?: SimulateFlags;
  readonly files?: readonly string[];
}

/** `line` begins after `decree`. */
export async function read(line: string): Promise<Read> {
  const program = new Command('decree').exitOverride().configureOutput({ writeErr: () => undefined });
  let found: Read = {};
  addSimulate(program, () => undefined, {
    simulate: (flags) => {
      found = { flags };
      return Promise.resolve('ok');
    },
    merge: (files) => {
      found = { files };
      return Promise.resolve('ok');
    },
  });
  await program.parseAsync(line.trim().split(/\s+/), { from: 'user' });
  return found;
}
