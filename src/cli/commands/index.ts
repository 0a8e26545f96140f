/** Every command of the CLI, one file each. */
import type { Register } from '../register.js';
import { cell } from './cell.js';
import { check } from './check.js';
import { init } from './init.js';
import { kv } from './kv.js';
import { member } from './member.js';
import { mutants } from './mutants.js';
import { serve } from './serve.js';
import { simulate } from './simulate.js';
import { status } from './status.js';
import { trace } from './trace.js';
import { validate } from './validate.js';
import { verify } from './verify.js';

export type { Register };

export const commands: readonly Register[] = [
  cell,
  check,
  init,
  kv,
  member,
  mutants,
  serve,
  simulate,
  status,
  trace,
  validate,
  verify,
];
