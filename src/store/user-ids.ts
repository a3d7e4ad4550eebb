import type { UserId } from '../domain/operation.ts';
import type { Logger } from '../observability/logger.ts';
import { type Backoff, jitteredMs } from '../time/backoff.ts';
import { type Clock, delay } from '../time/clock.ts';
import { DeadlineQueue, type Expiring } from '../time/deadline-queue.ts';
import type { LedgerReader } from './ledger.ts';
import { toStoreError } from './store-error.ts';

/** Ids taken in one statement. */
const BATCH_MAX = 1000;
const PAUSE: Backoff = { firstMs: 20, maxMs: 250 };

interface Waiter extends Expiring {
  readonly resolve: (userId: UserId | null) => void;
  isSettled: boolean;
}

export interface UserIdsOptions {
  readonly reader: Pick<LedgerReader, 'allocateUserIds'>;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'warn'>;
}

/**
 * Gives out ids that no user has. One statement is under way at a time, and takes as many ids as are waited for when it
 * is sent: under load it serves hundreds, and none lie about unused, so ids are given out in order. Whoever waits does
 * so until the database answers or the deadline passes.
 */
export class UserIds {
  readonly #options: UserIdsOptions;
  readonly #deadlines: DeadlineQueue<Waiter>;
  #waiting: Waiter[] = [];
  #isRunning = false;

  constructor(options: UserIdsOptions) {
    this.#options = options;
    this.#deadlines = new DeadlineQueue(options.clock, (waiter: Waiter) => settle(waiter, null));
  }

  /** The next free id, or null when none was to be had by `deadlineMs` (monotonic). Never rejects. */
  next(deadlineMs: number): Promise<UserId | null> {
    return new Promise((resolve) => {
      const waiter: Waiter = { resolve, isSettled: false, deadlineMs, earlier: null, later: null };
      this.#waiting.push(waiter);
      this.#deadlines.add(waiter);
      if (!this.#isRunning) void this.#run();
    });
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#options;
    this.#isRunning = true;
    let failures = 0;
    for (;;) {
      this.#waiting = this.#waiting.filter((waiter) => !waiter.isSettled);
      if (this.#waiting.length === 0) break;
      try {
        await this.#serve();
        failures = 0;
      } catch (error) {
        const { message, sqlState } = toStoreError(error);
        log.warn({ reason: message, sqlState, waiting: this.#waiting.length }, 'no user ids could be had');
        await delay(clock, jitteredMs(clock, PAUSE, failures));
        failures += 1;
      }
    }
    this.#isRunning = false;
  }

  async #serve(): Promise<void> {
    const ids = await this.#options.reader.allocateUserIds(Math.min(this.#waiting.length, BATCH_MAX));
    let given = 0;
    for (const waiter of this.#waiting) {
      if (waiter.isSettled) continue;
      const userId = ids[given];
      if (userId === undefined) return;
      given += 1;
      this.#deadlines.remove(waiter);
      settle(waiter, userId);
    }
  }
}

function settle(waiter: Waiter, userId: UserId | null): void {
  waiter.isSettled = true;
  waiter.resolve(userId);
}
