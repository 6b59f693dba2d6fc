import { defineConfig } from 'vitest/config';

/** It loads the hub as far as it goes: beside it nothing else may run, or a slow answer tells of the neighbours. */
const ALONE = ['test/journeys/load.test.ts'];
/** Pure functions of their input, which share modules, so that each file need not load them anew. */
const PURE = [
  'core',
  'sources',
  'targets',
  'aws',
  'fuzz/ingest',
  'lib/stack',
  'lib/ops',
  'lib/docs',
  'lib/laptop/iam',
].map((folder) => `test/${folder}/**/*.test.ts`);
/** These replace a module, which must be theirs alone. */
const MOCKING = ['test/sources/constant-time.test.ts'];

export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: { name: 'pure', include: PURE, exclude: MOCKING, isolate: false, sequence: { groupOrder: 1 } },
      },
      {
        extends: true,
        test: {
          name: 'apart',
          include: ['test/**/*.test.ts'],
          exclude: ['test/contracts/**', ...PURE, ...ALONE],
          sequence: { groupOrder: 2 },
        },
      },
      { extends: true, test: { name: 'mocking', include: MOCKING, sequence: { groupOrder: 2 } } },
      { extends: true, test: { name: 'alone', include: ALONE, sequence: { groupOrder: 3 } } },
    ],
  },
});
