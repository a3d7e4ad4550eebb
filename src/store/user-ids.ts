import type { UserId } from '../domain/operation.ts';
import type { LedgerReader } from './ledger.ts';
import { StoreError } from './store-error.ts';

/** Ids taken in one statement. */
const BATCH_MAX = 1000;
/** Those who may wait for one. */
const WAITING_MAX = 16_384;

interface Waiter {
  readonly resolve: (userId: UserId) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gives out ids that no user has. One statement is under way at a time, and takes as many ids as are waited for when it
 * is sent: under load it serves hundreds, and none lie about unused, so ids are given out in order.
 */
export class UserIds {
  readonly #reader: Pick<LedgerReader, 'allocateUserIds'>;
  #waiting: Waiter[] = [];
  #isRunning = false;

  constructor(reader: Pick<LedgerReader, 'allocateUserIds'>) {
    this.#reader = reader;
  }

  /** Throws StoreError. */
  next(): Promise<UserId> {
    if (this.#waiting.length >= WAITING_MAX) {
      return Promise.reject(new StoreError('not_applied', 'too many wait for an id'));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      if (!this.#isRunning) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      const served = this.#waiting.splice(0, BATCH_MAX);
      try {
        const ids = await this.#reader.allocateUserIds(served.length);
        for (const userId of ids) served.shift()?.resolve(userId);
        // Fewer were free than were looked at: the others are first in the next statement.
        this.#waiting.unshift(...served);
      } catch (error) {
        for (const { reject } of served) reject(error);
      }
    }
    this.#isRunning = false;
  }
}
