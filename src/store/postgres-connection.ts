import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { type LeaseAnswer, type LeaseHolder, tryLease } from './lease.ts';
import { StoreError, toStoreError } from './store-error.ts';
import type { WriterConnection } from './writer-session.ts';

/** A statement that has no answer by then means a dead connection: it is destroyed, and the outcome settled anew. */
const ANSWER_WITHIN_MS = 5000;
const CONNECT_WITHIN_MS = 3000;

// idle_session_timeout ends the lease of a process that has stopped without closing its connection. The planner is left
// one way: plan a statement once, find rows by their keys, join the lists of a round by hashing. What it would choose on
// a table that was empty when the session began takes a second per round on a large one. Nested loops that are turned off
// and needed all the same look so dear to PostgreSQL up to 17 that it compiles the plan (jit): 0.3 s for each round with
// keys.
// What a session changes without writes_entries is taken for plain SQL: triggers write its entries (decision 0027).
const SESSION_SETTINGS = `
  set idle_session_timeout = 3000;
  set idle_in_transaction_session_timeout = 3000;
  set statement_timeout = 0;
  set lock_timeout = 100;
  set synchronous_commit = on;
  set default_transaction_isolation = 'read committed';
  set plan_cache_mode = force_generic_plan;
  set enable_seqscan = off;
  set enable_nestloop = off;
  set enable_mergejoin = off;
  set jit = off;
  set user_balance.writes_entries = on`;

export interface PostgresConnectionOptions<Statements> {
  readonly databaseUrl: string;
  readonly holder: LeaseHolder;
  /** Prepares what `run` is given, once per connection. */
  readonly prepare: (db: NodePgDatabase) => Statements;
}

/** A connection to PostgreSQL with the settings of the writer. */
export class PostgresConnection<Statements> implements WriterConnection<Statements> {
  readonly ended: Promise<Error>;
  readonly #client: pg.Client;
  readonly #holder: LeaseHolder;
  readonly #statements: Statements;
  /** PostgreSQL has warned that a commit may be less durable than asked for. */
  #commitIsDoubtful = false;

  constructor({ databaseUrl, holder, prepare }: PostgresConnectionOptions<Statements>) {
    const client = new pg.Client({
      connectionString: databaseUrl,
      connectionTimeoutMillis: CONNECT_WITHIN_MS,
      query_timeout: ANSWER_WITHIN_MS,
      keepAlive: true,
      application_name: `highload-user-balance writer ${holder.slot}`,
    });
    this.#client = client;
    this.#holder = holder;
    this.#statements = prepare(drizzle(client));
    this.ended = new Promise((resolve) => {
      client.on('error', resolve);
      client.on('end', () => resolve(new Error('the connection was closed')));
    });
    client.on('notice', (notice) => {
      if (notice.code === '01000' || notice.code === '57P01') this.#commitIsDoubtful = true;
    });
  }

  async open(): Promise<void> {
    await this.#client.connect().catch(rethrow);
    await this.#client.query(SESSION_SETTINGS).catch(rethrow);
  }

  async tryLease(): Promise<LeaseAnswer> {
    const answer = await tryLease(this.#client, this.#holder).catch(rethrow);
    this.#commitIsDoubtful = false;
    return answer;
  }

  async run<T>(send: (statements: Statements) => Promise<T>): Promise<T> {
    const result = await send(this.#statements).catch(rethrow);
    if (this.#commitIsDoubtful) await this.confirmDurable();
    return result;
  }

  /** A wait for synchronous replication that was cut short resolves like a commit; a later commit waits for both. */
  async confirmDurable(): Promise<void> {
    this.#commitIsDoubtful = false;
    await this.#client.query(`select pg_logical_emit_message(true, 'highload-user-balance', 'durable')`).catch(rethrow);
    if (this.#commitIsDoubtful) throw new StoreError('unknown', 'the commit may be less durable than asked for');
  }

  async ping(): Promise<void> {
    await this.#client.query('select').catch(rethrow);
  }

  async close(): Promise<void> {
    await this.#client.end();
  }
}

function rethrow(error: unknown): never {
  throw toStoreError(error);
}
