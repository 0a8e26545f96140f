import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that start processes or TLC: begun first, so that the short ones fill the second core at the end. */
const LONG = [/\/conformance\//, /\/verify\//, /\/runtime\/cell/, /\/cli\//, /tidy/];

/** Long files first, then by name: the same order on every machine. */
class LongFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = (file: TestSpecification): number => {
      const at = LONG.findIndex((pattern) => pattern.test(file.moduleId));
      return at === -1 ? LONG.length : at;
    };
    const sorted = [...files].sort((a, b) => rank(a) - rank(b) || (a.moduleId < b.moduleId ? -1 : 1));
    return Promise.resolve(sorted);
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['node_modules/**', 'dist/**'],
    globalSetup: ['test/setup/built.ts', 'test/setup/needs.ts'],
    setupFiles: ['test/setup/properties.ts'],
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongFirst },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    reporters: ['default'],
    passWithNoTests: false,
    allowOnly: !process.env['CI'],
  },
});
