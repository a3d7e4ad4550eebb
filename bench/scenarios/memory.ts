import { WORKER_FLAGS } from '../../src/cluster/worker-flags.ts';
import { startHelper } from '../helper-process.ts';
import type { MemoryPlan, MemoryReading } from '../memory/memory-plan.ts';
import { differences } from '../proof/differences.ts';
import { Releases } from '../releases.ts';
import { CORE } from '../sides/side.ts';
import { insertLedgerUsers } from '../users.ts';
import type { RunResult, Scenario } from './scenario.ts';
import { PLENTY } from './streams.ts';

const USER_COUNTS = [10_000, 100_000];
const USER_COUNTS_FULL = [...USER_COUNTS, 1_000_000];
const WARM_UP_COUNTS = USER_COUNTS.slice(0, 1);

/** What a worker's memory pays for each user it remembers. */
export const memory: Scenario = {
  name: 'memory',
  isQuick: false,
  sides: [CORE],
  axis: 'cached users',
  columns: { heapMb: 'heap growth MB', bytesPerUser: 'bytes per user' },
  baselines: [],
  describe: () => 'what is alive after a garbage collection with ever more users in the cache of a worker',
  connections: () => 0,
  async enter(_side, { fleet, releases, settings }) {
    const counts = settings.isFull ? USER_COUNTS_FULL : USER_COUNTS;
    const { client, url: databaseUrl } = await fleet.database.sibling(releases);
    const users = await insertLedgerUsers(client, Math.max(...counts), PLENTY);
    return {
      tail: () => '',
      async run({ isWarmUp, onProgress }) {
        const plan = { databaseUrl, users, balance: PLENTY, counts: isWarmUp ? WARM_UP_COUNTS : counts };
        // What an earlier run has left behind would be counted: each has a process of its own.
        const ofRun = new Releases();
        releases.add(() => ofRun.run());
        const file = './memory/memory-process.ts';
        const helper = await startHelper<MemoryPlan, readonly MemoryReading[]>(file, ofRun, WORKER_FLAGS);
        const readings = await helper.order(plan, onProgress);
        await ofRun.run();
        return resultOf(readings);
      },
    };
  },
};

/** Memory counts only for users who were answered rightly, and once more without the database: so they were all cached. */
export function resultOf(readings: readonly MemoryReading[]): RunResult {
  const disagreements = readings.flatMap(({ users, answered, answeredAgain, missed }) =>
    differences([
      [`of ${users} users answered as created`, answered, users],
      [`of ${users} users answered as created once more`, answeredAgain, users],
      [`of ${users} users not in the cache`, missed, 0],
    ]),
  );
  if (disagreements.length > 0) return { kind: 'disagreed', disagreements };
  const points = readings.map(({ users, liveBytes }) => ({
    at: users,
    figures: { heapMb: liveBytes / 1e6, bytesPerUser: liveBytes / users },
  }));
  return { kind: 'proven', points };
}
