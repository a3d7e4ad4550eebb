import pg from 'pg';
import type { UserId } from '../domain/operation.ts';
import type { Logger } from '../observability/logger.ts';
import { type Clock, delay } from '../time/clock.ts';

/** The channel on which the trigger on `users` tells of balances changed by plain SQL. */
const CHANNEL = 'user_balance_changed';
const CONNECT_WITHIN_MS = 2000;
const RECONNECT_AFTER_MS = 500;
/** While nothing can be heard, what is remembered is forgotten this often. */
const DEAF_INTERVAL_MS = 500;
/** How often the connection is asked whether it still carries anything. */
const ASK_EVERY_MS = 200;
/** Without an answer for this long nothing may be heard: with the above, well within the second that is promised. */
const SILENT_AFTER_MS = 400;
const DEAD_AFTER_MS = 3000;

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
 * Deaf until the connection listens, and again from its end on. While listening the connection is asked for a sign of
 * life all the time: a network may drop what it carries and tell nobody. As long as one is overdue we are as good as
 * deaf, and when it stays away the connection is made anew. Beginning to listen is a gap, and being deaf is one every
 * half second.
 */
export class OutsideChanges {
  readonly #options: OutsideChangesOptions;
  #client: pg.Client | null = null;
  #isListening = false;
  /** When the sign of life that is outstanding was asked for. */
  #askedMs: number | null = null;
  #lastGapMs = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(options: OutsideChangesOptions) {
    this.#options = options;
  }

  start(): void {
    void this.#live();
    this.#scheduleLook();
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
      this.#gap();
      await delay(this.#options.clock, RECONNECT_AFTER_MS);
    }
  }

  /** Resolves with the reason when the connection has ended. */
  async #listenOnce(): Promise<Error> {
    const client = new pg.Client({
      connectionString: this.#options.databaseUrl,
      connectionTimeoutMillis: CONNECT_WITHIN_MS,
      query_timeout: DEAD_AFTER_MS,
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
      this.#gap();
      this.#askedMs = null;
      this.#isListening = true;
      return await ended;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    } finally {
      this.#isListening = false;
      client.end().catch(() => undefined);
    }
  }

  #scheduleLook(): void {
    this.#options.clock.schedule(ASK_EVERY_MS, () => {
      if (this.#isClosed) return;
      this.#look();
      this.#scheduleLook();
    });
  }

  #look(): void {
    const now = this.#options.clock.now();
    const isOverdue = this.#askedMs !== null && now - this.#askedMs >= SILENT_AFTER_MS;
    if ((!this.#isListening || isOverdue) && now - this.#lastGapMs >= DEAF_INTERVAL_MS) this.#gap();
    if (this.#isListening && this.#askedMs === null) this.#ask(this.#client as pg.Client);
  }

  #ask(client: pg.Client): void {
    this.#askedMs = this.#options.clock.now();
    client.query('select').then(
      () => {
        if (this.#client === client) this.#askedMs = null;
      },
      // No answer, for too long or because the connection has ended. The end ends `#listenOnce`.
      () => client.end().catch(() => undefined),
    );
  }

  #gap(): void {
    this.#lastGapMs = this.#options.clock.now();
    this.#options.onGap();
  }
}
