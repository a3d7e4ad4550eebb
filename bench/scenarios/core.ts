import { WORKER_FLAGS } from '../../src/cluster/worker-flags.ts';
import type { CorePlan, CoreResult } from '../core/core-plan.ts';
import { startHelper } from '../helper-process.ts';
import { enterPgbench } from '../pgbench/best-of-clients.ts';
import { noteBefore } from '../proof/before-stream.ts';
import { proveChanges } from '../proof/ledger.ts';
import { CORE, PGBENCH } from '../sides/side.ts';
import { insertLedgerUsers } from '../users.ts';
import type { Contestant, RunResult, Scenario, Stage } from './scenario.ts';
import { MANY_USERS, PLENTY } from './streams.ts';

/** As many as the connections of a burst. */
const CALLERS = 10_000;
const CHANGES_MAX = 1_000_000;

/** One account without HTTP in the way. */
export const coreHot = core('core-hot', 1);
/** The same on many accounts. */
export const coreSpread = core('core-spread', MANY_USERS);

function core(name: string, users: number): Scenario {
  const whose = users === 1 ? 'one user' : `${users} users`;
  return {
    name,
    isQuick: false,
    sides: [CORE, PGBENCH],
    axis: null,
    columns: { changesPerSecond: 'changes/s' },
    baselines: [PGBENCH],
    describe: ({ durationMs }) =>
      `durable withdrawals of 2 from ${whose} for ${durationMs / 1000} s, by ${CALLERS} callers within the process`,
    connections: () => 0,
    enter: (side, stage) =>
      side === CORE
        ? enterCore(stage, users)
        : enterPgbench({ database: stage.fleet.database, users, durationMs: stage.settings.durationMs }),
  };
}

async function enterCore({ fleet, settings, releases }: Stage, count: number): Promise<Contestant> {
  const { client, url: databaseUrl } = await fleet.database.sibling(releases);
  const users = await insertLedgerUsers(client, count, PLENTY);
  const helper = await startHelper<CorePlan, CoreResult>('./core/core-process.ts', releases, WORKER_FLAGS);
  return {
    tail: () => '',
    async run({ isWarmUp, onProgress }): Promise<RunResult> {
      await noteBefore(client, 'users', users);
      const durationMs = isWarmUp ? settings.durationMs / 2 : settings.durationMs;
      const plan = { databaseUrl, users, callers: CALLERS, durationMs, changesMax: CHANGES_MAX };
      const { wallMs, accepted, others } = await helper.order(plan, onProgress);
      const unexpected = Object.entries(others).map(([outcome, times]) => `${times} changes ended as ${outcome}`);
      const disagreements = [...unexpected, ...(await proveChanges(client, users, accepted))];
      if (disagreements.length > 0) return { kind: 'disagreed', disagreements };
      const changes = accepted.userIds.length;
      const figures = { changes, wallMs, changesPerSecond: (changes / wallMs) * 1000 };
      return { kind: 'proven', points: [{ at: null, figures }] };
    },
  };
}
