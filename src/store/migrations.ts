import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { connectClient } from './connect-client.ts';

const migrationsFolder = fileURLToPath(new URL('../../drizzle', import.meta.url));
/** The advisory lock under which migrations run: any number that nobody else uses in the same database. */
const MIGRATION_LOCK = 0x68_75_62_6d;
const CONNECT_WITHIN_MS = 10_000;
const LOCK_WITHIN_MS = 60_000;
// https://www.postgresql.org/docs/18/errcodes-appendix.html
const INSUFFICIENT_PRIVILEGE = '42501';

/** What was done to the schema. */
export interface MigrationsApplied {
  /** The migrations that were missing, in the order in which they were applied. */
  readonly names: readonly string[];
  /** True when the database has been migrated by a later release than this one. */
  readonly isNewerThanProgram: boolean;
}

/**
 * Applies the migrations that are missing. Launchers that start together take turns: the others then find none.
 * Where none is missing nothing is attempted, so a role that may not change the schema can run the service. Throws when
 * one is missing and the role may not apply it; DatabaseUnreachableError without a connection. `onNotice` hears the
 * warnings of a migration.
 */
export async function applyMigrations(
  databaseUrl: string,
  onNotice: (message: string) => void = () => undefined,
): Promise<MigrationsApplied> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    application_name: 'highload-user-balance migrations',
  });
  // Lost between two statements: the next one reports it.
  client.on('error', () => undefined);
  client.on('notice', ({ severity, message = '' }) => {
    if (severity === 'WARNING') onNotice(message);
  });
  try {
    await connectClient(client, databaseUrl);
    await client.query(`set lock_timeout = ${LOCK_WITHIN_MS}`);
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const known = await readJournal();
    const appliedMs = await newestApplied(client);
    const missing = known.filter(({ when }) => when > appliedMs);
    if (missing.length > 0) await migrate(drizzle(client), { migrationsFolder });
    return {
      names: missing.map(({ tag }) => tag),
      isNewerThanProgram: appliedMs > Math.max(...known.map(({ when }) => when)),
    };
  } catch (error) {
    throw isForbidden(error) ? new Error(FORBIDDEN, { cause: error }) : error;
  } finally {
    await client.end();
  }
}

const FORBIDDEN =
  'The schema is not up to date and this role may not change it: run "user-balance migrate" as the owner of the schema.';

/** The migrations of this release, as drizzle-kit lists them: `when` is ms since 1970. */
async function readJournal(): Promise<readonly { readonly tag: string; readonly when: number }[]> {
  const text = await readFile(`${migrationsFolder}/meta/_journal.json`, 'utf8');
  return (JSON.parse(text) as { readonly entries: readonly { tag: string; when: number }[] }).entries;
}

/** The `when` of the newest migration that was applied, by which Drizzle decides what is missing; 0 without one. */
async function newestApplied(client: pg.Client): Promise<number> {
  const found = await client.query<{ is_there: boolean }>(
    `select to_regclass('drizzle.__drizzle_migrations') is not null as is_there`,
  );
  if (found.rows[0]?.is_there !== true) return 0;
  const applied = await client.query<{ newest: string | null }>(
    'select max(created_at) as newest from drizzle.__drizzle_migrations',
  );
  return Number(applied.rows[0]?.newest ?? 0);
}

function isForbidden(thrown: unknown): boolean {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if (error instanceof pg.DatabaseError && error.code === INSUFFICIENT_PRIVILEGE) return true;
  }
  return false;
}
