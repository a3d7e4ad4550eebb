import { Semaphore } from 'async-mutex';
import type { Logger } from '../observability/logger.ts';
import { type Backoff, jitteredMs } from '../time/backoff.ts';
import { type Clock, delay } from '../time/clock.ts';
import { FRESH_FOR_MS, type LeaseAnswer } from './lease.ts';
import type { Lease } from './ledger.ts';
import { StoreError, toStoreError } from './store-error.ts';

const HEARTBEAT_MS = 300;
const STANDBY_POLL_MS = 250;
const BUSY_POLL_MS = 20;
const RECONNECT: Backoff = { firstMs: 50, maxMs: 250 };

/** One connection that can change the ledger. Methods throw StoreError; after `unknown` it is of no more use. */
export interface WriterConnection<Statements> {
  /** Resolves with the reason when the connection has ended. */
  readonly ended: Promise<Error>;
  open(): Promise<void>;
  tryLease(): Promise<LeaseAnswer>;
  /** Sends one statement; what it committed is as durable as a synchronous commit makes it. */
  run<T>(send: (statements: Statements) => Promise<T>): Promise<T>;
  /** Returns once all that was visible to this connection is as durable as a synchronous commit makes it. */
  confirmDurable(): Promise<void>;
  /** One round trip. */
  ping(): Promise<void>;
  /** Ends it after the statement in flight. */
  close(): Promise<void>;
}

export interface WriterSessionOptions<Statements> {
  /** Makes a connection that is not open yet. */
  readonly connect: () => WriterConnection<Statements>;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly onStateChange: (state: WriterSessionState) => void;
}

export type WriterSessionState = 'connecting' | 'standing_by' | 'held' | 'closed';

/**
 * The one session in which a worker changes the ledger, and which holds its lease.
 *
 * `connecting` -> `standing_by` while another launcher serves -> `held`; back to `connecting` when the connection is
 * lost, until `close`. Statements run in `held` only, one at a time. The lease is fresh for one second after the
 * sending of the last statement that PostgreSQL has answered; a heartbeat keeps it so.
 */
export class WriterSession<Statements> implements Lease {
  readonly #options: WriterSessionOptions<Statements>;
  readonly #turn = new Semaphore(1);
  readonly #lostListeners: (() => void)[] = [];
  #state: WriterSessionState = 'connecting';
  /** The newest connection, open or not. */
  #newest: WriterConnection<Statements> | null = null;
  /** The newest connection, while it holds the lease. */
  #holding: WriterConnection<Statements> | null = null;
  #freshUntilMs = Number.NEGATIVE_INFINITY;
  #lastSentMs = Number.NEGATIVE_INFINITY;
  #freshWaiters: (() => void)[] = [];

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
    return this.#alone((connection) => connection.run(send));
  }

  /** Returns once all that was visible to this session is as durable as a synchronous commit makes it. */
  confirmDurable(): Promise<void> {
    return this.#alone((connection) => connection.confirmDurable());
  }

  /** Ends the session after the statement in flight, and the lease with it. */
  async close(): Promise<void> {
    this.#setState('closed');
    await this.#turn.runExclusive(async () => {
      this.#lose();
      await this.#newest?.close();
    });
  }

  async #alone<T>(use: (connection: WriterConnection<Statements>) => Promise<T>): Promise<T> {
    // Its runExclusive makes a generator function for every call, whose hidden class is old from the start: it keeps all
    // that the call has brought until a full garbage collection (docs/decisions/0026).
    const [, release] = await this.#turn.acquire();
    try {
      const connection = this.#holding;
      if (connection === null) throw new StoreError('not_applied', 'the lease is not held');
      return await this.#answered(connection, () => use(connection));
    } finally {
      release();
    }
  }

  async #answered<T>(connection: WriterConnection<Statements>, use: () => Promise<T>): Promise<T> {
    const sentMs = this.#options.clock.now();
    this.#lastSentMs = sentMs;
    try {
      const result = await use();
      this.#refresh(connection, sentMs);
      return result;
    } catch (thrown) {
      const error = toStoreError(thrown);
      if (error.failure === 'unknown') this.#drop(connection);
      else this.#refresh(connection, sentMs);
      // 25006: the database has become read-only, so this session cannot do what it is there for.
      if (error.sqlState === '25006') this.#drop(connection);
      throw error;
    }
  }

  #refresh(connection: WriterConnection<Statements>, sentMs: number): void {
    if (this.#holding !== connection) return;
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
    if (this.#holding === null || this.#turn.isLocked()) return;
    if (this.isFresh() && this.#options.clock.now() - this.#lastSentMs < HEARTBEAT_MS) return;
    // A failure is dealt with where it is seen: the connection is dropped and made again.
    this.#alone((connection) => connection.ping()).catch(() => undefined);
  }

  async #live(): Promise<void> {
    let failures = 0;
    let toldReason = '';
    while (!this.#isClosed()) {
      const ended = await this.#serveOneConnection(() => {
        failures = 0;
        toldReason = '';
      });
      if (this.#isClosed()) return;
      // An outage is told of once for each reason: several attempts a second fail in it.
      if (ended.message !== toldReason) {
        this.#options.log.warn({ reason: ended.message }, 'the writer session has ended, connecting again');
      }
      toldReason = ended.message;
      this.#setState('connecting');
      await delay(this.#options.clock, jitteredMs(this.#options.clock, RECONNECT, failures));
      failures += 1;
    }
  }

  /** Resolves with the reason when the connection has ended. */
  async #serveOneConnection(onHeld: () => void): Promise<Error> {
    const connection = this.#options.connect();
    this.#newest = connection;
    try {
      await connection.open();
      await Promise.race([this.#takeLease(connection), connection.ended.then((reason) => Promise.reject(reason))]);
      onHeld();
      return await connection.ended;
    } catch (thrown) {
      return toStoreError(thrown);
    } finally {
      this.#drop(connection);
    }
  }

  async #takeLease(connection: WriterConnection<Statements>): Promise<void> {
    for (;;) {
      const answer = await connection.tryLease();
      if (answer.kind === 'standing_by') this.#setState('standing_by');
      await delay(this.#options.clock, waitMsAfter(answer));
      if (answer.kind === 'held') break;
    }
    await this.#turn.runExclusive(async () => {
      // This connection may have ended during the wait, and another may be in its place.
      if (this.#newest !== connection) throw new StoreError('not_applied', 'the connection was replaced');
      this.#holding = connection;
      await this.#answered(connection, () => connection.ping());
    });
    this.#setState('held');
  }

  /** Ends a connection that is of no more use. */
  #drop(connection: WriterConnection<Statements>): void {
    if (this.#holding === connection) this.#lose();
    connection.close().catch(() => undefined);
  }

  #lose(): void {
    const wasHeld = this.#holding !== null;
    this.#holding = null;
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
