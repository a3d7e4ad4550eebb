import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, inject } from 'vitest';

/** A database with the schema and nothing else, which every test database is a copy of. */
export const TEMPLATE = 'user_balance_template';

export interface TestDatabase {
  readonly url: string;
  /** Runs plain SQL, as an operator would. */
  query<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Takes all users and entries away, as nobody but a superuser can: the tables refuse it. */
  empty(): Promise<void>;
  /** A connection of its own, ended with the file. */
  connect(): Promise<pg.Client>;
}

export function databaseUrlOf(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** A fresh database for a test file; dropped afterwards, which fails when the file leaks a connection. */
export function useDatabase(): TestDatabase {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const clients: pg.Client[] = [];
  let server: pg.Client;
  let pool: pg.Pool;
  let url = '';

  beforeAll(async () => {
    const serverUrl = inject('serverUrl');
    server = new pg.Client({ connectionString: serverUrl });
    await server.connect();
    await server.query(`create database ${name} template ${TEMPLATE}`);
    url = databaseUrlOf(serverUrl, name);
    pool = new pg.Pool({ connectionString: url, max: 2 });
  });

  afterAll(async () => {
    await pool.end();
    for (const client of clients) await client.end();
    await dropWhenUnused(server, name);
    await server.end();
  });

  return {
    get url() {
      return url;
    },
    async query<Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) {
      return (await pool.query<Row>(sql, [...values])).rows;
    },
    async empty() {
      await pool.query('begin; set local session_replication_role = replica; truncate users, entries; commit');
    },
    async connect() {
      const client = new pg.Client({ connectionString: url });
      // A test may have it ended from the other side.
      client.on('error', () => undefined);
      await client.connect();
      clients.push(client);
      return client;
    },
  };
}

/** Backends need a moment to end after their client has. A connection that stays is a leak, and fails the file. */
async function dropWhenUnused(server: pg.Client, name: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await server.query(`drop database ${name}`);
      return;
    } catch (error) {
      if (attempt >= 40) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
