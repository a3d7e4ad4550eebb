import pg from 'pg';
import type { UserId } from '../domain/operation.ts';
import type { Logger } from '../observability/logger.ts';
import { type Clock, delay } from '../time/clock.ts';

/** The channel on which the trigger on `users` tells of balances changed by plain SQL. */
const CHANNEL = 'user_balance_changed';
const CONNECT_WITHIN_MS = 2000;
/** While nothing can be heard, what is remembered is forgotten this often. */
const DEAF_INTERVAL_MS = 500;

export interface OutsideChangesOptions {
  readonly databaseUrl: string;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'warn'>;
  /** The balance of this user was changed behind the service's back. */
  readonly onChange: (userId: UserId) => void;
  /** Changes may have gone unheard: any user may be another than remembered. */
  readonly onGap: () => void;
}

/**
 * Hears of balances that are changed by plain SQL.
 *
 * Listening, or deaf while the connection is being made anew; becoming either is a gap, and so is every half second of
 * being deaf.
 */
export class OutsideChanges {
  readonly #options: OutsideChangesOptions;
  #client: pg.Client | null = null;
  #isClosed = false;

  constructor(options: OutsideChangesOptions) {
    this.#options = options;
  }

  start(): void {
    void this.#live();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#client?.end();
  }

  async #live(): Promise<void> {
    while (!this.#isClosed) {
      const reason = await this.#listenOnce();
      if (this.#isClosed) return;
      this.#options.log.warn({ reason: reason.message }, 'outside changes cannot be heard, connecting again');
      this.#options.onGap();
      await delay(this.#options.clock, DEAF_INTERVAL_MS);
    }
  }

  /** Resolves with the reason when the connection has ended. */
  async #listenOnce(): Promise<Error> {
    const client = new pg.Client({
      connectionString: this.#options.databaseUrl,
      connectionTimeoutMillis: CONNECT_WITHIN_MS,
      keepAlive: true,
      application_name: 'highload-user-balance listener',
    });
    this.#client = client;
    const ended = new Promise<Error>((resolve) => {
      client.on('error', resolve);
      client.on('end', () => resolve(new Error('the connection was closed')));
    });
    client.on('notification', ({ payload }) => this.#options.onChange(Number(payload) as UserId));
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      this.#options.onGap();
      return await ended;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    } finally {
      client.end().catch(() => undefined);
    }
  }
}
