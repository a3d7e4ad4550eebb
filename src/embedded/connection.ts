import { Client } from 'pg';

export const superuser = 'postgres';
export const databaseName = 'user_balance';
export const host = '127.0.0.1';

export function connectionUrl(port: number, password: string): string {
  return `postgres://${superuser}:${password}@${host}:${port}/${databaseName}`;
}

/** Connects once and makes sure the service's database exists. Throws what `pg` throws. */
export async function ensureDatabase(port: number, password: string): Promise<void> {
  const client = new Client({
    host,
    port,
    user: superuser,
    password,
    database: 'postgres',
    connectionTimeoutMillis: 5000,
    query_timeout: 30_000,
  });
  // Also emitted when the server goes away between two statements; the pending call reports it as well.
  client.on('error', () => {});
  try {
    await client.connect();
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [databaseName]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${databaseName}`);
  } finally {
    await client.end().catch(() => {});
  }
}
