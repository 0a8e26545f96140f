/** Every command of the CLI, one file each. */
import type { Command } from 'commander';
import type { ExitName } from '../../errors.js';
import { cell } from './cell.js';
import { init } from './init.js';
import { serve } from './serve.js';
import { trace } from './trace.js';
import { validate } from './validate.js';

/** Adds a command to the program; setExit names the exit code of a run that did not throw. */
export type Register = (program: Command, setExit: (exit: ExitName) => void) => void;

export const commands: readonly Register[] = [cell, init, serve, trace, validate];
