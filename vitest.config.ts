import { defineConfig } from 'vitest/config';

/** Tests of the service as it runs, or on its PostgreSQL: on two cores their times are honest only one after the other. */
const REAL = [
  'test/docs/{tour,start,backup}.test.ts',
  'test/{admin,bench,cluster,faults,overload,store,verify}/**/*.test.ts',
  'test/cli/{users,migrate}.test.ts',
  'test/http/{hostile,openapi}-service.test.ts',
];

/** They have a configuration of their own. */
const BROWSER = 'test/browser/**/*.test.ts';

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
          exclude: [...REAL, BROWSER],
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
