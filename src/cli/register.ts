/** How a command joins the command line. */
import type { Command } from 'commander';
import type { ExitName } from '../errors.js';

/** Adds a command to the program; setExit names the exit code of a run that did not throw. */
export type Register = (program: Command, setExit: (exit: ExitName) => void) => void;
