import { defineConfig } from 'vitest/config';

/** The contract tests need more than this repository, and so are run by name: `vitest run --config <this file>`. */
export default defineConfig({
  test: { include: ['test/contracts/**/*.test.ts'], maxWorkers: 2 },
});
