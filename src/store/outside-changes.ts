import type { UserId } from '../domain/operation.ts';
import type { Logger } from '../observability/logger.ts';
import { type Clock, delay } from '../time/clock.ts';

/** How long what is remembered may be used after it was last known to be right; a change is seen within 1 s. */
const SOUND_FOR_MS = 900;
const RECONNECT_PAUSE_MS = 500;
const PING_INTERVAL_MS = 250;
const PONG_WITHIN_MS = 400;

/** One connection on which the database tells of balances changed by plain SQL. */
export interface ChangeFeed {
  /** Resolves with the reason when the connection has ended. */
  readonly ended: Promise<Error>;
  /** Listens from its return on. Throws when that is not to be had. */
  open(): Promise<void>;
  /** One round trip: what was told before it has arrived. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface OutsideChangesOptions {
  /** Makes a feed that is not open yet. */
  readonly connect: (onChange: (userId: UserId) => void) => ChangeFeed;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /** The balance of this user was changed behind the service's back. */
  readonly onChange: (userId: UserId) => void;
  /** Changes may have gone unheard: any user may be another than remembered. */
  readonly onGap: () => void;
}

/**
 * Hears of balances that are changed by plain SQL, so that none is remembered wrongly for more than a second.
 *
 * Listening, or deaf; becoming either is a gap. A connection that carries nothing any more looks like one on which
 * nothing happens, so it is asked four times a second: with the answer, everything is right as of the question. What is
 * remembered is used for a bounded time after that, by the clock, and then forgotten: so neither a silent connection, nor
 * a database that cannot notify, nor a process that stood still makes a stale answer; they cost loads.
 */
export class OutsideChanges {
  readonly #options: OutsideChangesOptions;
  #feed: ChangeFeed | null = null;
  /** Since when every change has been heard, or nothing is remembered from before: monotonic ms. */
  #rightAsOfMs = Number.NEGATIVE_INFINITY;
  #isListening = false;
  #isClosed = false;

  constructor(options: OutsideChangesOptions) {
    this.#options = options;
  }

  start(): void {
    void this.#live();
  }

  /** Must be called before anything remembered is used. */
  ensureSound(): void {
    if (this.#options.clock.now() >= this.#rightAsOfMs + SOUND_FOR_MS) this.#forget();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#feed?.close();
  }

  async #live(): Promise<void> {
    const { clock, log } = this.#options;
    for (let attempts = 0; !this.#isClosed; attempts += 1) {
      const reason = await this.#listenOnce(() => {
        if (attempts > 0) log.info('outside changes are heard again');
        attempts = 0;
      });
      if (this.#isClosed) return;
      if (attempts === 0) log.warn({ reason: reason.message }, 'outside changes cannot be heard, connecting again');
      this.#forget();
      await delay(clock, RECONNECT_PAUSE_MS);
    }
  }

  /** Resolves with the reason when it hears no more. */
  async #listenOnce(onListening: () => void): Promise<Error> {
    const { connect, onChange } = this.#options;
    const feed = connect(onChange);
    this.#feed = feed;
    try {
      await feed.open();
      this.#isListening = true;
      this.#forget();
      onListening();
      return await Promise.race([feed.ended, this.#silence(feed)]);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    } finally {
      this.#isListening = false;
      feed.close().catch(() => undefined);
    }
  }

  /** Resolves when the feed has not answered in time, or never while it goes on. */
  async #silence(feed: ChangeFeed): Promise<Error> {
    const { clock } = this.#options;
    while (this.#isListening && this.#feed === feed) {
      await delay(clock, PING_INTERVAL_MS);
      const askedMs = clock.now();
      let isAnswered = false;
      const pong = feed.ping().then(() => {
        isAnswered = true;
      });
      await Promise.race([pong, delay(clock, PONG_WITHIN_MS)]);
      // When this process was the one that was busy, the answer lies at hand and is read in this turn.
      if (!isAnswered) await new Promise<void>((resolve) => clock.soon(resolve));
      if (!isAnswered) return new Error('the connection carries nothing any more');
      this.#rightAsOfMs = Math.max(this.#rightAsOfMs, askedMs);
    }
    return new Error('the connection was closed');
  }

  #forget(): void {
    this.#rightAsOfMs = this.#options.clock.now();
    this.#options.onGap();
  }
}
