/** Properties of fast-check run with a fresh seed, or with DECREE_SEED; a failure says how to replay it. */
import { relative } from 'node:path';
import fc from 'fast-check';
import { expect } from 'vitest';

const seed = Number(process.env['DECREE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

fc.configureGlobal({
  seed,
  reporter: (details) => {
    if (!details.failed) return;
    const file = relative(process.cwd(), expect.getState().testPath ?? '');
    throw new Error(
      `${fc.defaultReportMessage(details) ?? ''}\nreplay: DECREE_SEED=${details.seed} npx vitest run ${file}`,
      { cause: details.errorInstance },
    );
  },
});
