#!/usr/bin/env node
/** Entry point: arguments in, one exit code out. A user's mistake prints one line and no stack trace. */
import { Command, CommanderError } from 'commander';
import { DecreeError, EXIT, type ExitName } from '../errors.js';
import { commands } from './commands/index.js';

/** Whoever reads the output may leave first, as `head` does: what is left to say is then not said. */
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

export async function main(argv: readonly string[]): Promise<number> {
  const program = new Command('decree')
    .description(
      'A fault-tolerant coordination service: Multi-Paxos, its TLA+ spec, and traces checked against it.',
    )
    .version('0.1.0')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true });
  let code: number = EXIT.ok;
  for (const register of commands) {
    register(program, (exit) => {
      code = codeOf(exit);
    });
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    return report(error);
  }
}

/** Where CI=true nobody reads that something was not run, so that is a failure. */
function codeOf(exit: ExitName): number {
  return exit === 'notRun' && process.env['CI'] === 'true' ? EXIT.failed : EXIT[exit];
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof DecreeError) {
    process.stderr.write(`decree: ${error.message}\n`);
    return codeOf(error.exit);
  }
  if (isAboutFile(error)) {
    process.stderr.write(`decree: ${error.message}\n`);
    return DISK_CODES.includes(error.code ?? '') ? EXIT.disk : EXIT.usage;
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`decree: internal error, please report it: ${detail}\n`);
  return EXIT.internal;
}

const DISK_CODES: readonly string[] = ['ENOSPC', 'EDQUOT', 'EIO'];

/** The system refused a file or a directory that was named to it: its message says what and where. */
function isAboutFile(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'path' in error && 'code' in error && 'syscall' in error;
}

process.exitCode = await main(process.argv.slice(2));
