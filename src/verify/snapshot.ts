import pg from 'pg';
import { countUsers, readUsersStatistic } from './walk-statements.ts';

const CONNECT_WITHIN_MS = 5000;
const CLOSE_WITHIN_MS = 1000;

/**
 * For the whole session: index scans in the order of the primary keys, whatever the statistics say; one process; no
 * compilation that costs more than the page; and no snapshot that outlives its reader for long.
 */
const SETTINGS = `set enable_seqscan = off; set enable_bitmapscan = off; set max_parallel_workers_per_gather = 0;
  set jit = off; set work_mem = '16MB'; set idle_in_transaction_session_timeout = '60s'`;
/** Ends a statement that nobody waits for any more. Servers on some systems refuse it. */
const CHECK_CONNECTION = `set client_connection_check_interval = '2s'`;

/** A connection to read snapshots over. Throws what `pg` throws; the caller ends it. */
export async function openReader(databaseUrl: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    keepAlive: true,
    application_name: 'highload-user-balance verify',
  });
  // Lost between two statements: the next one reports it.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(SETTINGS);
    await client.query(CHECK_CONNECTION).catch(() => undefined);
    return client;
  } catch (error) {
    await closeReader(client);
    throw error;
  }
}

/** Ends the connection, by force when a statement runs on it or when the server does not answer. */
export async function closeReader(client: pg.Client): Promise<void> {
  const socket: { destroy(): void } = client.connection.stream;
  const timer = setTimeout(() => socket.destroy(), CLOSE_WITHIN_MS);
  await client.end().catch(() => undefined);
  clearTimeout(timer);
}

/**
 * Runs `read` on one snapshot: what is committed meanwhile is not seen, and nothing is locked. The snapshot keeps vacuum
 * from old rows for as long as it lasts, so keep it short. After an error the connection is of no more use.
 */
export async function onSnapshot<T>(client: pg.Client, read: () => Promise<T>): Promise<T> {
  await client.query('begin isolation level repeatable read read only');
  const result = await read();
  await client.query('commit');
  return result;
}

/** Users are counted up to this many; beyond, the planner's statistics are good enough. */
const COUNTED_MAX = 1_000_000;

/** About how many users there are from `from` to `to` (null: no bound), for a progress bar. */
export async function estimateUsers(databaseUrl: string, from: number | null, to: number | null): Promise<number> {
  const client = await openReader(databaseUrl);
  try {
    const counted = await countUsers(client, String(from ?? 0), String(to ?? Number.MAX_SAFE_INTEGER), COUNTED_MAX);
    if (counted < COUNTED_MAX || from !== null || to !== null) return counted;
    return Math.max(counted, await readUsersStatistic(client));
  } finally {
    await closeReader(client);
  }
}
