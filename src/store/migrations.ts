import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';

const migrationsFolder = fileURLToPath(new URL('../../drizzle', import.meta.url));
/** The advisory lock under which migrations run: any number that nobody else uses in the same database. */
const MIGRATION_LOCK = 0x68_75_62_6d;
const LOCK_WITHIN_MS = 60_000;

/** Applies the migrations that are missing. Launchers that start together take turns: the others then find none. */
export async function applyMigrations(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'highload-user-balance migrations' });
  await client.connect();
  try {
    await client.query(`set lock_timeout = ${LOCK_WITHIN_MS}`);
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await migrate(drizzle(client), { migrationsFolder });
  } finally {
    await client.end();
  }
}
