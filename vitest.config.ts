import { defineConfig } from 'vitest/config';

/** Tests that start processes or keep time: on two cores they are honest only when nothing runs beside them. */
const REAL = [
  'test/{admin,bench,cluster,embedded,faults,overload,store,verify}/**/*.test.ts',
  'test/http/hostile-service.test.ts',
];

export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: '100%',
    projects: [
      {
        extends: true,
        test: {
          name: 'in-process',
          include: ['test/**/*.test.ts'],
          exclude: REAL,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'real',
          include: REAL,
          globalSetup: 'test/support/postgres-setup.ts',
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
