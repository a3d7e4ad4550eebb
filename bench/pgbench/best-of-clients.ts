import { delay, systemClock } from '../../src/time/clock.ts';
import { WITHDRAWAL } from '../answers.ts';
import type { BenchDatabase } from '../database.ts';
import { noteBefore } from '../proof/before-stream.ts';
import { differences } from '../proof/differences.ts';
import type { Queryable } from '../queryable.ts';
import type { Contestant, RunResult, Turn } from '../scenarios/scenario.ts';
import type { Users } from '../stream/plan.ts';
import { insertUsers } from '../users.ts';
import { findPgbench, runPgbench } from './pgbench.ts';
import type { PgbenchReport } from './report.ts';

/** A single row is fastest with few clients, many rows with many: each is given what suits it. */
const CLIENTS = [1, 10, 50];
const TABLE = 'pgbench_users';
/** Kept free for everybody else, and for those that only a superuser gets. */
const CONNECTIONS_SPARED = 10;
const ROOM_POLL_MS = 200;
const ROOM_WITHIN_MS = 20_000;
const BALANCE = 1_000_000_000_000;

export interface PgbenchSide {
  readonly database: BenchDatabase;
  /** Users it withdraws from. */
  readonly users: number;
  readonly durationMs: number;
}

interface Attempt {
  readonly clients: number;
  readonly report: PgbenchReport;
}

/** pgbench as a side: the best of its numbers of clients. A text says why it cannot take part. */
export async function enterPgbench({ database, users: count, durationMs }: PgbenchSide): Promise<Contestant | string> {
  const program = await findPgbench();
  if (program === null) return 'pgbench is not on the PATH';
  const { client, url: databaseUrl } = database;
  await client.query(`create table if not exists ${TABLE} (like users including all) with (fillfactor = 70)`);
  const users = await insertUsers(client, TABLE, count, BALANCE);
  const attempt = (clients: number) => runPgbench(program, { databaseUrl, table: TABLE, users, clients, durationMs });
  return { tail: () => '', run: (turn) => runAttempts(database, users, attempt, turn) };
}

async function runAttempts(
  database: BenchDatabase,
  users: Users,
  attempt: (clients: number) => Promise<PgbenchReport>,
  { isWarmUp, onProgress }: Turn,
): Promise<RunResult> {
  await noteBefore(database.client, TABLE, users);
  const attempts: Attempt[] = [];
  // It compiles nothing while it runs: one attempt warms the table.
  for (const clients of isWarmUp ? CLIENTS.slice(1, 2) : CLIENTS) {
    await waitForRoom(database.client, clients);
    attempts.push({ clients, report: await attempt(clients) });
    onProgress(attempts.length / CLIENTS.length);
  }
  const disagreements = await proveTaken(database, attempts);
  return disagreements.length > 0
    ? { kind: 'disagreed', disagreements }
    : { kind: 'proven', points: [{ at: null, figures: figuresOf(attempts) }] };
}

/** Peers that have just had their turn still hold their pools, which they give back after seconds without work. */
async function waitForRoom(client: Queryable, connections: number): Promise<void> {
  const untilMs = performance.now() + ROOM_WITHIN_MS;
  while (performance.now() < untilMs) {
    const { rows } = await client.query<{ free: number }>(
      `select current_setting('max_connections')::int - count(*)::int as free from pg_stat_activity
       where backend_type = 'client backend'`,
    );
    if ((rows[0]?.free ?? 0) >= connections + CONNECTIONS_SPARED) return;
    await delay(systemClock, ROOM_POLL_MS);
  }
}

function figuresOf(attempts: readonly Attempt[]) {
  const best = attempts.reduce((a, b) => (b.report.perSecond > a.report.perSecond ? b : a));
  const each = attempts.map(({ clients, report }) => [`with${clients}ClientsPerSecond`, report.perSecond] as const);
  const { perSecond: changesPerSecond, averageMs } = best.report;
  return { changesPerSecond, averageMs, clients: best.clients, ...Object.fromEntries(each) };
}

/** It tells how many transactions it committed; that much must be missing from the balances. */
async function proveTaken({ client }: BenchDatabase, attempts: readonly Attempt[]): Promise<readonly string[]> {
  const total = (name: 'transactions' | 'failed') => attempts.reduce((sum, { report }) => sum + report[name], 0);
  const { rows } = await client.query<{ taken: number }>(
    `select sum(before.balance - now.balance)::float8 as taken from before_stream as before join ${TABLE} as now using (id)`,
  );
  return differences([
    ['failed transactions', total('failed'), 0],
    ['taken from the balances', rows[0]?.taken ?? Number.NaN, WITHDRAWAL * total('transactions')],
  ]);
}
