import { Mutex } from 'async-mutex';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import type { Logger } from '../observability/logger.ts';
import { type Clock, delay } from '../time/clock.ts';
import { FRESH_FOR_MS, type LeaseAnswer, type LeaseHolder, tryLease } from './lease.ts';
import type { Lease } from './ledger.ts';
import { StoreError, toStoreError } from './store-error.ts';

const HEARTBEAT_MS = 300;
const STANDBY_POLL_MS = 250;
const BUSY_POLL_MS = 20;
/** A statement that has no answer by then means a dead connection: it is destroyed, and the outcome settled anew. */
const ANSWER_WITHIN_MS = 5000;
const CONNECT_WITHIN_MS = 3000;
const RECONNECT_FIRST_MS = 50;
const RECONNECT_MAX_MS = 250;

// idle_session_timeout ends the lease of a process that has stopped without closing its connection. The planner is left
// one way: plan a statement once, find rows by their keys, join the lists of a round by hashing. What it would choose on
// a table that was empty when the session began takes a second per round on a large one.
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
  set enable_mergejoin = off`;

export interface WriterSessionOptions<Statements> {
  readonly databaseUrl: string;
  readonly holder: LeaseHolder;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /** Prepares what `run` is given, once per connection. */
  readonly prepare: (db: NodePgDatabase) => Statements;
  readonly onStateChange: (state: WriterSessionState) => void;
}

export type WriterSessionState = 'connecting' | 'standing_by' | 'held' | 'closed';

interface Connection<Statements> {
  readonly client: pg.Client;
  readonly statements: Statements;
}

/**
 * The one session in which a worker changes the ledger, and which holds its lease.
 *
 * `connecting` -> `standing_by` while another launcher serves -> `held`; back to `connecting` when the connection is
 * lost, until `close`. Statements run in `held` only, one at a time. The lease is fresh for one second after the
 * sending of the last statement that PostgreSQL has answered; a heartbeat keeps it so.
 */
export class WriterSession<Statements> implements Lease {
  readonly #options: WriterSessionOptions<Statements>;
  readonly #turn = new Mutex();
  readonly #lostListeners: (() => void)[] = [];
  #state: WriterSessionState = 'connecting';
  #client: pg.Client | null = null;
  /** Set while the lease is held. */
  #connection: Connection<Statements> | null = null;
  #freshUntilMs = Number.NEGATIVE_INFINITY;
  #lastSentMs = Number.NEGATIVE_INFINITY;
  #freshWaiters: (() => void)[] = [];
  /** PostgreSQL has warned that a commit may be less durable than asked for. */
  #commitIsDoubtful = false;

  constructor(options: WriterSessionOptions<Statements>) {
    this.#options = options;
  }

  /** Connects, takes the lease and keeps both until `close`. */
  start(): void {
    void this.#live();
    this.#scheduleHeartbeat();
  }

  isFresh(): boolean {
    return this.#options.clock.now() < this.#freshUntilMs;
  }

  isHeldElsewhere(): boolean {
    return this.#state === 'standing_by';
  }

  whenFresh(): Promise<void> {
    if (this.isFresh()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#freshWaiters.push(resolve);
      this.#beat();
    });
  }

  onLost(listener: () => void): void {
    this.#lostListeners.push(listener);
  }

  /** Sends one statement in the session, alone. Throws StoreError: `not_applied` when the lease is not held. */
  run<T>(send: (statements: Statements) => Promise<T>): Promise<T> {
    return this.#turn.runExclusive(async () => {
      const connection = this.#held();
      const result = await this.#answered(connection.client, () => send(connection.statements));
      if (this.#commitIsDoubtful) await this.#commitSomething(connection.client);
      if (this.#commitIsDoubtful) throw new StoreError('unknown', 'the commit may be less durable than asked for');
      return result;
    });
  }

  /** Returns once all that was visible to this session is as durable as a synchronous commit makes it. */
  confirmDurable(): Promise<void> {
    return this.#turn.runExclusive(() => this.#commitSomething(this.#held().client));
  }

  /** Ends the session after the statement in flight, and the lease with it. */
  async close(): Promise<void> {
    this.#setState('closed');
    await this.#turn.runExclusive(async () => {
      this.#lose();
      await this.#client?.end();
    });
  }

  #held(): Connection<Statements> {
    if (this.#connection === null) throw new StoreError('not_applied', 'the lease is not held');
    return this.#connection;
  }

  /** A wait for synchronous replication that was cut short resolves like a commit; a later commit waits for both. */
  async #commitSomething(client: pg.Client): Promise<void> {
    this.#commitIsDoubtful = false;
    await this.#answered(client, () =>
      client.query(`select pg_logical_emit_message(true, 'highload-user-balance', 'durable')`),
    );
  }

  async #answered<T>(client: pg.Client, send: () => Promise<T>): Promise<T> {
    const sentMs = this.#options.clock.now();
    this.#lastSentMs = sentMs;
    try {
      const result = await send();
      this.#refresh(client, sentMs);
      return result;
    } catch (thrown) {
      const error = toStoreError(thrown);
      if (error.failure === 'unknown') this.#drop(client);
      else this.#refresh(client, sentMs);
      // 25006: the database has become read-only, so this session cannot do what it is there for.
      if (error.sqlState === '25006') this.#drop(client);
      throw error;
    }
  }

  #refresh(client: pg.Client, sentMs: number): void {
    if (this.#connection?.client !== client) return;
    this.#freshUntilMs = sentMs + FRESH_FOR_MS;
    if (!this.isFresh()) return;
    const waiters = this.#freshWaiters;
    this.#freshWaiters = [];
    for (const resolve of waiters) resolve();
  }

  #scheduleHeartbeat(): void {
    this.#options.clock.schedule(HEARTBEAT_MS, () => {
      if (this.#isClosed()) return;
      this.#beat();
      this.#scheduleHeartbeat();
    });
  }

  #beat(): void {
    const connection = this.#connection;
    if (connection === null || this.#turn.isLocked()) return;
    if (this.isFresh() && this.#options.clock.now() - this.#lastSentMs < HEARTBEAT_MS) return;
    // A failure is dealt with where it is seen: the connection is dropped and made again.
    this.#turn
      .runExclusive(() => this.#answered(connection.client, () => connection.client.query('select')))
      .catch(() => undefined);
  }

  async #live(): Promise<void> {
    let failures = 0;
    while (!this.#isClosed()) {
      const ended = await this.#serveOneConnection(() => {
        failures = 0;
      });
      if (this.#isClosed()) return;
      this.#options.log.warn({ reason: ended.message }, 'the writer session has ended, connecting again');
      this.#setState('connecting');
      const backoffMs = Math.min(RECONNECT_MAX_MS, RECONNECT_FIRST_MS * 2 ** failures);
      failures += 1;
      await delay(this.#options.clock, backoffMs * (0.5 + Math.random()));
    }
  }

  /** Resolves with the reason when the connection has ended. */
  async #serveOneConnection(onHeld: () => void): Promise<Error> {
    const { databaseUrl, holder } = this.#options;
    const client = new pg.Client({
      connectionString: databaseUrl,
      connectionTimeoutMillis: CONNECT_WITHIN_MS,
      query_timeout: ANSWER_WITHIN_MS,
      keepAlive: true,
      application_name: `highload-user-balance writer ${holder.slot}`,
    });
    this.#client = client;
    const ended = new Promise<Error>((resolve) => {
      client.on('error', resolve);
      client.on('end', () => resolve(new Error('the connection was closed')));
    });
    client.on('notice', (notice) => {
      if (notice.code === '01000' || notice.code === '57P01') this.#commitIsDoubtful = true;
    });
    try {
      await client.connect();
      await Promise.race([this.#takeLease(client), ended.then((reason) => Promise.reject(reason))]);
      onHeld();
      return await ended;
    } catch (thrown) {
      return toStoreError(thrown);
    } finally {
      this.#drop(client);
    }
  }

  async #takeLease(client: pg.Client): Promise<void> {
    const { clock, holder, prepare } = this.#options;
    await client.query(SESSION_SETTINGS);
    for (;;) {
      const answer = await tryLease(client, holder);
      if (answer.kind === 'standing_by') this.#setState('standing_by');
      await delay(clock, waitMsAfter(answer));
      if (answer.kind === 'held') break;
    }
    // This connection may have ended during the wait, and another may be in its place.
    if (this.#client !== client) throw new StoreError('not_applied', 'the connection was replaced');
    this.#commitIsDoubtful = false;
    const connection = { client, statements: prepare(drizzle(client)) };
    await this.#turn.runExclusive(async () => {
      this.#connection = connection;
      await this.#answered(client, () => client.query('select'));
    });
    this.#setState('held');
  }

  /** Ends a connection that is of no more use. */
  #drop(client: pg.Client): void {
    if (this.#connection?.client === client) this.#lose();
    client.end().catch(() => undefined);
  }

  #lose(): void {
    const wasHeld = this.#connection !== null;
    this.#connection = null;
    this.#freshUntilMs = Number.NEGATIVE_INFINITY;
    if (wasHeld) for (const listener of this.#lostListeners) listener();
  }

  #isClosed(): boolean {
    return this.#state === 'closed';
  }

  #setState(state: WriterSessionState): void {
    if (this.#state === state || this.#isClosed()) return;
    this.#state = state;
    this.#options.onStateChange(state);
  }
}

function waitMsAfter(answer: LeaseAnswer): number {
  switch (answer.kind) {
    case 'held':
      return answer.waitMs;
    case 'busy':
      return BUSY_POLL_MS;
    case 'standing_by':
      return STANDBY_POLL_MS;
  }
}
