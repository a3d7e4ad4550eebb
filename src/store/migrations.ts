import { fileURLToPath } from 'node:url';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';

const migrationsFolder = fileURLToPath(new URL('../../drizzle', import.meta.url));
/** The advisory lock under which migrations run: any number that nobody else uses in the same database. */
const MIGRATION_LOCK = 0x68_75_62_6d;
const LOCK_WITHIN_MS = 60_000;
// https://www.postgresql.org/docs/18/errcodes-appendix.html
const INSUFFICIENT_PRIVILEGE = '42501';

/**
 * Applies the migrations that are missing. Launchers that start together take turns: the others then find none.
 * Where none is missing nothing is attempted, so a role that may not change the schema can run the service. Throws when
 * one is missing and the role may not apply it. `onNotice` hears the warnings of a migration.
 */
export async function applyMigrations(
  databaseUrl: string,
  onNotice: (message: string) => void = () => undefined,
): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'highload-user-balance migrations' });
  client.on('notice', ({ severity, message = '' }) => {
    if (severity === 'WARNING') onNotice(message);
  });
  await client.connect();
  try {
    await client.query(`set lock_timeout = ${LOCK_WITHIN_MS}`);
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    if (!(await isUpToDate(client))) await migrate(drizzle(client), { migrationsFolder });
  } catch (error) {
    throw isForbidden(error) ? new Error(FORBIDDEN, { cause: error }) : error;
  } finally {
    await client.end();
  }
}

const FORBIDDEN =
  'The schema is not up to date and this role may not change it: run "user-balance migrate" as the owner of the schema.';

/** As Drizzle decides it: by the time of the newest migration that was applied. */
async function isUpToDate(client: pg.Client): Promise<boolean> {
  const newest = Math.max(...readMigrationFiles({ migrationsFolder }).map(({ folderMillis }) => folderMillis));
  const found = await client.query<{ is_there: boolean }>(
    `select to_regclass('drizzle.__drizzle_migrations') is not null as is_there`,
  );
  if (found.rows[0]?.is_there !== true) return false;
  const applied = await client.query<{ newest: string | null }>(
    'select max(created_at) as newest from drizzle.__drizzle_migrations',
  );
  return Number(applied.rows[0]?.newest ?? 0) >= newest;
}

function isForbidden(thrown: unknown): boolean {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if (error instanceof pg.DatabaseError && error.code === INSUFFICIENT_PRIVILEGE) return true;
  }
  return false;
}
