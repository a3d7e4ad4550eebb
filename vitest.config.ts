import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tests of the service as it runs, or of what is measured: on two cores their times are honest only one after the other. */
const ALONE = [
  'test/{bench,faults,overload}/**/*.test.ts',
  'test/cluster/{batch,client,cluster,newcomers}.test.ts',
  'test/store/writer-session.test.ts',
];

/** Tests on PostgreSQL, or of processes, that keep no time: they may run beside any other. */
const BESIDE = ['test/{admin,cluster,store,verify}/**/*.test.ts', 'test/http/{hostile,openapi}-service.test.ts'];

/** Commands as their users run them, each a process: `npm run test:commands`. */
const COMMANDS = [
  'test/cli/{command-line,migrate,users}.test.ts',
  'test/docs/{tour,start,backup}.test.ts',
  'test/verify/command.test.ts',
];

/** They have a configuration of their own. */
const BROWSER = 'test/browser/**/*.test.ts';

/** The longest first, or the last of them would run alone at the end; vitest itself knows only after a first run. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => /\/test\/(embedded|simulation)\//.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Many wait for other processes.
    maxWorkers: '150%',
    projects: [
      {
        extends: true,
        test: {
          name: 'in-process',
          include: ['test/**/*.test.ts'],
          exclude: [...ALONE, ...BESIDE, ...COMMANDS, BROWSER],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'beside',
          include: BESIDE,
          exclude: [...ALONE, ...COMMANDS],
          globalSetup: 'test/support/postgres-setup.ts',
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: ALONE,
          globalSetup: 'test/support/postgres-setup.ts',
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'commands',
          include: COMMANDS,
          globalSetup: 'test/support/postgres-setup.ts',
          sequence: { groupOrder: 0 },
        },
      },
    ],
  },
});
