import pg from 'pg';
import type { UserId } from '../domain/operation.ts';
import type { ChangeFeed } from './outside-changes.ts';

/** The channel on which the trigger on `users` tells of balances changed by plain SQL. */
const CHANNEL = 'user_balance_changed';
const CONNECT_WITHIN_MS = 2000;

/** LISTEN on a connection of its own. */
export class PostgresChangeFeed implements ChangeFeed {
  readonly ended: Promise<Error>;
  readonly #client: pg.Client;

  constructor(databaseUrl: string, onChange: (userId: UserId) => void) {
    const client = new pg.Client({
      connectionString: databaseUrl,
      connectionTimeoutMillis: CONNECT_WITHIN_MS,
      query_timeout: CONNECT_WITHIN_MS,
      keepAlive: true,
      application_name: 'highload-user-balance listener',
    });
    this.#client = client;
    this.ended = new Promise((resolve) => {
      client.on('error', resolve);
      client.on('end', () => resolve(new Error('the connection was closed')));
    });
    client.on('notification', ({ payload }) => onChange(Number(payload) as UserId));
  }

  async open(): Promise<void> {
    await this.#client.connect();
    await this.#client.query(`listen ${CHANNEL}`);
  }

  async ping(): Promise<void> {
    await this.#client.query('select');
  }

  async close(): Promise<void> {
    await this.#client.end();
  }
}
