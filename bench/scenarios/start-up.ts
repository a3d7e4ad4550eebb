import type { BenchDatabase } from '../database.ts';
import { differences } from '../proof/differences.ts';
import { Releases } from '../releases.ts';
import { startService } from '../sides/service.ts';
import { SERVICE } from '../sides/side.ts';
import type { Users } from '../stream/plan.ts';
import { insertLedgerUsers } from '../users.ts';
import type { Point, RunResult, Scenario } from './scenario.ts';
import { PLENTY } from './streams.ts';

const USER_COUNTS = [1, 100_000];
const USER_COUNTS_FULL = [1, 1_000_000];
const READY_POLL_MS = 5;
const READY_WITHIN_MS = 30_000;

interface Table {
  readonly database: BenchDatabase;
  readonly users: Users;
}

/** Does a table that has grown make the service start more slowly? */
export const startUp: Scenario = {
  name: 'start-up',
  isQuick: false,
  sides: [SERVICE],
  axis: 'users',
  columns: { readyMs: 'ready after ms' },
  baselines: [],
  describe: () =>
    'from the start of the launcher until /readyz says yes, with 1 worker, on a small and on a large table',
  connections: () => 1,
  async enter(_side, { fleet, releases, settings }) {
    const tables: Table[] = [];
    for (const count of settings.isFull ? USER_COUNTS_FULL : USER_COUNTS) {
      const database = await fleet.database.sibling(releases);
      tables.push({ database, users: await insertLedgerUsers(database.client, count, PLENTY) });
    }
    return {
      tail: () => '',
      async run({ onProgress }): Promise<RunResult> {
        const points: Point[] = [];
        for (const [index, table] of tables.entries()) {
          const ofStart = new Releases();
          releases.add(() => ofStart.run());
          const point = await start(table, ofStart);
          await ofStart.run();
          if ('kind' in point) return point;
          points.push(point);
          onProgress((index + 1) / tables.length);
        }
        return { kind: 'proven', points };
      },
    };
  },
};

async function start(
  { database, users }: Table,
  releases: Releases,
): Promise<Point | Extract<RunResult, { kind: 'disagreed' }>> {
  const startedMs = performance.now();
  const { url } = await startService({ database, workers: 1, releases });
  await whenReady(url);
  const readyMs = performance.now() - startedMs;
  const lastId = users.firstId + users.count - 1;
  const response = await fetch(`${url}/api/users/${lastId}/balance`);
  const { balance } = (await response.json()) as { readonly balance?: number };
  const disagreements = differences([[`balance of user ${lastId}`, balance ?? Number.NaN, PLENTY]]);
  if (disagreements.length > 0) return { kind: 'disagreed', disagreements };
  return { at: users.count, figures: { readyMs } };
}

async function whenReady(url: string): Promise<void> {
  const untilMs = performance.now() + READY_WITHIN_MS;
  while (performance.now() < untilMs) {
    const response = await fetch(`${url}/readyz`).catch(() => null);
    await response?.arrayBuffer();
    if (response?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS));
  }
  throw new Error(`The service was not ready within ${READY_WITHIN_MS / 1000} s`);
}
