import type { Account } from '../domain/decide.ts';
import type { UserId } from '../domain/operation.ts';
import type { LedgerReader } from '../store/ledger.ts';
import type { Clock } from '../time/clock.ts';
import type { OwnerMeter } from './owner-meter.ts';

/** Users asked for in one SELECT. */
const BATCH_MAX = 1000;
/** SELECTs under way at once. */
const BATCHES_MAX = 2;

interface Waiter {
  readonly resolve: (account: Account | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Loads accounts in batches: all users asked for while the batches before are under way go into the next one.
 * An open batch is sealed before it is sent; a failure reaches every waiter of its batch.
 */
export class AccountLoader {
  readonly #reader: Pick<LedgerReader, 'load'>;
  readonly #clock: Clock;
  readonly #meter: OwnerMeter | null;
  #open = new Map<UserId, Waiter[]>();
  #underWay = 0;
  #isScheduled = false;

  constructor(reader: Pick<LedgerReader, 'load'>, clock: Clock, meter: OwnerMeter | null) {
    this.#reader = reader;
    this.#clock = clock;
    this.#meter = meter;
  }

  /** The committed account, or undefined when there is no such user. Throws StoreError. */
  load(userId: UserId): Promise<Account | undefined> {
    return new Promise((resolve, reject) => {
      const waiters = this.#open.get(userId);
      if (waiters === undefined) this.#open.set(userId, [{ resolve, reject }]);
      else waiters.push({ resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#open.size === 0 || this.#underWay >= BATCHES_MAX) return;
    this.#isScheduled = true;
    this.#clock.soon(() => {
      this.#isScheduled = false;
      void this.#send(this.#seal());
    });
  }

  #seal(): ReadonlyMap<UserId, readonly Waiter[]> {
    const sealed = this.#open;
    this.#open = new Map();
    for (const [userId, waiters] of sealed) {
      if (sealed.size <= BATCH_MAX) break;
      sealed.delete(userId);
      this.#open.set(userId, waiters);
    }
    return sealed;
  }

  async #send(batch: ReadonlyMap<UserId, readonly Waiter[]>): Promise<void> {
    this.#underWay += 1;
    this.#schedule();
    const askedAtMs = this.#clock.now();
    try {
      const accounts = await this.#reader.load([...batch.keys()]);
      this.#meter?.loaded(this.#clock.now() - askedAtMs, batch.size);
      for (const [userId, waiters] of batch) {
        for (const waiter of waiters) waiter.resolve(accounts.get(userId));
      }
    } catch (error) {
      for (const waiters of batch.values()) for (const waiter of waiters) waiter.reject(error);
    } finally {
      this.#underWay -= 1;
      this.#schedule();
    }
  }
}
