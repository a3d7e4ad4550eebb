import pg from 'pg';
import { connectClient } from './connect-client.ts';

const DUPLICATE_DATABASE = '42P04';
const UNIQUE_VIOLATION = '23505';
const CONNECT_WITHIN_MS = 10_000;

/**
 * Creates the database that the URL names, unless it is there. True when it was created. Throws DatabaseUnreachableError
 * when there is no server to ask.
 */
export async function createDatabase(databaseUrl: string): Promise<boolean> {
  const url = new URL(databaseUrl);
  const name = decodeURIComponent(url.pathname.slice(1));
  if (name === '') throw new Error('DATABASE_URL names no database: postgres://user@host:5432/NAME');
  url.pathname = '/postgres';
  const client = new pg.Client({ connectionString: url.href, connectionTimeoutMillis: CONNECT_WITHIN_MS });
  try {
    await connectClient(client, url.href);
    await client.query(`create database ${client.escapeIdentifier(name)}`);
    return true;
  } catch (error) {
    // Two that create at the same moment meet in the catalog's unique index.
    if (error instanceof pg.DatabaseError && (error.code === DUPLICATE_DATABASE || error.code === UNIQUE_VIOLATION)) {
      return false;
    }
    throw error;
  } finally {
    await client.end();
  }
}
