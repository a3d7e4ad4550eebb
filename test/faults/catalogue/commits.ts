import { always, type Fault } from '../fault.ts';
import { isStraceThere, tamper } from '../strace.ts';
import { comesTrue, pause, until } from '../wait.ts';
import type { World } from '../world.ts';
import { untilDatabaseIsBack } from './database-killed.ts';

const WRITERS = 'highload-user-balance writer';
const CRASH_WITHIN_MS = 5000;
const WAITING_WITHIN_MS = 3000;

export const syncRepTerminated: Fault = {
  name: 'sync-rep-terminated',
  what: 'commits wait for a replica that does not exist; their sessions are ended: committed, and the reply lost',
  countsFrom: 'the replica no longer being asked for',
  goodWithinMs: 2000,
  isAvailable: always,
  async inject(world, random) {
    const reset = await world.server.setSetting('synchronous_standby_names', 'ghost');
    try {
      await until('a commit to wait for the replica', () => someWriterWaits(world), WAITING_WITHIN_MS);
      await world.server.terminate(WRITERS);
      await pause(random.integer(0, 1000));
    } finally {
      await reset();
    }
    world.wound();
  },
};

/** The backends of all workers' sessions; one may just be coming back from the fault before. */
async function writerPids({ server, workers }: World): Promise<readonly number[]> {
  let pids: readonly number[] = [];
  const areAllThere = async () => {
    pids = await server.backendPids(WRITERS);
    return pids.length === workers;
  };
  await until('every worker to have its session', areAllThere, WAITING_WITHIN_MS);
  return pids;
}

async function someWriterWaits(world: World): Promise<boolean> {
  const rows = await world.server.query(
    `select from pg_stat_activity where wait_event = 'SyncRep' and application_name like $1`,
    [`${WRITERS}%`],
  );
  return rows.length > 0;
}

export const slowFsync: Fault = {
  name: 'fsync-slow',
  what: 'every fsync of a commit takes 400 ms for 2 s: rounds grow, nothing is refused',
  countsFrom: 'fsync being fast again',
  goodWithinMs: 2000,
  isAvailable: isStraceThere,
  async inject(world) {
    world.spare(() => true, 'commits that are slow hold up callers, and turn nobody away');
    const restore = await tamper(await writerPids(world), 'fdatasync:delay_enter=400000');
    await pause(2000);
    await restore();
    world.wound();
  },
};

/**
 * PostgreSQL panics when it cannot write or sync its log, and recovers from what is on the disk. Calls on the log alone: a
 * table that cannot grow only fails the statement, and then there is nothing for the log.
 */
function logFails(inject: string, name: string, what: string): Fault {
  return {
    name,
    what,
    countsFrom: 'PostgreSQL taking connections again',
    goodWithinMs: 2000,
    isAvailable: isStraceThere,
    async inject(world) {
      const pids = await writerPids(world);
      const restore = await tamper(pids, inject, { paths: await logPaths(world) });
      const hasCrashed = await comesTrue(async () => {
        const now = await world.server.backendPids(WRITERS);
        return pids.some((pid) => !now.includes(pid));
      }, CRASH_WITHIN_MS);
      await restore();
      await untilDatabaseIsBack(world);
      world.wound();
      if (!hasCrashed) throw new Error('PostgreSQL did not notice');
    },
  };
}

/** The file of the log that is written now, and the next. */
async function logPaths({ server }: World): Promise<readonly string[]> {
  const [files] = await server.query<{ now: string; next: string }>(
    `select pg_walfile_name(lsn) as now, pg_walfile_name(lsn + setting::numeric) as next
     from pg_current_wal_lsn() as lsn, pg_settings where name = 'wal_segment_size'`,
  );
  return [files?.now, files?.next].map((file) => `${server.dataFolder}/pg_wal/${file}`);
}

export const logFailures: readonly Fault[] = [
  logFails('fdatasync:error=EIO', 'fsync-fails', 'fsync of the log fails with EIO; PostgreSQL panics and recovers'),
  logFails('pwrite64:error=ENOSPC', 'log-disk-full', 'the disk of the log is full; PostgreSQL panics and recovers'),
];

export const tableDiskFull: Fault = {
  name: 'table-disk-full',
  what: 'the disk of the entries is full for 1.5 s: they cannot grow',
  countsFrom: 'there being room again',
  goodWithinMs: 2000,
  isAvailable: isStraceThere,
  async inject(world) {
    const [file] = await world.server.query<{ path: string }>(`select pg_relation_filepath('entries') as path`);
    const path = `${world.server.dataFolder}/${file?.path}`;
    const pids = await writerPids(world);
    const { length: before } = await world.server.readLog();
    const restore = await tamper(pids, 'pwrite64,pwritev,fallocate:error=ENOSPC', { paths: [path] });
    await pause(1500);
    await restore();
    world.wound();
    const log = await world.server.readLog(before);
    if (!log.includes('No space left on device')) throw new Error('PostgreSQL did not notice');
  },
};
