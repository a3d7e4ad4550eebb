import type { Account } from '../domain/decide.ts';
import type { UserId } from '../domain/operation.ts';
import { StoreError } from '../store/store-error.ts';
import type { AccountLoader } from './account-loader.ts';
import type { BalanceCache } from './balance-cache.ts';

/** How often a load is done again because the user was changed from outside while it was under way. */
const LOADS_MAX = 5;

/** Accounts from the cache, or loaded into it. */
export class Accounts {
  readonly #cache: BalanceCache;
  readonly #loader: AccountLoader;

  constructor(cache: BalanceCache, loader: AccountLoader) {
    this.#cache = cache;
    this.#loader = loader;
  }

  /**
   * The committed account, or undefined when there is no such user; absence is not remembered. The caller keeps the
   * user pinned and has the user's mutex, so nothing of this worker's own is in flight. Throws StoreError.
   */
  async fetch(userId: UserId): Promise<Account | undefined> {
    let account = this.#cache.get(userId);
    for (let loads = 0; account === undefined && loads < LOADS_MAX; loads += 1) {
      const epoch = this.#cache.epochOf(userId);
      account = await this.#loader.load(userId);
      if (account === undefined) return undefined;
      if (this.#cache.epochOf(userId) === epoch) this.#cache.set(userId, account);
      else account = undefined;
    }
    if (account === undefined) throw new StoreError('not_applied', 'the user is changed from outside all the time');
    return account;
  }
}
